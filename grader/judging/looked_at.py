"""How much of a run is looked at row by row: all of it, but for one far longer than any training that the exercise asks for.

Such a run took too many steps whatever its later ones did, and a loop that never ends would else be judged for as long as it ran.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from grader.judging.replay import rows_of
from grader.judging.runs import Run, beginning
from grader.judging.trace import Trace
from grader.model.exercise import Training

__all__ = ["LookedAt", "looked_at"]

TIMES = 2
"""How many times the steps asked for are looked at."""
ROUNDS = 20
"""How many times as many rows as there are data are looked at at least: batches drawn by chance have met every row by then."""
OPEN = 10_000
"""As many steps are taken for asked where a task asks for as many as it takes, and the grader ended the training."""


@dataclass(frozen=True, slots=True)
class LookedAt:
    """What the exercise's trainings on the same data ask for.

    count: rows of the data.  sizes: rows a step.  steps: at most, None where a task asks for as many as it takes: there only the
    whole run tells what was handed in, unless its cell is one of those that the grader `ended`.
    """

    count: int
    sizes: frozenset[int]
    steps: int | None
    ended: frozenset[int]

    def read(self, run: Run, way: Callable[[int], Trace | None]) -> Trace | None:
        """The run as `way` reads it, which looks at so many of its backward calls."""
        if self.steps is None and run.cell not in self.ended:
            return way(len(run))
        most = TIMES * (OPEN if self.steps is None else self.steps)
        calls = beginning(run, most, max(self.sizes))
        trace = way(calls)
        if trace is None or calls == len(run):
            return trace
        if len(trace) <= most:  # so many calls made no more steps than that
            return way(len(run))
        wanted, seen = ROUNDS * self.count, max(1, len(trace.x))
        return trace if seen >= wanted else way(min(len(run), -(-calls * wanted // seen)))


def looked_at(trainings: list[Training], count: int, ended: frozenset[int]) -> LookedAt:
    """Of trainings on the same data, of so many rows; ended: cells that the grader ended."""
    steps = [len(rows_of(count, t.batches.size, 1)) * t.epochs if t.epochs is not None else None for t in trainings]
    sizes = frozenset(t.batches.size or count for t in trainings)
    return LookedAt(count, sizes, None if None in steps else max(s for s in steps if s is not None), ended)
