"""Text of a stranger made harmless, and values, outcomes and places in words."""

from __future__ import annotations

import math

from grader.model.harmless import plain
from grader.model.report import CheckResult, Finding, Outcome, Report, Value

__all__ = ["MARKS", "amount", "check_name", "comparison", "place", "plain", "summary", "value"]

MARKS: dict[Outcome, str] = {"passed": "✓", "failed": "✗", "blocked": "·", "unobserved": "?", "fault": "!"}
"""One sign for each outcome, so that a table can be read without colour."""


def value(of: Value) -> str:
    """A value as a person writes it: six significant digits, tuples in brackets.

    >>> value(0.30000000000000004), value((1.0, float("nan"))), value(True), value(None)
    ('0.3', '(1, nan)', 'yes', '')
    """
    match of:
        case None:
            return ""
        case bool():
            return "yes" if of else "no"
        case float():
            return f"{of:.6g}" if math.isfinite(of) else str(of)
        case tuple():
            inside = ", ".join(value(one) for one in of[:8]) + (", …" if len(of) > 8 else "")
            return f"({inside},)" if len(of) == 1 else f"({inside})"
        case str():
            return plain(of, limit=200)
    return str(of)


def amount(points: float) -> str:
    """Points with at most two decimals, no trailing zeros.

    >>> amount(2.0), amount(0.25)
    ('2', '0.25')
    """
    return f"{points:.2f}".rstrip("0").rstrip(".")


def comparison(check: CheckResult) -> str:
    """What was seen, what was expected, by how much they differ and how much is allowed.

    '' where nothing was compared, and where a check failed although these are equal: its message says what it failed for.
    """
    if check.outcome == "failed" and check.actual is not None and check.actual == check.expected:
        return ""
    parts = []
    if check.actual is not None:
        parts.append(f"seen {value(check.actual)}")
    if check.expected is not None:
        parts.append(f"expected {value(check.expected)}")
    if check.deviation is not None:
        allowed = f" (allowed {value(check.tolerance)})" if check.tolerance is not None else ""
        parts.append(f"off by {value(check.deviation)}{allowed}")
    return ", ".join(parts)


def place(finding: Finding) -> str:
    """Where a finding points, '' where nowhere: `cell 41, line 4`."""
    if finding.cell is None:
        return ""
    return f"cell {finding.cell}" + (f", line {finding.line}" if finding.line is not None else "")


def check_name(check: CheckResult, report: Report) -> str:
    """How a check is known: its id, or `task.id` where the exercise has several tasks."""
    return report.called(check)


def summary(report: Report) -> str:
    """The one cause of a report in a line, '' where there is none."""
    cause = report.cause
    if cause is None:
        return "" if report.run.status == "completed" else f"run {report.run.status}"
    where = place(cause)
    return f"{cause.rule} ({where})" if where else cause.rule
