"""Grading a class."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from grader.batch.shelf import Shelf
from grader.batch.submission import Submission
from grader.batch.workers import side_by_side
from grader.catalog import Entry
from grader.grading import Grader, digests
from grader.model.report import Report
from grader.model.run import Executor

__all__ = ["Graded", "grade_class"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """One submission done: its report, whether it was made now (`fresh`) or kept from before, and how many of all are done."""

    report: Report
    fresh: bool
    done: int
    total: int


def grade_class(
    submissions: Sequence[Submission],
    entries: Mapping[str, Entry],
    *,
    executor: Callable[[], Executor],
    shelf: Shelf,
    jobs: int = 2,
    progress: Callable[[Graded], None] = lambda _: None,
) -> tuple[Report, ...]:
    """The reports, in the order of the submissions; each is on the shelf before `progress` hears of it, the sheet at the end.

    entries: slug -> exercise, for every submission's exercise.  executor: makes the one that all workers share.  Raises
    AuthorError where an exercise is wrong; what happens in one submission never stops the others.
    """
    found: dict[int, Report] = {}

    def done(index: int, report: Report, *, fresh: bool) -> None:
        found[index] = report
        progress(Graded(report=report, fresh=fresh, done=len(found), total=len(submissions)))

    for index, one in enumerate(submissions):
        kept = shelf.kept(one.student, one.exercise, digests(one.data, entries[one.exercise]))
        if kept is not None:
            done(index, kept, fresh=False)
    waiting = [index for index in range(len(submissions)) if index not in found]

    def work(grader: Grader, index: int) -> Report:
        one = submissions[index]
        report = grader.grade(one.data, one.name, entries[one.exercise], one.student)
        shelf.keep(report)
        return report

    for at, report in side_by_side(waiting, work, executor=executor, secret=shelf.secret(), jobs=jobs):
        done(waiting[at], report, fresh=True)
    ordered = tuple(found[index] for index in range(len(submissions)))
    shelf.sheet(ordered)
    return ordered
