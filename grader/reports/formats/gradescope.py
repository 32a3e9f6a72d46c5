"""Gradescope's results.json."""

from __future__ import annotations

from grader.model.report import Report
from grader.reports.results import gradescope

__all__ = ["text"]


def text(report: Report) -> str:
    """One JSON object."""
    return gradescope(report)
