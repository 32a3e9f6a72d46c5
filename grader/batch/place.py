"""Where submissions are graded: a port, and the place that is this machine.

What crosses it is bytes and plain values in, a report's JSON and packed runs out; no object of a student's kernel, and nothing
that is not worth storing.  So the same plan runs on other machines, where a place sends the same two records.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Protocol

from grader.batch.workers import side_by_side
from grader.execution.doctor import versions
from grader.gradebook import Packed
from grader.grading import Edition, Grader
from grader.grading.without import fault
from grader.model.run import Executor
from grader.wire import pack, to_json

__all__ = ["Done", "Here", "Place", "Work", "failed", "work_done"]

LARGEST = 64 << 20
"""Bytes of evidence that are kept of a submission, packed: thirty times what the longest training asked for leaves.  Whoever fills the
pipe on purpose fills no disk with it: their report is kept, and new points need a new run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One submission to grade.  key: comes back with what came of it.  exercise: a slug.  name: tells .ipynb from .py."""

    key: int
    student: str
    exercise: str
    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What came of a `Work`: the report as `wire.to_json` writes it, and the runs as `wire.pack` does."""

    key: int
    report: str
    runs: tuple[Packed, ...]


class Place(Protocol):
    """Somewhere to grade.  It knows the course, the class's secret and its kernels; of them nothing passes through here."""

    def grade(self, works: Iterable[Work]) -> Generator[Done]:
        """What came of each work, in any order, as it comes; `works` is asked for the next only when there is room for it.

        A submission's failure is in its report.  Raises AuthorError where an exercise is wrong.
        """
        ...


def work_done(grader: Grader, work: Work, editions: Mapping[str, Edition]) -> Done:
    """Grade one work with a grader: what a place does, wherever it is."""
    examined = grader.examine(work.data, work.name, editions[work.exercise], work.student)
    runs = tuple(Packed(data=pack(ran), damaged=ran.outcome.evidence.damaged) for ran in examined.runs)
    if sum(len(run.data) for run in runs) > LARGEST:
        runs = ()
    return Done(key=work.key, report=to_json(examined.report), runs=runs)


def failed(work: Work, edition: Edition, what: str) -> Done:
    """A work that no grader came to an end with, through no doing of its student's: a report of status `fault`, every point pending."""
    report = fault(edition.entry.exercise, work.name, what, seconds=0.0)
    report = replace(report, student=work.student, digests=edition.digests(work.data), environment=versions())
    return Done(key=work.key, report=to_json(report), runs=())


class Here:
    """This machine: a few graders side by side on one executor.

    editions: slug -> exercise, of every work.  executor: makes the one that all share, when there is something to run.
    """

    def __init__(self, editions: Mapping[str, Edition], *, executor: Callable[[], Executor], secret: bytes, jobs: int) -> None:
        self._editions, self._executor, self._secret, self._jobs = editions, executor, secret, jobs

    def grade(self, works: Iterable[Work]) -> Generator[Done]:
        """See Place."""

        def one(grader: Grader, work: Work) -> Done:
            return work_done(grader, work, self._editions)

        with closing(side_by_side(works, one, executor=self._executor, secret=self._secret, jobs=self._jobs)) as done:
            for _, result in done:
                yield result
