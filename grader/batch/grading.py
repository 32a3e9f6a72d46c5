"""Grading a class: the plan carried out, each result in the gradebook as soon as it is there."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field

from grader.batch.intake import Class
from grader.batch.place import Done, Place, Work
from grader.batch.planning import Plan, planned
from grader.gradebook import Gradebook, Held, Result
from grader.gradebook.arriving import bytes_of
from grader.gradebook.audit import Deed
from grader.gradebook.book import now, whoever
from grader.gradebook.keeping import keep
from grader.gradebook.standing import report_json, runs, standings
from grader.grading import judge_again
from grader.model.errors import EvidenceError
from grader.model.report import Report
from grader.wire import from_json, unpack

__all__ = ["Graded", "Tally", "grade_class", "plan_of", "reports_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """One submission done: its report, whether it was made now (`fresh`) or kept from before, and how many of all are done."""

    report: Report
    fresh: bool
    done: int
    total: int


@dataclass(slots=True)
class Tally:
    """How many were run, judged again from stored runs, and kept as they were; and which ended in a fault of ours."""

    ran: int = 0
    judged: int = 0
    kept: int = 0
    faults: list[Held] = field(default_factory=list)


def plan_of(book: Gradebook, of: Class) -> Plan:
    """What has to be done for this class."""
    with book.reading() as session:
        return planned(standings(session, of.held, dict(of.versions)))


def grade_class(
    book: Gradebook,
    of: Class,
    plan: Plan,
    place: Place,
    *,
    progress: Callable[[Graded], None] = lambda _: None,
    who: str = "",
    begin: int | None = None,
) -> Tally:
    """Carry the plan out; each result is in the book before `progress` hears of it.

    begin: at which of what is to run; anywhere by default, so that two batches on one gradebook meet late and share the work.

    Stopped at any moment, even by force, nothing that was stored is lost, and the same call goes on.  What happens in one
    submission never stops the others.  Raises AuthorError where an exercise is wrong, GradebookError where the book fails.
    """
    return _Batch(book, of, plan, progress, who or whoever()).carried_out(place, begin)


class _Batch:
    """One plan being carried out."""

    def __init__(self, book: Gradebook, of: Class, plan: Plan, progress: Callable[[Graded], None], who: str) -> None:
        self._book, self._of, self._plan, self._progress, self._who = book, of, plan, progress, who
        self._tally = Tally(kept=len(plan.kept))
        self._done = len(plan.kept)
        self._held = {one.id: one for one in of.held}

    def carried_out(self, place: Place, begin: int | None) -> Tally:
        """What is stored is judged first, since that takes no time; then the rest is run."""
        lacking = [one for one in self._plan.judge if not self._judged_again(one)]
        waiting = [*lacking, *self._plan.run]
        first = random.randrange(max(1, len(waiting))) if begin is None else begin
        with closing(place.grade(self._works([*waiting[first:], *waiting[:first]]))) as results:
            for done in results:
                self._store(done)
        return self._tally

    def _judged_again(self, one: Held) -> bool:
        """Judge stored runs; False where only a new run can settle it."""
        edition = self._of.editions[one.exercise]
        with self._book.reading() as session:
            data, stored = bytes_of(session, one.sha256), runs(session, one.id, edition.execution)
        try:
            again = judge_again(data, one.name, edition, [unpack(packed.data) for packed in stored], one.student)
        except EvidenceError:
            return False
        if again.lacking:
            return False
        self._keep(one, again.report, None)
        self._tally.judged += 1
        self._told(again.report)
        return True

    def _works(self, waiting: Iterable[Held]) -> Iterator[Work]:
        """The works, their bytes read when they are asked for; what another batch has graded meanwhile is left out."""
        for one in waiting:
            with self._book.reading() as session:
                (now_there,) = standings(session, [one], dict(self._of.versions))
                data = bytes_of(session, one.sha256)
                record = report_json(session, one.id) if now_there.report else None
            if record is not None:
                self._tally.kept += 1
                self._told(from_json(record), fresh=False)
                continue
            yield Work(key=one.id, student=one.student, exercise=one.exercise, name=one.name, data=data)

    def _store(self, done: Done) -> None:
        one, report = self._held[done.key], from_json(done.report)
        self._keep(one, report, done)
        self._tally.ran += 1
        if report.run.status == "fault":
            self._tally.faults.append(one)
        self._told(report)

    def _keep(self, one: Held, report: Report, done: Done | None) -> None:
        deed = Deed(who=self._who, what="batch", at=now(), why="" if done else "judged again from stored runs")
        result = Result(submission=one.id, report=report, runs=done.runs if done else None)
        with self._book.writing() as session:
            keep(session, result, self._of.versions[one.exercise], deed)

    def _told(self, report: Report, *, fresh: bool = True) -> None:
        self._done += 1
        self._progress(Graded(report=report, fresh=fresh, done=self._done, total=self._plan.total))


def reports_of(book: Gradebook, of: Class) -> Iterator[Report]:
    """The report that holds for each submission of a class, in their order; of those that have one."""
    for one in of.held:
        with book.reading() as session:
            record = report_json(session, one.id)
        if record is not None:
            yield from_json(record)
