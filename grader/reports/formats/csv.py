"""A table with one row: student, exercise, score and a column for each check."""

from __future__ import annotations

from grader.model.report import Report
from grader.reports.sheet import csv

__all__ = ["text"]


def text(report: Report) -> str:
    """The header and the row."""
    return csv([report])
