"""A person's words: scores, comments, excuses, late rules and extensions.  No regrade touches them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.gradebook import tables as t
from grader.gradebook.arriving import exercise_row, student_row
from grader.gradebook.audit import Deed, audited
from grader.gradebook.counting import grade_of, late_rule, rows
from grader.gradebook.late import LateRule
from grader.model.errors import UsageError
from grader.model.grade import Grade

__all__ = ["Extended", "Said", "extend", "extensions", "late_rules", "override", "set_late_rule", "take_back"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a person says of a student's exercise; None leaves what was said before.

    score: in points.  excused: none is needed.  seen: the automatic score is right as it is, whatever asked for a look.
    """

    score: float | None = None
    comment: str | None = None
    excused: bool | None = None
    seen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Extended:
    """More time for a student.  until: None where lateness is waived."""

    student: str
    exercise: str
    until: datetime | None
    why: str = ""


def override(session: Session, student: str, exercise: str, said: Said, deed: Deed) -> tuple[Grade, Grade]:
    """Store what a person said: the grade before and after.  Raises UsageError for a score that can't be."""
    who, what = student_row(session, student), exercise_row(session, exercise)
    if said.score is not None and not 0 <= said.score <= 2 * what.max_score:
        remedy = f"give 0 to {what.max_score:g}; up to twice that for extra work"
        raise UsageError(f"{said.score:g} points can't be given", where=what.slug, remedy=remedy)
    pair = (who.id, what.id)
    before = _grade(session, pair)
    with audited(session, deed, [pair]):
        row = session.get(t.Override, pair)
        if row is None:
            row = t.Override(student_id=who.id, exercise_id=what.id, score=None, comment="", excused=False, seen_report=None)
            session.add(row)
        row.who, row.at = deed.who, deed.at
        row.score = round(said.score, 2) if said.score is not None else row.score
        row.comment = said.comment if said.comment is not None else row.comment
        row.excused = said.excused if said.excused is not None else row.excused
        row.seen_report = _report(session, pair)
    return before, _grade(session, pair)


def take_back(session: Session, student: str, exercise: str, deed: Deed) -> tuple[Grade, Grade]:
    """Forget what a person said, so that the automatic score holds again: the grade before and after."""
    who, what = student_row(session, student), exercise_row(session, exercise)
    pair = (who.id, what.id)
    before = _grade(session, pair)
    with audited(session, deed, [pair]):
        row = session.get(t.Override, pair)
        if row is None:
            raise UsageError("nothing was said by a person here", where=f"{who.key}, {what.slug}")
        session.delete(row)
    return before, _grade(session, pair)


def extend(
    session: Session, student: str, exercise: str, deed: Deed, *, until: datetime | None = None, withdrawn: bool = False
) -> tuple[Grade, Grade]:
    """Another due moment for one student, or none at all (until=None: lateness is waived); withdrawn: neither any more."""
    who, what = student_row(session, student), exercise_row(session, exercise)
    pair = (who.id, what.id)
    before = _grade(session, pair)
    with audited(session, deed, [pair]):
        row = session.get(t.Extension, pair)
        if withdrawn and row is not None:
            session.delete(row)
        elif not withdrawn:
            if row is None:
                row = t.Extension(student_id=who.id, exercise_id=what.id, why="")
                session.add(row)
            row.until, row.why, row.who, row.at = until, deed.why, deed.who, deed.at
    return before, _grade(session, pair)


def set_late_rule(session: Session, exercise: str, rule: LateRule, deed: Deed) -> int:
    """The late rule of an exercise: how many grades it changed.  Raises UsageError for a rule that can't be."""
    if not (0 <= rule.per_day <= 1 and 0 <= rule.most <= 1 and rule.grace.total_seconds() >= 0):
        raise UsageError("a late rule takes shares from 0 to 100 % of the points, after a grace that is not negative", where=exercise)
    row = exercise_row(session, exercise)
    before = [grade_of(one) for one in rows(session, exercise=row.slug)]
    with audited(session, deed, None, exercise=row.slug):
        row.due, row.grace, row.per_day, row.most = rule.due, rule.grace.total_seconds(), rule.per_day, rule.most
    after = [grade_of(one) for one in rows(session, exercise=row.slug)]
    return sum(one.final != other.final for one, other in zip(before, after, strict=True))


def late_rules(session: Session) -> Mapping[str, LateRule]:
    """Each exercise's late rule, by slug."""
    return {row.slug: late_rule(row) for row in session.scalars(select(t.Exercise).order_by(t.Exercise.slug))}


def extensions(session: Session) -> tuple[Extended, ...]:
    """Who has more time, by exercise and student."""
    query = (
        select(t.Extension, t.Student.key, t.Exercise.slug)
        .join(t.Student, t.Student.id == t.Extension.student_id)
        .join(t.Exercise, t.Exercise.id == t.Extension.exercise_id)
        .order_by(t.Exercise.slug, t.Student.key)
    )
    return tuple(Extended(student=key, exercise=slug, until=row.until, why=row.why) for row, key, slug in session.execute(query))


def _report(session: Session, pair: tuple[int, int]) -> int | None:
    found = rows(session, [pair])
    return found[0].report.id if found and found[0].report is not None else None


def _grade(session: Session, pair: tuple[int, int]) -> Grade:
    return grade_of(rows(session, [pair])[0])
