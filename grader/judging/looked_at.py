"""How much of a run is looked at row by row: all of it, but for one far longer than any training that the exercise asks for.

Such a run took too many steps whatever its later ones did, and a loop that never ends would else be judged for as long as it ran.
Where a task asks for as many steps as it takes, and in the judge's own run, the later ones must be seen to go on as those that were
looked at; where they are not, all are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from grader.judging.laws import update_law
from grader.judging.replay import rows_of
from grader.judging.runs import Run, beginning
from grader.judging.trace import Trace
from grader.model.exercise import Training

__all__ = ["LookedAt", "looked_at"]

TIMES = 2
"""How many times the steps asked for are looked at."""
ROUNDS = 20
"""How many times as many rows as there are data are looked at at least: batches drawn by chance have met every row by then."""
AGAIN = 500
"""How many steps of the judge's own run are looked at at least, where the others go on alike."""
OPEN = 5_000
"""As many steps are taken for asked where a task asks for as many as it takes."""


@dataclass(frozen=True, slots=True)
class LookedAt:
    """What the exercise's trainings on the same data ask for.

    count: rows of the data.  sizes: rows a step.  steps: at most, None where a task asks for as many as it takes.  There the run's
    later steps count too, unless its cell is one of those that the grader `ended`.  again: the run is the judge's own, which shows
    that the training does on other numbers what it was seen to do on the exercise's.
    """

    count: int
    sizes: frozenset[int]
    steps: int | None
    ended: frozenset[int]
    again: bool = False

    def read(self, run: Run, way: Callable[[int], Trace | None]) -> Trace | None:
        """The run as `way` reads it, which looks at so many of its backward calls."""
        if self.again:
            trace = self._beginning(run, way, AGAIN)
            if trace is not None and (trace.head is trace or _goes_on(trace)):
                return trace
        trace = self._beginning(run, way, TIMES * (OPEN if self.steps is None else self.steps))
        if self.steps is not None or run.cell in self.ended or (trace is not None and (trace.head is trace or _goes_on(trace))):
            return trace
        return way(len(run))

    def _beginning(self, run: Run, way: Callable[[int], Trace | None], most: int) -> Trace | None:
        calls = beginning(run, most, max(self.sizes))
        trace = way(calls)
        if trace is None or calls == len(run):
            return trace
        if len(trace) <= most:  # so many calls made no more steps than that
            return way(len(run))
        wanted, seen = ROUNDS * self.count, max(1, len(trace.x))
        return trace if seen >= wanted else way(min(len(run), -(-calls * wanted // seen)))


def _goes_on(trace: Trace) -> bool:
    """Whether the steps behind the head are seen to be more of the same, without their rows.

    Their losses are computed as those of the head are, their gradients are fresh, and every step moves by the head's rate times its
    gradient, the last one too.
    """
    head, graphs = trace.head, trace.run.graph
    calls = int(trace.parts[: len(head)].sum())
    if np.any(graphs != graphs[0]) and not np.all(np.isin(graphs[calls:], np.unique(graphs[:calls]))):
        return False
    with np.errstate(all="ignore"):
        rate = float(-np.nansum(head.moves * head.grad) / np.nansum(head.grad**2))
    return all(_keeps(trace, rate, slice(at, at + PIECE)) for at in range(0, len(trace), PIECE))


PIECE = 8192
"""How many steps are held against the head's rate at a time: then their numbers stay in the processor's cache."""


def _keeps(trace: Trace, rate: float, some: slice) -> bool:
    """Whether gradients of some steps are fresh and their moves that rate times them."""
    theta, grad, stale, moves = (column[some] for column in (trace.theta, trace.grad, trace.stale, trace.moves))
    if np.any(np.nan_to_num(stale)) or not np.isfinite(moves).all():
        return False
    return update_law(replace(trace, theta=theta, moves=moves), rate, grad).kept


def looked_at(trainings: list[Training], count: int, ended: frozenset[int], *, again: bool = False) -> LookedAt:
    """Of trainings on the same data, of so many rows; ended: cells that the grader ended; again: the run is the judge's own."""
    steps = [len(rows_of(count, t.batches.size, 1)) * t.epochs if t.epochs is not None else None for t in trainings]
    sizes = frozenset(t.batches.size or count for t in trainings)
    return LookedAt(count, sizes, None if None in steps else max(s for s in steps if s is not None), ended, again)
