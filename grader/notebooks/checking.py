"""The two cells around every stub that are the grader's own: the first loads the student's check, the last runs it.

They are no part of an exercise: a reference has none, a submission may have lost them, and what is in them is never work.
"""

from __future__ import annotations

import re

from grader.notebooks.scaffolds import ScaffoldCell

__all__ = ["CHECK", "LOAD", "is_check"]

LOAD = ScaffoldCell(
    grade_id="grader-load",
    kind="code",
    source="# Watches how your model trains, for the check in the last cell.  Needs torch-grader; without it, delete both cells.\n"
    "%load_ext grader",
    owner="given",
)
"""The first cell of a stub."""
CHECK = ScaffoldCell(
    grade_id="grader-check",
    kind="code",
    source="# What your last run shows.  Run this cell again for a hint, and once more for a plainer one.\n%grade",
    owner="given",
)
"""The last cell of a stub."""

_LINE = re.compile(r"\s*(%(load|reload|unload)_ext\s+grader\s*|%grade\b.*|import grader\s*|grader\.check\([^()]*\)\s*;?\s*)?(#.*)?")


def is_check(source: str) -> bool:
    """Whether a cell's text asks for the student's check and does nothing else (comments and empty lines aside)."""
    lines = source.splitlines()
    asked = any(line.strip() and not line.lstrip().startswith("#") for line in lines)
    return asked and all(_LINE.fullmatch(line) for line in lines)
