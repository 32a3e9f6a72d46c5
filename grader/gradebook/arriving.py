"""Students, exercises, submissions and their bytes into the book.  What is there already is known again and not doubled."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from grader.gradebook import tables as t
from grader.gradebook.records import Arrival, Aside, Held, Version, student_key
from grader.model.errors import GradebookError, UsageError
from grader.model.grade import Student

__all__ = ["arrive", "bytes_of", "enrol", "exercise_row", "roster", "set_aside", "student_row", "versions"]


def enrol(session: Session, students: Iterable[Student], *, listed: bool = True, whole: bool = False) -> tuple[int, int]:
    """Students into the book: how many are new, how many were changed.

    What is said of a student replaces what is there, field by field; what is left empty stays.  listed: a roster says so; else
    they only handed something in.  whole: these are all, and whoever is not among them has left (what is theirs stays).
    """
    known = {row.key: row for row in session.scalars(select(t.Student))}
    new = changed = 0
    named = set()
    for one in students:
        key = student_key(one.id)
        named.add(key)
        row = known.get(key)
        if row is None:
            row = _seen(key)
            known[key] = row
            session.add(row)
            new += 1
            _said(row, one, listed=listed)
        else:
            changed += _said(row, one, listed=listed)
    if whole:
        for key in known.keys() - named:
            known[key].standing = "left"
    session.flush()
    return new, changed


def _seen(key: str) -> t.Student:
    return t.Student(key=key, name="", sortable="", email="", section="", ids={}, standing="seen")


def _said(row: t.Student, one: Student, *, listed: bool) -> bool:
    """What is said of a student into their row: whether anything became different."""
    before = (row.name, row.sortable, row.email, row.section, dict(row.ids), row.standing)
    row.name, row.sortable = one.name or row.name, one.sortable or row.sortable
    row.email, row.section = one.email or row.email, one.section or row.section
    row.ids = {**row.ids, **dict(one.ids)}
    row.standing = "enrolled" if listed else row.standing
    return before != (row.name, row.sortable, row.email, row.section, row.ids, row.standing)


def roster(session: Session, *, everybody: bool = False) -> tuple[Student, ...]:
    """The students that a roster names, by their keys.  everybody: those too who only handed something in, or have left."""
    rows = sorted(session.scalars(select(t.Student)), key=lambda row: row.key)
    return tuple(student_of(row) for row in rows if everybody or row.standing == "enrolled")


def student_of(row: t.Student) -> Student:
    """A row as the record that other rooms know."""
    ids = {str(system): str(known) for system, known in row.ids.items()}
    return Student(id=row.key, name=row.name, sortable=row.sortable, email=row.email, section=row.section, ids=ids)


def versions(session: Session, of: Iterable[Version], at: datetime) -> Mapping[str, int]:
    """The exercises as they are now: slug -> number of the version."""
    found: dict[str, int] = {}
    for one in of:
        exercise = session.scalar(select(t.Exercise).where(t.Exercise.slug == one.slug))
        if exercise is None:
            exercise = t.Exercise(slug=one.slug, title=one.title, max_score=one.max_score, grace=0.0, per_day=0.0, most=1.0)
            session.add(exercise)
            session.flush()
        exercise.title, exercise.max_score = one.title, one.max_score
        version = _version(session, exercise.id, one)
        if version is None:
            version = t.ExerciseVersion(
                exercise_id=exercise.id, execution=one.execution, judging=one.judging, declared=one.declared, made=at
            )  # fmt: skip
            session.add(version)
            session.flush()
        found[one.slug] = version.id
    return found


def _version(session: Session, exercise: int, one: Version) -> t.ExerciseVersion | None:
    v = t.ExerciseVersion
    return session.scalar(select(v).where(v.exercise_id == exercise, v.execution == one.execution, v.judging == one.judging))


def arrive(session: Session, arrivals: Sequence[Arrival], at: datetime) -> tuple[Held, ...]:
    """The submissions into the book, in their order.

    The same bytes of the same student for the same exercise are the submission that is there; other bytes are a further
    attempt.  Students that nobody enrolled are added.  Exercises must be there (`versions`).
    """
    keys = {student_key(one.student) for one in arrivals}
    students = {row.key: row for row in session.scalars(select(t.Student).where(t.Student.key.in_(keys)))}
    exercises = {row.slug: row.id for row in session.scalars(select(t.Exercise))}
    for key in sorted(keys - students.keys()):
        students[key] = _seen(key)
        session.add(students[key])
    session.flush()
    return tuple(_arrived(session, one, students[student_key(one.student)], exercises[one.exercise], at) for one in arrivals)


def _arrived(session: Session, one: Arrival, student: t.Student, exercise: int, at: datetime) -> Held:
    sha256 = _keep_bytes(session, one.data)
    mine = (t.Submission.student_id == student.id, t.Submission.exercise_id == exercise)
    row = session.scalar(select(t.Submission).where(*mine, t.Submission.sha256 == sha256))
    if row is None:
        last = session.scalar(select(func.max(t.Submission.attempt)).where(*mine)) or 0
        row = t.Submission(student_id=student.id, exercise_id=exercise, attempt=last + 1, sha256=sha256, name=one.name, source="", note="")
        session.add(row)
    row.name, row.source, row.note, row.received = one.name, one.source or row.source, one.note, at
    row.late = one.late if one.late is not None else row.late
    row.handed_in = one.handed_in or row.handed_in
    session.flush()
    return Held(id=row.id, student=student.key, exercise=one.exercise, attempt=row.attempt, name=row.name, sha256=sha256)


def _keep_bytes(session: Session, data: bytes) -> str:
    sha256 = hashlib.sha256(data).hexdigest()
    if session.get(t.File, sha256) is None:
        row = t.File(sha256=sha256, size=len(data), data=zlib.compress(data, 6))
        session.add(row)
        session.flush()
        session.expunge(row)  # its bytes need not stay in memory for the rest of the class
    return sha256


def set_aside(session: Session, asides: Iterable[Aside], at: datetime) -> None:
    """Files that are not graded, with their bytes where they were read: kept all the same."""
    for one in asides:
        digest = hashlib.sha256(f"{one.source}\0{one.reason}\0{one.student}".encode("utf-8", "replace")).hexdigest()
        row = session.get(t.SetAside, digest)
        if row is None:
            row = t.SetAside(digest=digest, source=one.source, reason=one.reason, student="", detail="", size=0, received=at, settled=False)
            session.add(row)
        row.detail, row.student, row.size, row.received = one.detail, one.student, one.size, at
        row.sha256 = _keep_bytes(session, one.data) if one.data is not None else None
    session.flush()


def bytes_of(session: Session, sha256: str) -> bytes:
    """The bytes as they were handed in.  Raises GradebookError where they are not what was stored."""
    packed = session.scalar(select(t.File.data).where(t.File.sha256 == sha256))
    try:
        data = zlib.decompress(packed) if packed is not None else b""
    except zlib.error:
        data = b""
    if hashlib.sha256(data).hexdigest() != sha256:
        remedy = "put the gradebook's last copy in its place"
        raise GradebookError("a submission's bytes are not as they were stored", where=sha256, remedy=remedy)
    return data


def student_row(session: Session, key: str) -> t.Student:
    """The student with this key, else the one with this name, e-mail address or other identifier.  Raises UsageError."""
    row = session.scalar(select(t.Student).where(t.Student.key == student_key(key)))
    if row is not None:
        return row
    wanted = key.casefold()
    rows = list(session.scalars(select(t.Student)))
    found = [r for r in rows if wanted in {str(one).casefold() for one in (r.key, r.name, r.email, *r.ids.values())}]
    if len(found) == 1:
        return found[0]
    what = f"{len(found)} students are called {key!r}" if found else f"no student is called {key!r}"
    near = ", ".join(r.key for r in (found or rows)[:8])
    raise UsageError(what, remedy=f"give the id; there are {near}" if near else "`grader roster` adds students")


def exercise_row(session: Session, slug: str) -> t.Exercise:
    """The exercise with this slug.  Raises UsageError where the book does not know it."""
    row = session.scalar(select(t.Exercise).where(t.Exercise.slug == slug))
    if row is None:
        there = ", ".join(session.scalars(select(t.Exercise.slug).order_by(t.Exercise.slug)))
        raise UsageError(f"the gradebook has no exercise {slug!r}", remedy=f"there are {there}" if there else "grade something first")
    return row
