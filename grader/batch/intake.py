"""What was handed in, into the gradebook: students, submissions with their bytes, and what is set aside with its reason."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from grader.batch.submission import Submission
from grader.catalog import Entry, declared
from grader.gradebook import Arrival, Aside, Gradebook, Held, Version
from grader.gradebook.arriving import arrive, enrol, set_aside, versions
from grader.gradebook.book import now
from grader.grading import Edition
from grader.lms import Collection
from grader.model.grade import Student

__all__ = ["Class", "came_in", "taken_in", "version_of"]

Part = TypeVar("Part")
TOGETHER = 50
"""Submissions that come into the book in one transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Class:
    """A class in the book: its submissions in order, their exercises, and the numbers of the exercises' versions there."""

    held: tuple[Held, ...]
    editions: Mapping[str, Edition]
    versions: Mapping[str, int]


def came_in(book: Gradebook, collection: Collection, editions: Mapping[str, Edition]) -> Class:
    """A collection into the book.  What is for an exercise that `editions` does not hold is set aside, like all that is not graded."""
    arrivals = [
        Arrival(
            student=one.student,
            exercise=one.exercise,
            name=one.file,
            data=one.data,
            source=one.source,
            late=one.late,
            handed_in=one.handed_in,
            note=one.note,
        )
        for one in collection.handed_in
        if one.exercise in editions
    ]
    asides = [
        Aside(source=one.source, reason=one.reason, detail=one.detail, student=one.student, size=one.size, data=one.data)
        for one in collection.aside
    ]
    asides += [
        Aside(
            source=one.source,
            reason="no-exercise",
            detail="can't tell which exercise it is for",
            student=one.student,
            size=len(one.data),
            data=one.data,
        )
        for one in collection.handed_in
        if one.exercise not in editions
    ]
    return _stored(book, arrivals, editions, students=collection.students, asides=asides)


def taken_in(book: Gradebook, submissions: Sequence[Submission], editions: Mapping[str, Edition]) -> Class:
    """Submissions whose student and exercise are known, into the book."""
    arrivals = [Arrival(student=one.student, exercise=one.exercise, name=one.name, data=one.data) for one in submissions]
    return _stored(book, arrivals, editions, students=[Student(id=one.student, name=one.student) for one in submissions])


def _stored(
    book: Gradebook,
    arrivals: Sequence[Arrival],
    editions: Mapping[str, Edition],
    *,
    students: Iterable[Student],
    asides: Sequence[Aside] = (),
) -> Class:
    needed = {slug: editions[slug] for slug in sorted({one.exercise for one in arrivals})}
    moment = now()
    held: dict[int, Held] = {}  # one file handed in twice is one submission
    with book.writing() as session:
        enrol(session, students, listed=False)
        numbers = versions(session, [version_of(edition) for edition in needed.values()], moment)
    for few in _parted(arrivals):
        with book.writing() as session:
            held |= {one.id: one for one in arrive(session, few, moment)}
    for some in _parted(asides):
        with book.writing() as session:
            set_aside(session, some, moment)
    return Class(held=tuple(held.values()), editions=needed, versions=numbers)


def _parted(of: Sequence[Part]) -> Iterator[Sequence[Part]]:
    """A few at a time: others who write to the book need not wait for a whole class.  Stopped in between, the rest comes next time."""
    return (of[at : at + TOGETHER] for at in range(0, len(of), TOGETHER))


def version_of(edition: Edition) -> Version:
    """An exercise as the book keeps it."""
    entry: Entry = edition.entry
    return Version(
        slug=entry.slug,
        title=entry.exercise.title,
        max_score=round(sum(check.points for task in entry.exercise.tasks for check in task.checks), 2),
        execution=edition.execution,
        judging=edition.judging,
        declared=json.dumps(declared(entry.exercise), sort_keys=True, separators=(",", ":"), ensure_ascii=False),
    )
