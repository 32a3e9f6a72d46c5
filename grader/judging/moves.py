"""How the parameters of a run moved from step to step: as the optimizer asked for moves them, or what fits instead."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from grader.judging.laws import RELATIVE, Law, gradient_noise, gradient_of, once, update_law
from grader.judging.narrow import every, some
from grader.judging.optimizers import expected_moves
from grader.judging.predictors import columns_of
from grader.judging.trace import EPS, Trace
from grader.model.evidence import Array
from grader.model.exercise import SGD, Optimizer

__all__ = ["Moves", "moved"]

Moves = Literal["kept", "still", "rare", "rate", "sign", "swapped", "changing", "clipped", "unexplained", "unseen"]


def moved(trace: Trace, optimizer: Optimizer, asked: str, share: Array | None) -> tuple[Moves, tuple[float, ...], Law]:
    """How the parameters moved, as asked or what fits instead; the rate fitted to each tensor; and the update law asked for.

    asked: the loss asked for, by the laws' name.  share: (K, P) gradients of that loss where the run's own are a constant times
    those, else None.
    """
    plain = isinstance(optimizer, SGD) and not optimizer.momentum and not optimizer.weight_decay
    if plain and isinstance(optimizer, SGD):
        law = update_law(trace, optimizer.lr, trace.grad)
        if not law.kept:
            unseen = np.isnan(trace.grad)  # gradients that were used and cleared within the backward call
            noise = np.where(unseen, gradient_noise(trace, asked), 0.0) if unseen.any() else 0.0
            other = update_law(trace, optimizer.lr, gradient_of(trace, asked), noise)
            if not other.kept and share is not None:  # kinks leave the asked gradient open: then it is the one seen
                other = update_law(trace, optimizer.lr, share)
            law = other if other.kept else law
    else:
        law = _against(trace, expected_moves(optimizer, trace.theta, trace.grad))
    seen = once(trace, "seen", lambda: every(np.isfinite(trace.moves)))
    rates = once(trace, "rates", lambda: _rates(trace))
    if law.kept and seen.any():
        return "kept", rates, law
    if not seen.any():
        return "unseen", rates, law
    if np.all(trace.moves[seen][:-1] == 0) and (len(trace) > 1 or np.all(trace.moves[seen] == 0)):
        return "still", rates, law  # what moves after the last gradient alone stands outside the loop
    if not plain:
        times = _of_another_rate(trace, expected_moves(optimizer, trace.theta, trace.grad), seen)
        if times is not None:
            return ("rate" if times > 0 else "sign" if times < 0 else "changing"), tuple(times * optimizer.lr for _ in rates), law
    explained = once(trace, "explained", lambda: _explained(trace, seen, rates))
    if explained in ("changing", "unexplained") and _often_still(trace, seen, optimizer.lr):
        return "rare", rates, law  # several gradients for every move
    if plain and explained in ("changing", "unexplained") and _clipped(trace, seen, optimizer.lr):
        return "clipped", rates, law
    return explained, rates, law


def _of_another_rate(trace: Trace, expected: Array, seen: NDArray[np.bool_]) -> float | None:
    """How many times the moves asked for the moves seen are, one number at every step; 0 where it changes from step to step; else None."""
    with np.errstate(all="ignore"):
        size = np.sum(expected[seen] ** 2, axis=1)
        times = np.sum(trace.moves[seen] * expected[seen], axis=1) / size
        off = np.abs(trace.moves[seen] - times[:, None] * expected[seen])
        allowed = 2e-3 * np.abs(times[:, None] * expected[seen]) + 4 * EPS * (1 + np.abs(trace.theta[seen]))
        sure = np.isfinite(times) & (np.max(np.abs(expected[seen]), axis=1) > 1e3 * EPS * (1 + np.max(np.abs(trace.theta[seen]), axis=1)))
    if sure.sum() < 2 or not np.any(times[sure]) or not np.all(off[sure] <= allowed[sure]):
        return None
    middle = float(np.median(times[sure]))
    return middle if np.all(np.abs(times[sure] - middle) <= 2e-3 * abs(middle)) else 0.0


def _clipped(trace: Trace, seen: NDArray[np.bool_], lr: float) -> bool:
    """Whether every step has the rate asked for, with gradients cut: all together to one length, or each number to one size."""
    g, m = trace.grad[seen], -trace.moves[seen] / lr
    doubt = 4 * EPS * (1 + np.abs(trace.theta[seen])) / lr
    with np.errstate(all="ignore"):
        if not np.all(np.isfinite(g)) or not np.all(np.isfinite(m)) or len(g) < 3:
            return False
        long, length = np.linalg.norm(g, axis=1), float(np.max(np.linalg.norm(m, axis=1)))
        together = g * np.minimum(1.0, length / np.maximum(long, 1e-30))[:, None]
        size = float(np.max(np.abs(m)))
        each = np.clip(g, -size, size)
        cut = (long > 1.01 * length).any(), (np.abs(g) > 1.01 * size).any()
        fits = [bool(np.all(np.abs(m - w) <= 2e-3 * np.abs(w) + doubt)) for w in (together, each)]
    return any(c and f for c, f in zip(cut, fits, strict=True))


def _often_still(trace: Trace, seen: NDArray[np.bool_], lr: float) -> bool:
    """Whether nothing moved at many of the steps that float32 could show."""
    with np.errstate(all="ignore"):
        visible = seen & some(np.abs(lr * trace.grad) > 4 * EPS * np.abs(trace.theta))
    if not visible.any():
        return False
    still = every(trace.moves[visible] == 0)
    early = still[: max(8, len(still) // 8)]  # what rests at the end alone has come to rest
    return float(np.mean(still)) > 0.4 and float(np.mean(early)) > 0.3


def _against(trace: Trace, expected: Array) -> Law:
    rate_free = np.abs(trace.moves - expected)
    scale = np.maximum(np.abs(trace.theta), 1e-6)
    tolerance = 10 * RELATIVE * np.abs(expected) + 4 * EPS * scale
    off = np.where(np.isfinite(trace.moves), rate_free / tolerance, 0.0)
    per = off.max(axis=1)
    at = int(np.argmax(per))
    return Law(float(per[at]), at, float(np.max(rate_free[at] / np.maximum(np.abs(expected[at]), 1e-12))), per <= 1)


def _rates(trace: Trace) -> tuple[float, ...]:
    """Fitted rate of each tensor: minus sum of move times gradient over sum of gradient squared, where gradients are large.

    0 for a tensor of a line that has no gradient; NaN for such a one of a larger model (a unit may rest), which says nothing.
    """
    out = []
    for part in columns_of(trace.model):
        g, d = trace.grad[:, part], trace.moves[:, part]
        fine = np.isfinite(g) & np.isfinite(d) & (np.abs(g) < 1e18)
        if not fine.any() or not np.any(g[fine]):
            out.append(0.0 if trace.model.line else float("nan"))
            continue
        big = fine & (np.abs(g) > 1e-2 * np.max(np.abs(g[fine])))
        out.append(float(-np.sum(d[big] * g[big]) / np.sum(g[big] ** 2)))
    return tuple(out)


def _explained(trace: Trace, seen: NDArray[np.bool_], rates: tuple[float, ...]) -> Moves:
    """What moves the parameters instead of the update asked for."""
    parts = columns_of(trace.model)
    fits = [_fits(trace, seen, j, rate, j) for rate, part in zip(rates, parts, strict=True) for j in range(part.start, part.stop)]
    if all(fits):
        return "sign" if any(rate < 0 for rate in rates) else "changing" if _drifts(trace, seen) else "rate"
    if trace.model.line:
        for j in range(2):
            other = rates[1 - j]
            if fits[1 - j] and other and _fits(trace, seen, j, other, 1 - j):
                return "swapped"
        crossed = [_cross(trace, seen, j) for j in range(2)]
        if all(c is not None for c in crossed):
            return "swapped"
    per_step = [_steady(trace, seen, j) for j in range(trace.theta.shape[1])]
    return "changing" if all(per_step) else "unexplained"


def _drifts(trace: Trace, seen: NDArray[np.bool_]) -> bool:
    """Whether the rate changes on the way, by more than float32 can hide: a schedule, slow as it may be."""
    with np.errstate(all="ignore"):
        rate = -trace.moves[seen] / trace.grad[seen]
        doubt = 4 * EPS * (np.abs(trace.theta[seen]) / np.abs(trace.moves[seen]) + 1)
        sure = np.isfinite(rate) & (doubt < 1e-4) & (np.abs(trace.grad[seen]) < 1e18)
        if sure.sum() < 4:
            return False
        off = np.abs(rate / np.median(rate[sure]) - 1)
        return bool(np.any(off[sure] > 5e-4 + 4 * doubt[sure]))


def _fits(trace: Trace, seen: NDArray[np.bool_], j: int, rate: float, g: int) -> bool:
    expected = -rate * trace.grad[seen, g]
    d = trace.moves[seen, j]
    if not np.any(d):
        return rate == 0 or not np.any(trace.grad[seen, g]) or (g == j and trace.model.line)
    with np.errstate(all="ignore"):
        tolerance = (
            2e-3 * np.abs(expected) + 4 * EPS * (1 + np.abs(trace.theta[seen, j])) + 1e-4 * np.nanmax(np.abs(expected), initial=0.0) * EPS
        )
        fine = np.isfinite(expected) & np.isfinite(d) & (np.abs(expected) < 1e18)
        return bool(fine.any() and np.all(np.abs(d - expected)[fine] <= tolerance[fine]) and rate != 0)


def _cross(trace: Trace, seen: NDArray[np.bool_], j: int) -> float | None:
    """The rate at which parameter j moves by the other's gradient, or None."""
    g, d = trace.grad[seen, 1 - j], trace.moves[seen, j]
    if not np.any(g):
        return None
    rate = float(-np.sum(d * g) / np.sum(g * g))
    return rate if rate > 0 and _fits(trace, seen, j, rate, 1 - j) else None


def _steady(trace: Trace, seen: NDArray[np.bool_], j: int) -> bool:
    """Whether every move goes down the gradient, at a rate that changes from step to step."""
    g, d = trace.grad[seen, j], trace.moves[seen, j]
    return bool(np.all(d * g <= 1e-12 + EPS * np.abs(g)))
