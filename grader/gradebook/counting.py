"""Which submission of a student counts, and the grade that follows: the automatic score, a person's words, lateness."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from grader.gradebook import tables as t
from grader.gradebook.arriving import student_of
from grader.gradebook.late import LateRule, deduction
from grader.model.grade import Grade, GradeStatus
from grader.wire import from_json

__all__ = ["RULE", "Pair", "Row", "counting", "grade_of", "grades", "late_rule", "rows", "withheld"]

RULE = "of a student's submissions for an exercise the one handed in last counts; where no time is known, the one that came in last"

Pair = tuple[int, int]
"""The numbers of a student and an exercise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """All that a grade follows from.  submission: the one that counts; report: the one that holds for it."""

    student: t.Student
    exercise: t.Exercise
    submission: t.Submission | None = None
    report: t.Report | None = None
    override: t.Override | None = None
    extension: t.Extension | None = None


def grades(session: Session, *, exercise: str | None = None, records: bool = True) -> tuple[Grade, ...]:
    """Everybody's grades, by student and exercise: of one exercise, where it is named.

    Everybody on the roster has one for each exercise; others (there is no roster, or they have left) for what they handed in.
    records: with the reports.
    """
    return tuple(grade_of(row, records=records) for row in rows(session, exercise=exercise, records=records))


def rows(session: Session, pairs: Iterable[Pair] | None = None, *, exercise: str | None = None, records: bool = False) -> tuple[Row, ...]:
    """A row for each student and exercise, or for each of `pairs`.  records: load the reports' JSON as well."""
    wanted = None if pairs is None else set(pairs)
    exercises = {row.id: row for row in session.scalars(select(t.Exercise)) if exercise in {None, row.slug}}
    students, overrides, extensions = select(t.Student), select(t.Override), select(t.Extension)
    if wanted is not None:
        them = {student for student, _ in wanted}
        students = students.where(t.Student.id.in_(them))
        overrides, extensions = overrides.where(t.Override.student_id.in_(them)), extensions.where(t.Extension.student_id.in_(them))
    known = {row.id: row for row in session.scalars(students)}
    said = {(row.student_id, row.exercise_id): row for row in session.scalars(overrides)}
    extended = {(row.student_id, row.exercise_id): row for row in session.scalars(extensions)}
    counted = counting(session, wanted)
    reports = _reports(session, None if wanted is None else [row.id for row in counted.values()], records=records)
    if wanted is None:
        # Of somebody whom no roster names it can't be said that they handed in nothing: nobody asked them to.
        everybody = {(student.id, one) for student in known.values() for one in exercises if student.standing == "enrolled"}
        wanted = everybody | counted.keys() | said.keys()
    chosen = [pair for pair in wanted if pair[0] in known and pair[1] in exercises]
    chosen.sort(key=lambda pair: (known[pair[0]].key, exercises[pair[1]].slug))
    return tuple(
        Row(
            student=known[pair[0]],
            exercise=exercises[pair[1]],
            submission=counted.get(pair),
            report=reports.get(counted[pair].id) if pair in counted else None,
            override=said.get(pair),
            extension=extended.get(pair),
        )
        for pair in chosen
    )


def counting(session: Session, pairs: Iterable[Pair] | None = None) -> dict[Pair, t.Submission]:
    """The submission that counts, by student and exercise (see RULE)."""
    query = select(t.Submission)
    wanted = None if pairs is None else set(pairs)
    if wanted is not None:
        query = query.where(t.Submission.student_id.in_({student for student, _ in wanted}))
    found: dict[Pair, t.Submission] = {}
    for row in session.scalars(query):
        pair = (row.student_id, row.exercise_id)
        if (wanted is None or pair in wanted) and (pair not in found or _moment(found[pair]) < _moment(row)):
            found[pair] = row
    return found


def _moment(row: t.Submission) -> tuple[datetime, int]:
    return (row.handed_in or row.received, row.attempt)


def _reports(session: Session, submissions: list[int] | None, *, records: bool) -> Mapping[int, t.Report]:
    """The report that holds, by submission."""
    query = select(t.Report).join(t.Score, t.Score.report_id == t.Report.id)
    if not records:
        query = query.options(defer(t.Report.record, raiseload=True))
    if submissions is not None:
        query = query.where(t.Score.submission_id.in_(submissions))
    return {row.submission_id: row for row in session.scalars(query)}


def withheld(report: t.Report) -> bool:
    """Whether a person has to look before this automatic score may be told."""
    return report.pending > 0 or report.status == "fault"


def grade_of(row: Row, *, records: bool = False) -> Grade:
    """The grade that follows from a row."""
    status, score, automatic = _score(row)
    submission, report, said = row.submission, row.report, row.override
    person = said.score if said is not None and score is not None else None
    handed_in = submission.handed_in if submission is not None else None
    extension = row.extension
    max_score = report.max_score if report is not None else row.exercise.max_score
    late = 0.0
    if score is not None:
        until, waived = (extension.until, extension.until is None) if extension is not None else (None, False)
        late = min(score, deduction(late_rule(row.exercise), handed_in, max_score, until=until, waived=waived))
    return Grade(
        student=student_of(row.student),
        exercise=row.exercise.slug,
        title=row.exercise.title,
        status=status,
        max_score=max_score,
        score=score,
        automatic=automatic,
        pending=report.pending if report is not None and status == "waiting" else 0.0,
        late_deduction=late,
        final=round(score - late, 2) if score is not None and status == "graded" else None,
        overridden=person is not None,
        comment=said.comment if said is not None else "",
        attempt=submission.attempt if submission is not None else 0,
        notebook=submission.name if submission is not None else "",
        handed_in=handed_in,
        due=extension.until if extension is not None and extension.until is not None else row.exercise.due,
        report=from_json(report.record) if report is not None and records else None,
    )


def _score(row: Row) -> tuple[GradeStatus, float | None, float | None]:
    """Status, score before lateness, and automatic score."""
    report, said = row.report, row.override
    automatic = report.score if report is not None and not withheld(report) else None
    if said is not None and said.excused:
        return "excused", None, automatic
    if said is not None and said.score is not None:
        return "graded", said.score, automatic
    if row.submission is None:
        return "missing", None, None
    return ("waiting", None, None) if automatic is None else ("graded", automatic, automatic)


def late_rule(exercise: t.Exercise) -> LateRule:
    """The exercise's late rule."""
    return LateRule(due=exercise.due, grace=timedelta(seconds=exercise.grace), per_day=exercise.per_day, most=exercise.most)
