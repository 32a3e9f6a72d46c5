"""What lateness takes: a rule that can be said in one sentence.  Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

__all__ = ["LateRule", "deduction"]

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LateRule:
    """When an exercise is due, and what each day costs.

    due: None where nothing is ever late.  grace: how late costs nothing.  per_day: the share of the exercise's points (0 to 1)
    that each begun day takes.  most: the share that lateness takes at most.
    """

    due: datetime | None = None
    grace: timedelta = timedelta()
    per_day: float = 0.0
    most: float = 1.0

    def sentence(self) -> str:
        """The rule in words.

        >>> from datetime import UTC
        >>> LateRule(due=datetime(2026, 3, 1, 23, 59, tzinfo=UTC), grace=timedelta(minutes=15), per_day=0.1, most=0.5).sentence()
        'due 2026-03-01 23:59 UTC; after 15 min each begun day takes 10 % of the points, 50 % at most'
        """
        if self.due is None:
            return "nothing is late"
        due = f"due {self.due:%Y-%m-%d %H:%M %Z}".rstrip()
        if not self.per_day:
            return f"{due}; lateness takes nothing"
        after = f"after {self.grace.total_seconds() / 60:g} min " if self.grace else ""
        return f"{due}; {after}each begun day takes {100 * self.per_day:g} % of the points, {100 * self.most:g} % at most"


def deduction(
    rule: LateRule, handed_in: datetime | None, max_score: float, *, until: datetime | None = None, waived: bool = False
) -> float:
    """Points, with two decimals, that lateness takes.

    until: this student's own due moment, later or earlier than the rule's.  waived: nothing is taken.  Days are counted from the
    due moment, also where grace is given; where nobody knows when it was handed in, nothing is taken.
    """
    due = until or rule.due
    if waived or due is None or handed_in is None or handed_in <= due + rule.grace:
        return 0.0
    days = math.ceil((handed_in - due) / _DAY)
    return round(min(days * rule.per_day, rule.most) * max_score, 2)
