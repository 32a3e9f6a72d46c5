"""`collect`: paths to a Collection."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Collection as Several
from contextlib import ExitStack
from pathlib import Path

from grader import notebooks
from grader.lms.collection import Collection, HandedIn, Layout, Limits, Reason, SetAside
from grader.lms.incoming.belongings import Belonging, Identity
from grader.lms.incoming.choosing import Candidate, chosen
from grader.lms.incoming.identities import Stranger, folded, keyed, on_roster
from grader.lms.incoming.members import Budget
from grader.lms.incoming.paths import suffix
from grader.lms.incoming.reading import Read, Unread, read
from grader.lms.incoming.sources import find, where
from grader.model.errors import NotebookError
from grader.model.grade import Student
from grader.model.harmless import plain

__all__ = ["Recognise", "collect"]

Recognise = Callable[[bytes, str], str | None]
"""Bytes and name of a submission to the slug that its content is for, None where it can't be told; raises NotebookError."""

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


def collect(
    paths: Sequence[Path],
    roster: Sequence[Student] | None = None,
    *,
    layout: Layout | None = None,
    exercise: str = "",
    exercises: Several[str] = (),
    recognise: Recognise | None = None,
    strangers: bool = False,
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> Collection:
    """All submissions in `paths`: folders, zips and single files, of one platform or of several.

    layout: takes every folder and zip for that.  exercise: the slug that is graded; without one, each file is graded for what
    it is for.  exercises: the slugs that are known.  recognise: says what a content is for; without it, a notebook's own
    metadata.  strangers: with a roster, who is not on it is graded too.  limits: how much is read.

    Raises UsageError for a path that is not there or can't be read as a whole, and for a layout that can't be told.  What is
    wrong with a single file never raises: it is set aside with its reason.
    """
    known = sorted({*exercises, *([exercise] if exercise else ())})
    total = Budget(left=limits.total)
    handed_in: list[HandedIn] = []
    with ExitStack() as stack:
        found = find(paths, layout, known, limits, stack)
        aside = found.aside
        students, files, nobodys = _by_student(found.belongings, roster, strangers=strangers)
        for key in sorted(files):
            own = _files(files[key], students[key], limits, total, aside)
            several = len(own) > 1 or not exercise
            candidates = [_candidate(one, recognise if several and recognise else _declared, known) for one in own]
            choice = chosen(candidates, exercise, known)
            aside.extend(_aside(candidate, students[key], reason, detail) for candidate, reason, detail in choice.aside)
            handed_in.extend(_handed_in(students[key], *kept) for kept in choice.kept)
        aside.extend(_nobodys(nobodys, limits, total))
    there = {one.student for one in handed_in}
    everybody = tuple(students[key] for key in sorted(students))
    return Collection(
        sources=tuple(found.sources),
        handed_in=tuple(handed_in),
        aside=tuple(aside),
        students=everybody,
        missing=tuple(student for student in everybody if student.id not in there),
        notes=(*found.notes, *_namesakes(everybody)),
    )


Files = Mapping[str, Sequence[tuple[str, Belonging]]]
"""Key of a student -> the files that are theirs, each with the path given."""


def _by_student(
    belongings: Sequence[tuple[str, Belonging]], roster: Sequence[Student] | None, *, strangers: bool,
) -> tuple[dict[str, Student], Files, list[tuple[str, Belonging, Stranger]]]:  # fmt: skip
    """Everybody by key, whose the files are, and the files that are nobody's."""
    identities = [one.identity for _, one in belongings]
    students = {student.id: student for student in roster or ()}
    people: Mapping[Identity, Student | Stranger] = keyed(identities) if roster is None else on_roster(identities, roster)
    if strangers:
        unknown = [one for one, whose in people.items() if isinstance(whose, Stranger) and whose.reason == "not-on-roster"]
        people = {**people, **keyed(unknown, students)}
    files: dict[str, list[tuple[str, Belonging]]] = defaultdict(list)
    nobodys: list[tuple[str, Belonging, Stranger]] = []
    for shown, one in belongings:
        whose = people[one.identity]
        if isinstance(whose, Stranger):
            nobodys.append((shown, one, whose))
        else:
            students.setdefault(whose.id, whose)
            files[whose.id].append((shown, one))
    return students, files, nobodys


def _nobodys(files: Sequence[tuple[str, Belonging, Stranger]], limits: Limits, total: Budget) -> Iterator[SetAside]:
    """Files of nobody on the roster, with their bytes: they may be somebody's yet."""
    budgets: dict[Identity, Budget] = defaultdict(lambda: Budget(left=limits.student))
    for shown, one, stranger in files:
        name = plain(one.identity.name or one.identity.id, limit=100)
        found, unread = read(shown, one, limits, budgets[one.identity], total)
        yield from (_set_aside(other, Student(id="", name=name)) for other in unread)
        for some in found:
            yield SetAside(
                source=plain(some.source, limit=600), reason=stranger.reason, detail=stranger.detail, name=name, size=len(some.data),
                data=some.data,
            )  # fmt: skip


def _files(
    belongings: Iterable[tuple[str, Belonging]], student: Student, limits: Limits, total: Budget, aside: list[SetAside],
) -> list[Read]:  # fmt: skip
    """One student's files, read within the student's own budget: nobody can use up another's."""
    budget = Budget(left=limits.student)
    found: list[Read] = []
    for at, (shown, one) in enumerate(belongings):
        if at >= limits.student_members:
            detail = f"more than {limits.student_members} files of one student"
            over = Unread(source=where(shown, one.member), reason="too-many", detail=detail, size=one.member.size)
            aside.append(_set_aside(over, student))
            continue
        some, others = read(shown, one, limits, budget, total)
        found.extend(some)
        aside.extend(_set_aside(other, student) for other in others)
    return found


def _set_aside(one: Unread, student: Student) -> SetAside:
    return SetAside(
        source=plain(one.source, limit=600), reason=one.reason, detail=one.detail, size=one.size, student=student.id, name=student.name,
    )  # fmt: skip


def _candidate(one: Read, recognise: Recognise, known: Sequence[str]) -> Candidate:
    """The file with what its content says.  A slug that the course does not know is only a stranger's text."""
    try:
        slug = recognise(one.data, one.belonging.file) or ""
    except NotebookError as error:
        return Candidate(belonging=one.belonging, data=one.data, source=one.source, readable=False, note=error.what)
    believed = slug in known if known else _SLUG.fullmatch(slug) is not None
    return Candidate(belonging=one.belonging, data=one.data, source=one.source, exercise=slug if believed else "")


def _declared(data: bytes, name: str) -> str | None:
    """What the notebook's own metadata says it is for.  Raises NotebookError where it can't be read."""
    if suffix(name) == ".py":
        return None
    found = notebooks.parse(data, name).metadata.get("grader")
    slug = found.get("exercise") if isinstance(found, dict) else None
    return slug if isinstance(slug, str) else None


def _aside(one: Candidate, student: Student, reason: Reason, detail: str) -> SetAside:
    return SetAside(
        source=one.source, reason=reason, detail=detail, student=student.id, name=student.name, size=len(one.data), data=one.data,
    )  # fmt: skip


def _handed_in(student: Student, one: Candidate, exercise: str, attempt: int) -> HandedIn:
    belonging = one.belonging
    others = ", ".join(plain(other.name, limit=100) for other in belonging.others)
    note = "; ".join(said for said in (one.note, f"handed in together with {others}" if others else "") if said)
    return HandedIn(
        student=student.id, name=student.name, email=student.email, system=belonging.identity.system, lms_id=belonging.identity.id,
        attempt=attempt, late=belonging.late, handed_in=belonging.handed_in, file=plain(belonging.file, limit=200), data=one.data,
        source=one.source, exercise=exercise, note=note,
    )  # fmt: skip


def _namesakes(students: Sequence[Student]) -> list[str]:
    """A sentence for each name that several students have: they are kept apart by their keys."""
    by_name: dict[str, list[Student]] = defaultdict(list)
    for student in students:
        by_name[folded(student.name)].append(student)
    return [
        f"{len(same)} students are called {same[0].name}: {', '.join(one.id for one in same)}; they are kept apart"
        for name, same in by_name.items()
        if name and len(same) > 1
    ]  # fmt: skip
