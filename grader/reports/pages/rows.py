"""Checks as rows: each outcome with its word and its sign, so that colour is never the only one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grader.model.report import CheckResult, Report
from grader.reports.words import amount, plain, value

__all__ = ["counts", "share", "tasks"]

OUTCOMES: Mapping[str, tuple[str, str]] = {
    "passed": ("passed", "✓"),
    "failed": ("failed", "✗"),
    "blocked": ("blocked", "‖"),
    "unobserved": ("not seen", "?"),
    "fault": ("our fault", "!"),
    "pending": ("waits for a person", "…"),
}
"""Each outcome's word and sign; `pending` where points wait, whatever the reason."""


def tasks(report: Report) -> list[tuple[str, list[dict[str, Any]]]]:
    """The rows of each task; its name is '' where it is the only one."""
    names = list(dict.fromkeys(c.task for c in report.checks))
    return [(name if len(names) > 1 else "", _rows([c for c in report.checks if c.task == name])) for name in names]


def _rows(checks: list[CheckResult]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    said = ""
    for check in checks:
        kind = _kind(check)
        word, sign = OUTCOMES[kind]
        message = "" if check.outcome == "passed" else plain(check.message, limit=300)
        again = bool(message) and message == said
        rows.append(
            {
                "kind": kind, "word": word, "sign": sign, "title": plain(check.title, limit=200), "message": "" if again else message,
                "compared": _both(check) if check.outcome == "failed" and not message else "",
                "points": f"{amount(check.points)} of {amount(check.max_points)}" if check.max_points else "",
            }
        )  # fmt: skip
        said = message
    return rows


def _both(check: CheckResult) -> str:
    """What was seen and what was expected, where both are there."""
    seen, expected = value(check.actual), value(check.expected)
    return f"seen {seen}, expected {expected}" if seen and expected else ""


def _kind(check: CheckResult) -> str:
    return "pending" if check.pending and check.outcome != "fault" else check.outcome


def counts(report: Report) -> str:
    """How many checks came out which way, in words."""
    kinds = [_kind(c) for c in report.checks]
    return ", ".join(f"{kinds.count(kind)} {word}" for kind, (word, _) in OUTCOMES.items() if kind in kinds)


def share(report: Report) -> list[tuple[str, float, float]]:
    """The bar under the score: for each check with points its outcome, and where its part begins and how long it is, of 100."""
    total = sum(c.max_points for c in report.checks)
    out, at = [], 0.0
    for check in report.checks:
        if check.max_points and total:
            width = 100 * check.max_points / total
            out.append((_kind(check), round(at, 2), round(max(width - 0.6, 0.2), 2)))
            at += width
    return out
