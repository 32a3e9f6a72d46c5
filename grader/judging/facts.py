"""Everything that the laws say of one run held against one training that was asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from grader.judging.datasets import Dataset, Used, each_whole, used_rows
from grader.judging.laws import ADDED, OTHER_MODELS, RELATIVE, Law, gradient_law, gradient_of, loss_law, loss_noise, loss_of, update_law
from grader.judging.moves import Moves, moved
from grader.judging.narrow import every
from grader.judging.optimizers import expected_moves
from grader.judging.predictors import columns_of
from grader.judging.replay import replay_affine, rows_of
from grader.judging.trace import EPS, Trace
from grader.model.evidence import Array
from grader.model.exercise import SGD, AbsoluteError, At, Training

__all__ = ["Assessor", "Facts", "Moves", "asked_loss", "asked_path", "assess"]

BASES = (
    "mse", "mae", "huber", "rmse", "squared-mean", "mse-broadcast", "mae-broadcast", "mean-residual", "negative-mean-residual",
    *ADDED, *OTHER_MODELS,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One run against one training.

    used: its rows.  start_off: largest distance of the first parameters from those asked for (0 where any are).
    wanted: steps asked for; sizes: rows a step asked for; size: rows a step seen (the commonest); order: '' or what is off.
    base, factor: the loss that fits (None where none does) and the constant it is multiplied by.
    loss_law, gradient: laws against the asked loss, and of the gradient against the run's own loss.
    piled: which of the model's tensors hold gradients of earlier steps.  fresh: this step's share of the gradient is right.
    behind: what came behind the last step of a training that was right until then: `typed`, where the parameters were given values
    that no step led to; `stepped`, where the optimizer stepped once more; else ''.
    undone: the loss is a constant times the one asked for, and the step takes that constant back: the same training.
    moves: how the parameters moved; rates: fitted rate of each tensor (NaN where it never had a gradient); update: the law's worst step.
    Of a run that is not looked at whole rows, losses, gradients and moves are those of its head.
    """

    trace: Trace
    training: Training
    used: Used
    start_off: float
    wanted: int
    sizes: int
    size: int
    order: str
    base: str | None
    factor: float
    loss_law: Law
    gradient: Law
    piled: tuple[bool, ...]
    fresh: bool
    moves: Moves
    rates: tuple[float, ...]
    update: Law
    undone: bool = False
    behind: Literal["", "typed", "stepped"] = ""

    @property
    def kept(self) -> dict[str, bool]:
        """Each training check's own law."""
        return {
            "data": not self.used.why and self.used.seen,
            "start": self.start_off <= 1e-5,
            "steps": not self.order and len(self.trace) == self.wanted and self.size == self.sizes and self.behind != "stepped",
            "loss": self.loss_law.kept or self.undone,
            "gradient": self.gradient.kept,
            "update": self.moves == "kept",
        }

    @property
    def score(self) -> int:
        """How many of the training checks hold."""
        return sum(self.kept.values())

    @property
    def right(self) -> bool:
        """Whether this is the training asked for."""
        return all(self.kept.values())


def asked_loss(training: Training) -> str:
    """The name that the laws give to the loss asked for."""
    base = "mae" if isinstance(training.loss, AbsoluteError) else "mse"
    return base if training.loss.reduction == "mean" else f"{base}-sum"


class Assessor:
    """Holds runs against trainings on the same data; what several trainings ask of a run is worked out once."""

    def __init__(self, known: Dataset) -> None:
        self.known = known
        self._used: dict[int, tuple[Trace, Used]] = {}
        self._own: dict[tuple[int, str], _Own] = {}

    def __call__(self, trace: Trace, training: Training) -> Facts:
        """Hold one run against one training."""
        if id(trace) not in self._used:
            self._used[id(trace)] = trace, used_rows(trace.head, self.known)
        key = id(trace), asked_loss(training)
        if key not in self._own:
            self._own[key] = _own(trace.head, asked_loss(training))
        return _assessed(trace, training, len(self.known.x), self._used[id(trace)][1], self._own[key])


def assess(trace: Trace, training: Training, known: Dataset) -> Facts:
    """Hold one run against one training."""
    return Assessor(known)(trace, training)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Own:
    """What a run says of itself under one loss: see Facts."""

    law: Law
    base: str | None
    factor: float
    gradient: Law
    piled: tuple[bool, ...]
    fresh: bool


def _own(trace: Trace, asked: str) -> _Own:
    law = loss_law(trace, asked)
    base, factor = (asked.removesuffix("-sum"), 1.0) if law.kept else _fitting(trace, asked.removesuffix("-sum"))
    gradient, piled, fresh = _gradients(trace, base, factor)
    return _Own(law=law, base=base, factor=factor, gradient=gradient, piled=piled, fresh=fresh)


