"""The three laws of a training step, for all steps of a run at once, as arithmetic on arrays.

Loss law: the loss is the asked-for loss of these parameters on this batch.  Gradient law: the gradient is that loss's, fresh.
Update law: parameters move as the optimizer moves them.  Tolerances are relative, plus what float32 can't resolve.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from grader.judging.derivatives import summed
from grader.judging.trace import EPS, Trace
from grader.model.evidence import Array

__all__ = [
    "RELATIVE", "Kind", "Law",
    "gradient_law", "gradient_noise", "gradient_of", "loss_law", "loss_noise", "loss_of", "moves_by", "once", "residuals", "update_law",
]  # fmt: skip

RELATIVE = 1e-4
"""Relative tolerance of every law (right runs of 62 real notebooks stay within it, wrong ones never)."""
OTHER_MODELS = {"flipped-bias": (1, -1), "flipped-weight": (-1, 1), "no-bias": (1, 0), "no-weight": (0, 1)}
"""Predictions s w x + t b that are none of the task's, as (s, t)."""

ADDED = ("mse-added", "mae-added")
"""Losses of prediction plus target."""

Kind = str
"""A loss by name: `mse` `mse-sum` `mae` `mae-sum` `half-mse` `rmse` `squared-mean` `mean-residual` `huber`, ADDED, OTHER_MODELS,
and the `-broadcast` ones."""


@dataclass(frozen=True, slots=True)
class Law:
    """Whether a law holds: at every step, and how far the worst step is off.

    worst: largest deviation in units of its tolerance (<= 1 holds).  at: the first step that breaks it, else the worst that keeps it.
    deviation: that step's relative deviation.  holds: (K,) per step.
    """

    worst: float
    at: int
    deviation: float
    holds: NDArray[np.bool_]

    @property
    def kept(self) -> bool:
        """Whether every step keeps the law."""
        return bool(self.holds.all())


Found = TypeVar("Found")


def once(trace: Trace, name: str, work: Callable[[], Found]) -> Found:
    """What a law finds of a trace, worked out when it is first asked for."""
    if name not in trace.known:
        trace.known[name] = work()
    return cast("Found", trace.known[name])


def residuals(trace: Trace) -> Array:
    """(M,) prediction - target of every row of every step at that step's parameters."""
    with np.errstate(all="ignore"):
        return once(trace, "residuals", lambda: np.asarray(trace.predicted - trace.y, np.float64))


def _mean(trace: Trace, values: Array) -> Array:
    """(K, …) mean of (M, …) values over each step's rows."""
    with np.errstate(all="ignore"):
        return np.asarray(summed(values, trace.offset) / trace.sizes.reshape(-1, *[1] * (values.ndim - 1)), np.float64)


def _pull(trace: Trace, d: Array) -> Array:
    """(K, P) mean over each step's rows of d (M,) times the slopes of the predictions."""
    with np.errstate(all="ignore"):
        return np.asarray(trace.derivatives.pulled(d) / trace.sizes[:, None])


def _reach(trace: Trace, doubt: Array) -> Array:
    """(K, P) mean over each step's rows of doubt (M,) times the sizes of the slopes."""
    with np.errstate(all="ignore"):
        return np.asarray(trace.derivatives.reached(doubt) / trace.sizes[:, None])


def loss_of(trace: Trace, kind: Kind) -> Array:
    """(K,) the loss of that kind at every step's parameters on its batch."""
    return once(trace, f"loss {kind}", lambda: _loss_of(trace, kind))


def _loss_of(trace: Trace, kind: Kind) -> Array:
    r = residuals(trace)
    n = trace.sizes
    with np.errstate(all="ignore"):
        if kind.endswith("-broadcast"):
            return _broadcast_loss(trace, kind.removesuffix("-broadcast"))
        if kind == "mse":
            return _mean(trace, r**2)
        if kind == "mse-sum":
            return _mean(trace, r**2) * n
        if kind == "half-mse":
            return _mean(trace, r**2) / 2
        if kind == "squared-mean":
            return _mean(trace, r) ** 2
        if kind == "rmse":
            return np.asarray(np.sqrt(_mean(trace, r**2)))
        if kind == "mae":
            return _mean(trace, np.abs(r))
        if kind == "mae-sum":
            return _mean(trace, np.abs(r)) * n
        if kind == "huber":
            return _mean(trace, np.where(np.abs(r) < 1, r**2 / 2, np.abs(r) - 0.5))
        if kind == "mean-residual":
            return _mean(trace, r)
        if kind in ADDED:
            return _mean(trace, _added(trace) ** 2 if kind == "mse-added" else np.abs(_added(trace)))
        if kind in OTHER_MODELS:
            return _mean(trace, _other(trace, kind) ** 2)
        if kind == "negative-mean-residual":
            return -_mean(trace, r)
    raise ValueError(kind)


