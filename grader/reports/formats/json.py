"""The documented record of a report, from which it can be read again."""

from __future__ import annotations

from grader.model.report import Report
from grader.wire.record import to_json

__all__ = ["text"]


def text(report: Report) -> str:
    """One JSON object."""
    return to_json(report)
