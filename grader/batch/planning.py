"""What has to be done for a class: decided before anything runs, from what the gradebook holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from grader.gradebook import Held, Standing

__all__ = ["Plan", "planned"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Every submission of a class, in its order, in one of three.

    run: nothing is known of them under the exercise and the recorder of now.  judge: their runs are stored, but the exercise's
    points, checks or the judging code are others now, so they are judged again with nothing executed.  kept: graded already.
    """

    run: tuple[Held, ...] = ()
    judge: tuple[Held, ...] = ()
    kept: tuple[Held, ...] = ()

    @property
    def total(self) -> int:
        """How many submissions there are."""
        return len(self.run) + len(self.judge) + len(self.kept)

    def lines(self) -> tuple[str, ...]:
        """The plan in words, a line for each exercise."""
        exercises = sorted({one.exercise for part in (self.run, self.judge, self.kept) for one in part})
        return tuple(f"{slug}: {self._line(slug)}" for slug in exercises)

    def _line(self, slug: str) -> str:
        counts = Counter(
            {
                name: sum(one.exercise == slug for one in part)
                for name, part in (("to run", self.run), ("to judge again from stored runs", self.judge), ("graded already", self.kept))
            }
        )
        return ", ".join(f"{count} {name}" for name, count in counts.items() if count)


def planned(standings: Iterable[Standing]) -> Plan:
    """The plan that follows from what there is of each submission."""
    of = tuple(standings)
    return Plan(
        run=tuple(one.held for one in of if not one.report and not one.evidence),
        judge=tuple(one.held for one in of if not one.report and one.evidence),
        kept=tuple(one.held for one in of if one.report),
    )
