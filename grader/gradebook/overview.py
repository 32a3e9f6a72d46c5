"""The class in numbers: how the scores lie, which checks fail, which causes there are and how many have each."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean, median

from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.gradebook import tables as t
from grader.gradebook.counting import Row, grade_of, rows
from grader.model.grade import GradeStatus

__all__ = ["CauseCount", "CheckCount", "Overview", "overview"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckCount:
    """How a check came out over the class.  outcomes: outcome -> how many.  of: how many were judged."""

    name: str
    title: str
    max_points: float
    outcomes: Mapping[str, int]
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseCount:
    """How many have a cause.  message: one of their reports'.  remark: it costs nothing."""

    rule: str
    count: int
    of: int
    message: str
    remark: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """One exercise over the class.

    statuses: how many grades are of each status.  finals: the scores that count, smallest first.  checks: in the exercise's
    order.  causes: most frequent first, remarks last.
    """

    exercise: str
    title: str
    max_score: float
    statuses: Mapping[GradeStatus, int]
    finals: tuple[float, ...]
    checks: tuple[CheckCount, ...]
    causes: tuple[CauseCount, ...]

    @property
    def mean(self) -> float | None:
        """The mean of the scores that count, None where there is none."""
        return round(fmean(self.finals), 2) if self.finals else None

    @property
    def median(self) -> float | None:
        """Their median."""
        return round(median(self.finals), 2) if self.finals else None

    def bins(self, count: int = 10) -> tuple[int, ...]:
        """How many scores lie in each of so many equal parts of 0 to the most points; full marks are in the last."""
        found = [0] * count
        for final in self.finals:
            place = int(count * final / self.max_score) if self.max_score else 0
            found[min(count - 1, place)] += 1
        return tuple(found)


def overview(session: Session, *, exercise: str | None = None) -> tuple[Overview, ...]:
    """Each exercise over the class, by slug; only the submissions that count."""
    by_exercise: dict[str, list[Row]] = defaultdict(list)
    for row in rows(session, exercise=exercise):
        by_exercise[row.exercise.slug].append(row)
    return tuple(_one(session, by_exercise[slug]) for slug in sorted(by_exercise))


def _one(session: Session, of: list[Row]) -> Overview:
    exercise = of[0].exercise
    grades = [grade_of(row) for row in of]
    judged = {row.report.id for row in of if row.report is not None and row.report.status != "fault"}
    return Overview(
        exercise=exercise.slug,
        title=exercise.title,
        max_score=exercise.max_score,
        statuses=Counter(grade.status for grade in grades),
        finals=tuple(sorted(grade.final for grade in grades if grade.final is not None)),
        checks=_checks(session, exercise.id, judged),
        causes=_causes(session, exercise.id, judged),
    )


def _checks(session: Session, exercise: int, judged: set[int]) -> tuple[CheckCount, ...]:
    query = (
        select(t.CheckRow)
        .join(t.Report, t.Report.id == t.CheckRow.report_id)
        .join(t.Submission, t.Submission.id == t.Report.submission_id)
        .where(t.Submission.exercise_id == exercise)
        .order_by(t.CheckRow.position, t.CheckRow.report_id)
    )
    outcomes: dict[str, Counter[str]] = defaultdict(Counter)
    last: dict[str, t.CheckRow] = {}
    for row in session.scalars(query):
        if row.report_id in judged:
            outcomes[row.name][row.outcome] += 1
            last[row.name] = row
    return tuple(
        CheckCount(name=name, title=last[name].title, max_points=last[name].max_points, outcomes=counts, of=counts.total())
        for name, counts in outcomes.items()
    )


def _causes(session: Session, exercise: int, judged: set[int]) -> tuple[CauseCount, ...]:
    query = (
        select(t.FindingRow)
        .join(t.Report, t.Report.id == t.FindingRow.report_id)
        .join(t.Submission, t.Submission.id == t.Report.submission_id)
        .where(t.Submission.exercise_id == exercise)
        .order_by(t.FindingRow.report_id, t.FindingRow.position)
    )
    having: dict[tuple[bool, str], dict[int, str]] = defaultdict(dict)
    for row in session.scalars(query):
        if row.report_id in judged:
            having[row.remark, row.rule].setdefault(row.report_id, row.message)
    found = [
        CauseCount(rule=rule, count=len(reports), of=len(judged), message=next(iter(reports.values())), remark=remark)
        for (remark, rule), reports in having.items()
    ]
    return tuple(sorted(found, key=lambda one: (one.remark, -one.count, one.rule)))
