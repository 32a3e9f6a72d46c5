"""How plainly a cause is told: each time it is asked for, a little more."""

from __future__ import annotations

from collections import Counter

from grader.model.report import Finding

__all__ = ["PLAINEST", "Hints"]

PLAINEST = 3
"""1: what was seen.  2: and a hint.  3: and where exactly, and where to read."""


class Hints:
    """Counts, in one session, how often each cause was told."""

    def __init__(self) -> None:
        self._told: Counter[tuple[str, str]] = Counter()

    def plainness(self, cause: Finding | None) -> int:
        """How plainly to tell this cause now, from 1 to PLAINEST; asking counts."""
        if cause is None:
            return 1
        key = cause.rule, cause.task
        self._told[key] += 1
        return min(self._told[key], PLAINEST)
