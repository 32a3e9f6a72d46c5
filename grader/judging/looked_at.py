"""How much of a run is looked at row by row: all of it, but for two kinds.

One far longer than any training that the exercise asks for took too many steps whatever its later ones did, and a loop that never
ends would else be judged for as long as it ran.  A long run on the full batch is looked at in its first steps alone where a task asks
for as many as it takes, where it is the judge's own, and where there are more runs than trainings asked for, until it is known
which of them answer the tasks; the later ones must be seen to go on alike, else all are looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from grader.judging.laws import gradient_law, loss_law, moves_by
from grader.judging.replay import rows_of
from grader.judging.runs import Run, beginning
from grader.judging.supposing import explaining
from grader.judging.trace import Trace
from grader.model.exercise import Data, Training

__all__ = ["LookedAt", "looked_at"]

TIMES = 2
"""How many times the steps asked for are looked at."""
ROUNDS = 20
"""How many times as many rows as there are data are looked at at least: batches drawn by chance have met every row by then."""
AGAIN = 500
"""How many steps of the judge's own run are looked at at least, where the others go on alike."""
CROWDED = 100
"""The same for each run of many."""
OPEN = 5_000
"""As many steps are taken for asked where a task asks for as many as it takes."""


@dataclass(frozen=True, slots=True)
class LookedAt:
    """What the exercise's trainings on the same data ask for.

    count: rows of the data.  sizes: rows a step.  steps: at most, None where a task asks for as many as it takes.  There the run's
    later steps count too, unless its cell is one of those that the grader `ended`.  trainings: how many the exercise has on any data.
    again: the run is the judge's own, which shows that the training does on other numbers what it was seen to do on the exercise's.
    crowded: there are more long runs than trainings.
    """

    count: int
    sizes: frozenset[int]
    steps: int | None
    ended: frozenset[int]
    trainings: int = 1
    again: bool = False
    crowded: bool = False

    def among(self, runs: Sequence[Run]) -> LookedAt:
        """How much of each run is looked at first, where these are all there are."""
        return replace(self, crowded=sum(len(run) > CROWDED for run in runs) > self.trainings)

    def read(self, run: Run, way: Callable[[int], Trace | None]) -> Trace | None:
        """The run as `way` reads it, which looks at so many of its backward calls."""
        takes_any = self.steps is None and run.cell not in self.ended
        most = TIMES * (OPEN if self.steps is None else self.steps)
        enough = CROWDED if self.crowded else AGAIN if self.again else most if takes_any else len(run)
        if len(run) > enough and self.sizes == {self.count}:
            trace = self._beginning(run, way, enough)
            if trace is not None and (trace.head is trace or _goes_on(trace)):
                return trace
        return way(len(run)) if takes_any else self._beginning(run, way, most)

    def _beginning(self, run: Run, way: Callable[[int], Trace | None], most: int) -> Trace | None:
        calls = beginning(run, most, max(self.sizes))
        trace = way(calls)
        if trace is None or calls == len(run):
            return trace
        if len(trace) <= most:  # so many calls made no more steps than that
            return way(len(run))
        wanted, seen = ROUNDS * self.count, max(1, len(trace.x))
        return trace if seen >= wanted else way(min(len(run), -(-calls * wanted // seen)))


PIECE = 8192
"""How many steps are held against the head's rate at a time: then their numbers stay in the processor's cache."""
SAMPLE = 64
"""At how many of the steps behind the head losses and gradients are held against the head's rows."""


def _goes_on(trace: Trace) -> bool:
    """Whether the steps behind the head of a run on the full batch are seen to be more of the same, without rows of their own.

    Every gradient is fresh and every step moves by the head's rate times its gradient, the last one too; and wherever one tries,
    losses and gradients are those of the head's rows at the new parameters.  Summed losses are looked at whole: whether they are
    constant times the one asked for, which the steps take back, shows only over a stretch in which they fall.
    """
    head = trace.head
    kind = explaining(trace)
    if kind is None or kind.endswith("-sum") or np.any(trace.parts != 1) or np.any(head.sizes != head.sizes[0]):
        return False
    with np.errstate(all="ignore"):
        rate = float(-np.nansum(head.moves * head.grad) / np.nansum(head.grad**2))
    if not all(_keeps(trace, rate, slice(at, at + PIECE)) for at in range(0, len(trace), PIECE)):
        return False
    some = _sampled(trace, np.unique(np.linspace(len(head), len(trace) - 1, SAMPLE).astype(int)))
    return loss_law(some, kind).kept and gradient_law(some, kind, some.grad).kept


def _keeps(trace: Trace, rate: float, some: slice) -> bool:
    """Whether gradients of some steps are fresh and their moves that rate times them."""
    theta, grad, stale, moves = (column[some] for column in (trace.theta, trace.grad, trace.stale, trace.moves))
    return not np.any(np.nan_to_num(stale)) and moves_by(theta, grad, moves, rate)


def _sampled(trace: Trace, steps: NDArray[np.int64]) -> Trace:
    """Some steps as a trace of their own, on the rows of the first."""
    columns = {name: getattr(trace, name)[steps] for name in ("theta", "grad", "stale", "loss", "moves", "stepped", "parts")}
    size = int(trace.sizes[0])
    x, y = (np.tile(column[:size], len(steps)) for column in (trace.x, trace.y))
    return replace(trace, **columns, x=x, y=y, offset=size * np.arange(len(steps) + 1), read=None)


def looked_at(trainings: list[Training], data: Data, count: int, ended: frozenset[int], *, again: bool = False) -> LookedAt:
    """Of an exercise's trainings those on some data, of so many rows.  ended: cells that the grader ended; again: the judge's own run."""
    every = len(trainings)
    trainings = [t for t in trainings if t.data == data]
    steps = [len(rows_of(count, t.batches.size, 1)) * t.epochs if t.epochs is not None else None for t in trainings]
    sizes = frozenset(t.batches.size or count for t in trainings)
    return LookedAt(count, sizes, None if None in steps else max(s for s in steps if s is not None), ended, every, again)