def gradient_of(trace: Trace, kind: Kind) -> Array:
    """(K, P) the gradient of that loss with respect to the parameters at every step."""
    return once(trace, f"gradient {kind}", lambda: _gradient_of(trace, kind))


def _gradient_of(trace: Trace, kind: Kind) -> Array:
    n = trace.sizes[:, None]
    with np.errstate(all="ignore"):
        if kind.endswith("-broadcast"):
            return _broadcast_gradient(trace, kind.removesuffix("-broadcast"))
        if kind in OTHER_MODELS:
            return np.asarray(_pull(trace, 2 * _other(trace, kind)) * np.array(OTHER_MODELS[kind]))
        g = _pull(trace, _outer(trace, kind))
        if kind.endswith("-sum"):
            g = g * n
        if kind == "squared-mean":
            g = g * _mean(trace, 2 * residuals(trace))[:, None]
        if kind == "rmse":
            g = g / np.sqrt(_mean(trace, residuals(trace) ** 2))[:, None]
        return np.asarray(g, np.float64)


def _outer(trace: Trace, kind: Kind) -> Array:
    """(M,) derivative of a row's share of the loss by its prediction."""
    r = residuals(trace)
    if kind in ADDED:
        return 2 * _added(trace) if kind == "mse-added" else np.sign(_added(trace))
    match kind.removesuffix("-sum"):
        case "mse":
            return 2 * r
        case "half-mse" | "rmse":
            return r
        case "mae":
            return np.sign(r)
        case "huber":
            return np.clip(r, -1, 1)
        case "mean-residual" | "squared-mean":
            return np.ones_like(r)
        case _:
            return -np.ones_like(r)


def _added(trace: Trace) -> Array:
    """(M,) prediction + target."""
    return np.asarray(trace.predicted + trace.y, np.float64)


def _other(trace: Trace, kind: Kind) -> Array:
    """(M,) residuals of a line with other signs: s w x + t b - y."""
    s, t = OTHER_MODELS[kind]
    w, b = np.repeat(trace.theta, trace.sizes, axis=0).T
    return np.asarray(s * w * trace.x + t * b - trace.y, np.float64)


def _broadcast_loss(trace: Trace, kind: Kind) -> Array:
    """Mean over all (prediction i, target j) pairs of a step: what (n,) against (n, 1) computes.

    mean (p_i - y_j)² = mean p² - 2 mean p mean y + mean y².
    """
    p = trace.predicted
    if kind.startswith("mae"):
        out = np.empty(len(trace))
        for k in range(len(trace)):
            s = slice(trace.offset[k], trace.offset[k + 1])
            out[k] = np.mean(np.abs(p[s][:, None] - trace.y[s][None]))
    else:
        out = _mean(trace, p**2) - 2 * _mean(trace, p) * _mean(trace, trace.y) + _mean(trace, trace.y**2)
    return out * (trace.sizes**2 if kind.endswith("-sum") else 1)


def _broadcast_gradient(trace: Trace, kind: Kind) -> Array:
    """Gradient of the pairwise mean: every prediction is pulled to the mean target."""
    p = trace.predicted
    if kind.startswith("mae"):
        d = np.empty(len(p))
        for k in range(len(trace)):
            s = slice(trace.offset[k], trace.offset[k + 1])
            d[s] = np.sign(p[s][:, None] - trace.y[s][None]).mean(axis=1)
    else:
        d = 2 * (p - np.repeat(_mean(trace, trace.y), trace.sizes))
    return _pull(trace, d) * ((trace.sizes**2)[:, None] if kind.endswith("-sum") else 1)