def _assessed(trace: Trace, training: Training, count: int, used: Used, own: _Own) -> Facts:
    per_epoch = len(rows_of(count, training.batches.size, 1))
    wanted = per_epoch * training.epochs if training.epochs is not None else len(trace)
    sizes = trace.sizes
    whole = training.batches.size is None and bool(used.why) and bool(np.all(sizes == sizes[0]))  # the full batch of other data
    moves, rates, update = _moved(trace.head, training, own)
    behind: Literal["", "typed", "stepped"] = ""
    if moves != "kept" and trace.head is trace and len(trace) > 3 and update.holds[:-1].all():
        # Behind the last step parameters of an earlier one were loaded again (the best, say).  What the run never had was typed in.
        moved = np.vstack([trace.moves[:-1], np.full_like(trace.moves[:1], np.nan)])
        once_more = replace(trace, moves=moved)
        if _moved(once_more, training, own)[0] == "kept":
            behind = "" if _visited(trace) else "stepped" if trace.extra else "typed"
            trace = once_more
            moves, rates, update = _moved(trace, training, own)
    asked = asked_loss(training)
    plain = isinstance(training.optimizer, SGD)  # what Adam takes back says nothing of the loss
    undone = plain and not own.law.kept and own.base == asked and moves == "kept"
    undone = undone and not update_law(trace.head, training.optimizer.lr, trace.head.grad).kept
    return Facts(
        trace=trace,
        training=training,
        used=used,
        start_off=_start(trace, training),
        wanted=wanted,
        sizes=int(sizes[0]) if whole else min(training.batches.size or count, count),
        size=_commonest(sizes),
        order="" if whole else _order(trace, used, training, count),
        base=own.base,
        factor=own.factor,
        loss_law=own.law,
        gradient=own.gradient,
        piled=own.piled,
        fresh=own.fresh,
        moves=moves,
        rates=rates,
        update=update,
        undone=undone,
        behind=behind,
    )


def _commonest(sizes: NDArray[np.int64]) -> int:
    """The commonest number of rows a step; of two that are as common the larger, since an epoch's last batch may be smaller."""
    often = np.bincount(sizes)
    return int(np.flatnonzero(often == often.max())[-1])


