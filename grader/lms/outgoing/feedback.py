"""A grade in words for its student: what counts, the one cause, and each check.

Checks that students may not see are told by title and points alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from grader.lms.outgoing.points import amount
from grader.model.grade import Grade
from grader.model.harmless import plain
from grader.model.report import CheckResult, Finding

__all__ = ["as_html", "as_text", "summary_line"]

_MARKS = {"passed": "✓", "failed": "✗", "blocked": "·", "unobserved": "?", "fault": "!"}


def summary_line(grade: Grade) -> str:
    """The grade in a line.

    >>> from grader.model.grade import Student
    >>> summary_line(Grade(student=Student(id="a"), exercise="x", title="X", status="excused", max_score=10.0))
    'excused'
    """
    match grade.status:
        case "excused":
            return "excused"
        case "missing":
            return "nothing was handed in"
        case "waiting":
            return "a person will look at this before it is graded"
        case "graded":
            final = grade.final if grade.final is not None else 0.0
            line = f"{amount(final)} of {amount(grade.max_score)} points"
            if grade.late_deduction:
                line += f" ({amount(grade.score or 0.0)} for the work, {amount(grade.late_deduction)} taken off because it was late)"
            return line


def as_text(grade: Grade) -> str:
    """The feedback as text, lines of its paragraphs apart."""
    return "\n\n".join("\n".join(lines) for lines in _paragraphs(grade)) + "\n"


def as_html(grade: Grade) -> str:
    """The feedback as HTML on one line, everything escaped: a comment of a platform that takes HTML."""
    return "".join(f"<p>{'<br>'.join(escape(line) for line in lines)}</p>" for lines in _paragraphs(grade))


def _paragraphs(grade: Grade) -> Iterator[list[str]]:
    yield [plain(grade.title or grade.exercise, limit=200), summary_line(grade)]
    if grade.comment:
        yield _lines(grade.comment)
    if grade.report is None or grade.status in {"waiting", "excused"}:
        return
    if grade.overridden:
        yield ["The score was given by a person; what follows is the automatic report."]
    for finding in grade.report.findings:
        yield _finding(finding)
    checks = [_check(check, grade.report.called(check)) for check in grade.report.checks]
    if checks:
        yield checks


def _finding(finding: Finding) -> list[str]:
    where = "" if finding.cell is None else f" (cell {finding.cell}" + (f", line {finding.line})" if finding.line is not None else ")")
    head = "Remark, at no cost" if finding.remark else finding.rule
    return [f"{head}{where}", *_lines(finding.message), *_lines(finding.hint)]


def _check(check: CheckResult, name: str) -> str:
    points = f" {amount(check.points)}/{amount(check.max_points)}" if check.max_points else ""
    said = f": {' '.join(_lines(check.message))}" if check.visible and check.message and check.outcome != "passed" else ""
    return f"{_MARKS[check.outcome]} {name}{points}  {plain(check.title, limit=300)}{said}"


def _lines(text: str) -> list[str]:
    return [line for line in plain(text, limit=2000).splitlines() if line.strip()]