def loss_law(trace: Trace, kind: Kind) -> Law:
    """Whether every recorded loss is the loss of that kind."""
    return once(trace, f"loss law {kind}", lambda: _loss_law(trace, kind))


def _loss_law(trace: Trace, kind: Kind) -> Law:
    expected = loss_of(trace, kind)
    return _law(trace.loss, expected, RELATIVE * np.abs(expected) + loss_noise(trace, kind))


def loss_noise(trace: Trace, kind: Kind) -> Array:
    """(K,) what rounding in float32 may do to a loss of that kind."""
    return once(trace, f"noise {kind}", lambda: _loss_noise(trace, kind))


def _loss_noise(trace: Trace, kind: Kind) -> Array:
    r, e = np.abs(residuals(trace)), trace.rounding
    with np.errstate(all="ignore"):
        slack = _mean(trace, 2 * r * e + e**2) if "mse" in kind else _mean(trace, e) * (1 if kind != "rmse" else 4)
        return np.asarray(slack * _scale(trace, kind), np.float64)


def gradient_noise(trace: Trace, kind: Kind) -> Array:
    """(K, P) what rounding in float32 may do to a gradient of that kind, and a kink of an absolute error."""
    return once(trace, f"gradient noise {kind}", lambda: _gradient_noise(trace, kind))


def _gradient_noise(trace: Trace, kind: Kind) -> Array:
    e = trace.rounding
    with np.errstate(all="ignore"):
        doubt = 4 * e + 16 * EPS * np.abs(residuals(trace))
        if kind.startswith(("mae", "huber")):  # rows at a kink may take any subgradient between -1 and 1
            doubt = doubt + 2 * (np.abs(residuals(trace)) <= 2 * e) + (16 * EPS if not trace.model.line else 0.0)
        return np.asarray(_reach(trace, doubt) * _scale(trace, kind)[:, None], np.float64)


def gradient_law(trace: Trace, kind: Kind, observed: Array) -> Law:
    """Whether gradients (K, P) are those of that loss."""
    expected = gradient_of(trace, kind)
    with np.errstate(all="ignore"):
        tolerance = RELATIVE * np.abs(expected) + gradient_noise(trace, kind)
    law = _law(observed, expected, tolerance)
    if law.kept or trace.model.line or kind not in ("mse", "mse-sum", "mae", "mae-sum"):
        return law
    early = np.zeros(len(trace), bool)
    early[np.flatnonzero(~law.holds)[:FEW]] = True
    if not _excused(trace, kind, observed, expected, tolerance, early).holds[early].all():
        return law  # no kink explains the first ones, so there is another cause
    return _excused(trace, kind, observed, expected, tolerance, ~law.holds)


def _excused(trace: Trace, kind: Kind, observed: Array, expected: Array, tolerance: Array, steps: NDArray[np.bool_]) -> Law:
    """The law where at these steps a gradient may be off by a kink's width, but is as right on one side as on the other.

    What is allowed is counted from the gradient asked for, how far off it is from what lies between both sides.
    """
    low, high, width = (np.nan_to_num(away, nan=0.0, posinf=0.0, neginf=0.0) for away in _kinks(trace, kind, steps))
    with np.errstate(all="ignore"):
        nearest = np.clip(observed, expected + low, expected + high)
        return _law(observed, nearest, tolerance + width - np.nan_to_num(np.abs(nearest - expected)))


FEW = 32
"""How many of the steps that break a law are looked at for kinks before all are."""
TILTS = ((1.0, 1.0), (-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0))
"""Signs by which weights and biases are shifted to see whether a unit stands at a kink of its own (a ReLU at zero)."""