def asked_path(facts: Facts, known: Dataset) -> tuple[Array, Array]:
    """What the training asked for would have done from this start on this data: parameters (K + 1, P) and losses (K,).

    Where it asks for as many steps as it takes, and where the run has more than are looked at, those of the run's head.
    """
    training = facts.training
    if not facts.trace.model.line:
        return _swept(facts)
    y = np.where(np.isfinite(facts.used.y), facts.used.y, known.expected(known.x))
    batches = rows_of(len(known.x), training.batches.size, training.epochs or 1)
    taken = len(facts.trace.head)
    if training.epochs is None:
        batches = batches * -(-taken // len(batches))
    if training.epochs is None or facts.trace.head is not facts.trace:
        batches = batches[:taken]
    return replay_affine(facts.trace.theta[0], known.x, y, batches, training.optimizer, asked_loss(training).removesuffix("-sum"))


def _swept(facts: Facts) -> tuple[Array, Array]:
    """One sweep of Picard's iteration from the path seen: the optimizer's moves at the gradients asked for, summed from the start.

    Where every law is kept the path seen is all but the right one, and the sweep's error is of second order in their distance; a
    replay step by step would cost a thousand times as much.
    """
    trace, asked = facts.trace.head, asked_loss(facts.training)
    gradient = gradient_of(trace, asked)
    if facts.gradient.kept:  # at a kink any slope between is right: then it is the one seen
        seen = trace.grad / facts.factor
        with np.errstate(all="ignore"):
            bent = np.abs(seen - gradient) > 100 * RELATIVE * np.max(np.abs(gradient), axis=1, keepdims=True)
        gradient = np.where(bent, seen, gradient)
    path = trace.theta[0] + np.vstack([np.zeros_like(gradient[:1]), np.cumsum(_asked_moves(trace, facts.training, gradient), axis=0)])
    return path, loss_of(trace, asked) + np.sum(gradient * (path[:-1] - trace.theta), axis=1)


def _asked_moves(trace: Trace, training: Training, gradient: Array) -> Array:
    """(K, P) the moves that the optimizer asked for makes of these gradients (K, P)."""
    optimizer = training.optimizer
    if isinstance(optimizer, SGD) and not optimizer.momentum and not optimizer.weight_decay:
        return np.asarray(-optimizer.lr * gradient)
    return expected_moves(optimizer, trace.theta, gradient)


def _start(trace: Trace, training: Training) -> float:
    first = trace.theta[0]
    if not np.all(np.isfinite(first)):
        return float("inf")
    if isinstance(training.start, At):
        wanted = np.array(training.start.values)
        return float(np.max(np.abs(first - wanted) / (1.0 + np.abs(wanted))))
    if not trace.model.line and _uniform(trace, first):
        return float("inf")
    low, high = training.start.low, training.start.high
    return float(max(0.0, np.max(low - first), np.max(first - high)))


def _uniform(trace: Trace, first: Array) -> bool:
    """Whether a network starts with equal weights in each layer, so that its units never differ: no start that was drawn."""
    model = trace.model
    parts = [first[part] for part, shape in zip(columns_of(model), model.shapes, strict=True) if len(shape) == 2 and np.prod(shape) > 1]
    return bool(parts) and all(np.ptp(p) == 0 for p in parts)


def _order(trace: Trace, used: Used, training: Training, count: int) -> str:
    """'' where every step holds the rows it should; else `sizes`, `shuffled` or `rows`."""
    size = min(training.batches.size or count, count)
    sizes, rows = trace.sizes, used.rows
    if size == count:
        if np.any(sizes != count):
            return "sizes"
        return "" if used.whole else "rows"
    pattern = np.array([s.stop - s.start for s in rows_of(count, size, 1)])
    if np.any(sizes != np.resize(pattern, len(sizes))):
        return "sizes"
    straight = np.resize(np.arange(count), len(rows))
    if np.array_equal(rows, straight) or (rows < 0).any():
        return ""
    whole = len(rows) // count
    if whole and each_whole(rows[: whole * count], whole, count):
        return "" if training.batches.shuffle else "shuffled"
    return "" if training.batches.shuffle and not whole else "rows" if whole else "shuffled"


def _fitting(trace: Trace, asked: str) -> tuple[str | None, float]:
    """The loss that was computed, as one of BASES times a constant; the asked one and pairwise ones first."""
    first = [asked] if not trace.broadcast else [f"{asked}-broadcast", "mae-broadcast", "mse-broadcast"]
    for base in dict.fromkeys([*first, *BASES]):
        if base in OTHER_MODELS and not trace.model.line:
            continue
        if base.endswith("-broadcast") and not np.any(trace.sizes > 1):
            continue
        expected = loss_of(trace, base)
        with np.errstate(all="ignore"):
            sure = (
                np.isfinite(expected)
                & np.isfinite(trace.loss)
                & (np.abs(expected) > 1e3 * loss_noise(trace, base))
                & (np.abs(expected) < 1e30)
            )
            ratio = trace.loss[sure] / expected[sure]
        if sure.sum() < min(2, len(trace)):
            continue
        factor = float(np.median(ratio))
        if factor and np.all(np.abs(ratio / factor - 1) < 20 * RELATIVE) and _told(trace, sure) and _plausible(trace, factor):
            if abs(factor - 1) < 1e-4:
                factor = 1.0
            return base, factor
    return None, 1.0


def _plausible(trace: Trace, factor: float) -> bool:
    """Whether a network's losses, seen from one place alone, are so many times the loss named: there any number fits some factor."""
    if trace.model.line or np.any(trace.theta != trace.theta[0]):
        return True
    n = float(trace.sizes[0])
    return any(abs(factor / usual - 1) < 1e-3 for usual in (1.0, 2.0, 0.5, n, 1 / n, n**2))


def _told(trace: Trace, sure: NDArray[np.bool_]) -> bool:
    """Whether the losses can tell one kind from another: they differ among themselves, or there is but one (or one place)."""
    loss = trace.loss[sure]
    if len(loss) == 1 or np.all(trace.theta == trace.theta[0]):
        return True
    return bool(np.ptp(loss) > 0.05 * np.max(np.abs(loss)))


def _gradients(trace: Trace, base: str | None, factor: float) -> tuple[Law, tuple[bool, ...], bool]:
    """The gradient law against the run's own loss: used gradients, which tensors' are piled up, and this step's own share.

    Of a loss that no law names, autograd itself vouches for the gradient; whether it is fresh can be seen.
    """
    size = np.nanmax(np.abs(np.where(np.isfinite(trace.grad), trace.grad, 0)), axis=0, initial=0.0)
    old = np.abs(np.nan_to_num(trace.stale)) > 1e-12 * (1 + size)
    piled = tuple(bool(old[:, part].any()) for part in columns_of(trace.model))
    if base is None:
        return Law(float(any(piled)), 0, float(any(piled)), ~old.any(axis=1)), piled, True
    used = gradient_law(trace, base, trace.grad / factor)
    if not old.any():
        return used, piled, used.kept
    with np.errstate(all="ignore"):
        share = (trace.grad - trace.stale) / factor
    own = gradient_law(trace, base, share)
    if not own.kept:
        own = _loosened(trace, base, share, size / factor)
    return used, piled, own.kept


def _loosened(trace: Trace, base: str, share: Array, size: Array) -> Law:
    """This step's share read as a difference of two piled-up gradients: exact only to the roundoff of the pile."""
    off = gradient_law(trace, base, share)
    if off.worst == np.inf:
        return off

    gap = np.abs(share - gradient_of(trace, base))
    holds = every(np.nan_to_num(gap) <= RELATIVE * np.abs(share) + 16 * EPS * (size + np.abs(trace.stale)) * np.sqrt(len(trace)))
    return Law(0.0 if holds.all() else off.worst, off.at, off.deviation, holds | off.holds)


def _visited(trace: Trace) -> bool:
    """Whether the run was left with parameters that it had at one of its steps, to the bit."""
    return trace.final_seen and bool(np.any(every(trace.theta == trace.final)))


def _moved(trace: Trace, training: Training, own: _Own) -> tuple[Moves, tuple[float, ...], Law]:
    """See `moves.moved`."""
    asked = asked_loss(training)
    share = trace.grad / own.factor if own.base == asked and own.gradient.kept and own.factor != 1 else None
    return moved(trace, training.optimizer, asked, share)
