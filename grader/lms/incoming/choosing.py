"""Which of one student's files counts, by a rule that can be said in a sentence.  Pure."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from grader.lms.collection import Reason
from grader.lms.incoming.belongings import Belonging
from grader.lms.incoming.paths import suffix

__all__ = ["Candidate", "Choice", "chosen", "named"]

_MARKER = re.compile(rb"^#\s*%%", re.MULTILINE)
_AGAIN = re.compile(r"(?:[-_ ]\d{1,2}|\s*\(\d{1,2}\))(?=\.[^.]*$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A file of a student's that may be a submission.

    exercise: the slug that its content says it is for, '' where it says none.  readable: it can be read as a notebook.
    note: one sentence for a person, else ''.
    """

    belonging: Belonging
    data: bytes
    source: str
    exercise: str = ""
    readable: bool = True
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The files that are graded, each with its exercise ('' unknown) and attempt from 1, and the others with their reasons."""

    kept: tuple[tuple[Candidate, str, int], ...]
    aside: tuple[tuple[Candidate, Reason, str], ...] = ()


def chosen(candidates: Sequence[Candidate], asked: str, exercises: Sequence[str]) -> Choice:
    """What counts of one student's files.

    asked: the exercise that is graded, '' for whatever each file is for.  Files of the same content count once.  A script
    without cells gives way to any other file.  Then, for each exercise: what is for it by content goes before what is called
    so; what can be read goes before what can't; of several attempts (whose order the platform tells) the newest counts; where
    nothing tells them apart, all are graded, and the last counts.
    """
    aside: list[tuple[Candidate, Reason, str]] = []
    left = _without_scripts(_different(sorted(candidates, key=_order), aside), aside)
    groups = _for_one(left, asked, exercises, aside) if asked else _for_each(left, exercises)
    kept: list[tuple[Candidate, str, int]] = []
    for exercise, group in sorted(groups.items()):
        kept.extend(_newest(_readable(group, aside), exercise, aside))
    return Choice(kept=tuple(kept), aside=tuple(aside))


def named(candidate: Candidate, exercises: Sequence[str]) -> str:
    """The exercise that the layout, the file or its folders are called by, '' where none."""
    if candidate.belonging.exercise:
        return candidate.belonging.exercise
    path = candidate.belonging.member.path
    stem = candidate.belonging.file.lower()
    by_file = [slug for slug in exercises if re.search(rf"(?<![a-z0-9-]){re.escape(slug)}(?![a-z0-9])", stem)]
    if by_file:
        return max(by_file, key=len)
    return next((part for part in reversed(path.split("/")[:-1]) if part in exercises), "")


def _order(candidate: Candidate) -> tuple[bool, tuple[int, ...], str]:
    return (bool(candidate.belonging.order), candidate.belonging.order, candidate.source)


def _different(candidates: Sequence[Candidate], aside: list[tuple[Candidate, Reason, str]]) -> list[Candidate]:
    """The candidates, of those with the same content the newest."""
    newest: dict[tuple[bytes, str], Candidate] = {}
    for one in candidates:
        what = (hashlib.sha256(one.data).digest(), one.belonging.exercise)  # handed in for two exercises, it counts for both
        if what in newest:
            aside.append((newest[what], "same-bytes", f"the same as {one.belonging.file}"))
        newest[what] = one
    return sorted(newest.values(), key=_order)


def _without_scripts(candidates: list[Candidate], aside: list[tuple[Candidate, Reason, str]]) -> list[Candidate]:
    """The candidates without plain scripts, unless there is nothing else."""
    scripts = [one for one in candidates if suffix(one.belonging.file) == ".py" and not _MARKER.search(one.data)]
    if len(scripts) == len(candidates):
        return candidates
    aside.extend((one, "several-files", "a script without cells (# %%)") for one in scripts)
    return [one for one in candidates if one not in scripts]


def _for_one(
    candidates: Sequence[Candidate], asked: str, exercises: Sequence[str], aside: list[tuple[Candidate, Reason, str]],
) -> dict[str, list[Candidate]]:  # fmt: skip
    """The candidates that fit the exercise asked for best; where none fits at all, all of them."""
    if any(one.readable and one.exercise in {"", asked} for one in candidates):
        candidates = _readable(candidates, aside)
    fits = [one for one in candidates if one.exercise == asked]
    how = "its content"
    if not fits:
        fits = [one for one in candidates if not one.exercise and named(one, exercises) == asked]
        how = "its name"
    if not fits:
        fits = [one for one in candidates if not one.exercise and not named(one, exercises)]
        how = "saying nothing else"
    if not fits:
        looks = {one.source: one.exercise or named(one, exercises) for one in candidates}
        noted = [replace(one, note=f"it looks like {looks[one.source]}") for one in candidates]
        return {asked: noted} if noted else {}
    for one in candidates:
        if one in fits:
            continue
        other = one.exercise or named(one, exercises)
        if other and other != asked:
            aside.append((one, "other-exercise", f"it is for {other}"))
        else:
            aside.append((one, "several-files", f"{fits[-1].belonging.file} fits better, by {how}"))
    return {asked: fits}


def _for_each(candidates: Sequence[Candidate], exercises: Sequence[str]) -> dict[str, list[Candidate]]:
    """The candidates by exercise: by content, else by name."""
    groups: dict[str, list[Candidate]] = defaultdict(list)
    for one in candidates:
        groups[one.exercise or named(one, exercises)].append(one)
    return groups


def _readable(group: Sequence[Candidate], aside: list[tuple[Candidate, Reason, str]]) -> Sequence[Candidate]:
    readable = [one for one in group if one.readable]
    if not readable:
        return group
    aside.extend((one, "unreadable", one.note or "no notebook that can be read") for one in group if not one.readable)
    return readable


def _newest(
    group: Sequence[Candidate], exercise: str, aside: list[tuple[Candidate, Reason, str]],
) -> list[tuple[Candidate, str, int]]:  # fmt: skip
    """The newest of a group whose order is known, else all of it, numbered in order of name."""
    if len(group) < 2:
        return [(one, exercise, 1) for one in group]
    orders = [one.belonging.order for one in group]
    if all(orders) and len(set(orders)) == len(orders):
        *older, newest = sorted(group, key=_order)
        aside.extend((one, "older-attempt", f"handed in before {newest.belonging.file}") for one in older)
        return [(newest, exercise, len(group))]
    if not exercise:
        return [(one, exercise, 1) for one in group]
    note = f"one of {len(group)} files that nothing tells apart; all are graded, and the last counts"
    ordered = sorted(group, key=lambda one: (_again(one), one.source))
    return [(replace(one, note=one.note or note), exercise, number) for number, one in enumerate(ordered, 1)]


def _again(one: Candidate) -> int:
    """The number that a browser or platform put behind the name of a file handed in again."""
    found = _AGAIN.search(one.belonging.file)
    return int(re.sub(r"\D", "", found[0])) if found else 0