def _kinks(trace: Trace, kind: Kind, steps: NDArray[np.bool_]) -> tuple[Array, Array, Array]:
    """(K, P) how far down, up, and either way of every row the gradients of these steps may differ, since rounding decides on which
    side of a kink a unit stands.
    """
    at = np.flatnonzero(steps)
    rows = np.repeat(steps, trace.sizes)
    offset = np.concatenate([[0], np.cumsum(trace.sizes[at])])
    theta, x = trace.theta[at], trace.x[rows]
    here = trace.model.slopes(theta, x, offset)
    biases = np.concatenate([np.full(int(np.prod(shape)), len(shape) < 2) for shape in trace.model.shapes])
    pull, low, high = _outer(trace, kind)[rows][:, None], np.zeros_like(here), np.zeros_like(here)
    found = np.zeros_like(trace.theta), np.zeros_like(trace.theta), np.zeros_like(trace.theta)
    with np.errstate(all="ignore"):
        for weight, bias in TILTS:
            tilted = theta + 8 * EPS * (np.abs(theta) + 1e-2) * np.where(biases, bias, weight)  # a bias of 0 is tilted as well
            away = pull * (trace.model.slopes(tilted, x, offset) - here)
            low, high = np.minimum(low, away), np.maximum(high, away)
        for out, away in zip(found, (low, high, np.maximum(-low, high)), strict=True):
            out[at] = np.add.reduceat(away, offset[:-1], axis=0) / trace.sizes[at][:, None] * _scale(trace, kind)[at][:, None]
    return found


def update_law(trace: Trace, lr: float, used: Array, noise: Array | float = 0.0) -> Law:
    """Whether every move seen is -lr times the gradients (K, P) used, up to what float32 can show of the parameters.

    noise: (K, P) how far the gradients may be from those that the steps used, where these were not seen.
    """
    expected = -lr * used
    scale = once(trace, "scale", lambda: _reached(trace.theta, np.nan_to_num(trace.moves)))
    return _law(trace.moves, expected, _shown(expected, scale) + lr * noise)


def moves_by(theta: Array, grad: Array, moves: Array, rate: float) -> bool:
    """Whether every one of these moves (K, P) is seen, and -rate times its gradient, up to what float32 can show."""
    expected = -rate * grad
    with np.errstate(all="ignore"):
        return bool(np.all(np.abs(moves - expected) <= _shown(expected, _reached(theta, moves))))


def _reached(theta: Array, moves: Array) -> Array:
    """(K, P) the larger of the parameters' sizes before and after these moves."""
    with np.errstate(all="ignore"):
        return np.asarray(np.maximum(np.abs(theta), np.abs(theta + moves)))


def _shown(expected: Array, scale: Array) -> Array:
    """(K, P) how far moves of parameters of this size may lie from those expected."""
    return RELATIVE * np.abs(expected) + 3 * EPS * scale + 1e-12


def _scale(trace: Trace, kind: Kind) -> Array:
    """(K,) by how much a summed loss magnifies rounding."""
    n = trace.sizes.astype(np.float64)
    if "-sum" in kind:
        return n**2 if "broadcast" in kind else n
    return np.ones(len(trace))


def _law(observed: Array, expected: Array, tolerance: Array) -> Law:
    """Compare where both are finite; steps at which nothing was seen (NaN moves), or all overflowed alike, break no law."""
    with np.errstate(all="ignore"):
        off = np.abs(observed - expected) / tolerance
        both = ~np.isfinite(observed) & ~np.isfinite(expected)
        huge = np.abs(expected) > 1e30
        unseen = np.isnan(observed) & np.isfinite(expected) & (np.ndim(observed) == 2)
        off = np.where(off < np.inf, off, np.inf)  # what is no number is as far off as can be
    off = np.where(unseen | both | huge | (observed == expected), 0.0, off)
    per = np.max(np.ascontiguousarray(off.reshape(len(off), -1).T), axis=0) if len(off) else np.zeros(0)  # long rows are quick
    broken = np.flatnonzero(per > 1.0)
    at = int(broken[0]) if len(broken) else int(np.argmax(per)) if len(per) else 0
    deviation = 0.0
    if len(per):
        with np.errstate(all="ignore"):
            gap = np.abs(np.asarray(observed - expected).reshape(len(off), -1)[at])
            base = np.abs(np.asarray(expected).reshape(len(off), -1)[at])
            deviation = float(np.max(gap / np.maximum(base, 1e-12)))
        deviation = 0.0 if math.isnan(deviation) else min(deviation, 1e300)
    return Law(float(per.max(initial=0.0)), at, deviation, per <= 1.0)
