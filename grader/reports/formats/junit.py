"""JUnit XML, which every CI system shows: a failure is the student's, an error the grader's own."""

from __future__ import annotations

from grader.model.report import Report
from grader.reports.suite import junit

__all__ = ["text"]


def text(report: Report) -> str:
    """One suite, a case for each check."""
    return junit([report])
