"""Grades as one CSV: a row for each student and exercise, a column for each check."""

from __future__ import annotations

import csv as writer
import io
from collections.abc import Sequence

from grader.lms.outgoing.export import Export, why, withheld
from grader.lms.outgoing.points import amount
from grader.model.grade import Grade
from grader.model.harmless import cell
from grader.model.report import CheckResult

__all__ = ["csv"]

_FACTS = (
    "student", "name", "email", "section", "exercise", "status", "score", "max_score", "earned", "late", "pending", "attempt", "handed_in",
    "cause", "comment", "note",
)  # fmt: skip


def csv(grades: Sequence[Grade]) -> Export:
    """`score` is what counts in the end; `earned` what the work earned, of which `late` was taken off.

    While a grade waits for a person its score is blank and its note says why.  Checks stand in the exercise's order.
    """
    columns = list(dict.fromkeys(name for grade in grades for name in _checks(grade)))
    text = io.StringIO()
    sheet = writer.writer(text, lineterminator="\n")
    sheet.writerow([*_FACTS, *columns])
    for grade in grades:
        points = _checks(grade)
        sheet.writerow([*_facts(grade), *(points.get(name, "") for name in columns)])
    return Export(data=text.getvalue().encode(), written=sum(1 for one in grades if one.final is not None), notes=tuple(withheld(grades)))


def _facts(grade: Grade) -> list[str]:
    student = grade.student
    cause = grade.report.cause if grade.report is not None else None
    told = [cell(one) for one in (student.id, student.name, student.email, student.section, grade.exercise, grade.status)]
    return [
        *told,
        _points(grade.final), amount(grade.max_score), _points(grade.score if grade.final is not None else None),
        amount(grade.late_deduction) if grade.late_deduction else "", amount(grade.pending) if grade.pending else "",
        str(grade.attempt) if grade.attempt else "", grade.handed_in.isoformat() if grade.handed_in else "",
        cell(cause.rule if cause is not None else ""), cell(grade.comment), cell(_note(grade)),
    ]  # fmt: skip


def _note(grade: Grade) -> str:
    if grade.status == "waiting":
        return f"{why(grade)}; withheld"
    return "a person's score" if grade.overridden else ""


def _points(of: float | None) -> str:
    return "" if of is None else amount(of)


def _checks(grade: Grade) -> dict[str, str]:
    """Check -> its points, 'pending' where they wait."""
    if grade.report is None:
        return {}
    return {grade.report.called(check): _outcome(check) for check in grade.report.checks}


def _outcome(check: CheckResult) -> str:
    return "pending" if check.pending else amount(check.points)
