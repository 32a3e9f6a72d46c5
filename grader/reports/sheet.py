"""Reports as one CSV sheet: a row for each submission, a column for each check."""

from __future__ import annotations

import csv as writer
import io
from collections.abc import Sequence

from grader.model.harmless import cell
from grader.model.report import CheckResult, Report
from grader.reports.words import amount, check_name, summary

__all__ = ["csv"]

_FACTS = ("student", "exercise", "score", "max_score", "pending", "cause")


def csv(reports: Sequence[Report]) -> str:
    """`student,exercise,score,max_score,pending,cause`, then the points of each check (blank where the exercise has it not).

    While points are pending the score is blank: it is withheld until a person has looked.  Text that a spreadsheet would
    read as a formula is defused with a leading apostrophe.
    """
    columns = list(dict.fromkeys(check_name(check, report) for report in reports for check in report.checks))
    text = io.StringIO()
    sheet = writer.writer(text, lineterminator="\n")
    sheet.writerow([*_FACTS, *columns])
    for report in reports:
        points = {check_name(check, report): _points(check) for check in report.checks}
        sheet.writerow([*_facts(report), *(points.get(name, "") for name in columns)])
    return text.getvalue()


def _facts(report: Report) -> list[str]:
    score = "" if report.pending else amount(report.score)
    told = (cell(report.student or ""), cell(report.exercise), score, amount(report.max_score), amount(report.pending))
    return [*told, cell(summary(report))]


def _points(check: CheckResult) -> str:
    return "pending" if check.pending else amount(check.points)
