"""What the training asked for would have done from the student's own start on the student's own data."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from grader.model.evidence import Array
from grader.model.exercise import SGD, Adam, Optimizer

__all__ = ["least_squares", "replay_affine", "rows_of"]


def least_squares(x: Array, y: Array) -> Array:
    """(2,) slope and intercept of ordinary least squares (normal equations of one centred feature)."""
    cx, cy = x - x.mean(), y - y.mean()
    slope = float(cx @ cy / (cx @ cx))
    return np.array([slope, float(y.mean() - slope * x.mean())])


def rows_of(count: int, size: int | None, epochs: int) -> list[slice]:
    """The rows of every step without shuffling: full batches, or consecutive ones of `size` with a shorter last."""
    step = size or count
    return [slice(a, min(a + step, count)) for a in range(0, count, step)] * epochs


def replay_affine(
    start: Array, x: Array, y: Array, batches: Sequence[slice], optimizer: Optimizer, loss: str = "mse"
) -> tuple[Array, Array]:
    """Parameters before every step and after the last, (K + 1, 2), and the losses (K,), of y = w x + b.

    start: (2,).  x, y: (n,).  Under a squared error a step of SGD is an affine map of the parameters, so that an epoch is one
    too and 32,000 steps cost milliseconds.  SGD and Adam as torch.optim has them (Kingma and Ba 2015, algorithm 1).
    """
    if loss != "mse" or not isinstance(optimizer, SGD) or optimizer.momentum or optimizer.weight_decay:
        with np.errstate(all="ignore"):  # a training that diverges is replayed to its infinities
            return _general(start, x, y, batches, optimizer, loss)
    period = next((i for i in range(1, len(batches)) if batches[i] == batches[0]), len(batches))
    maps = [_step(x[rows], y[rows], optimizer.lr) for rows in batches[:period]]
    prefix = [np.eye(3)]
    for step in maps:
        prefix.append(step @ prefix[-1])
    with np.errstate(all="ignore"):  # a training that runs away is followed to its infinities
        heads = _powers(prefix[-1], -(-len(batches) // period)) @ np.append(start, 1.0)
        beyond = np.flatnonzero(~(np.abs(heads) < BEYOND).all(axis=1))
    heads[beyond[0] if len(beyond) else len(heads) :] = np.nan
    inside = np.einsum("sij,ej->esi", np.stack(prefix[:-1])[:, :2], heads)  # (epochs, period, 2)
    theta = np.vstack([inside.reshape(-1, 2)[: len(batches)], np.empty((1, 2))])
    last = (len(batches) - 1) % period
    theta[-1] = (maps[last] @ np.append(theta[-2], 1.0))[:2]
    moments = np.array([_moments(x[rows], y[rows]) for rows in batches[:period]])
    mx, my, mxx, mxy, myy = moments[np.arange(len(batches)) % period].T
    tw, tb = theta[:-1].T
    with np.errstate(all="ignore"):
        losses = tw * (tw * mxx + 2 * tb * mx - 2 * mxy) + tb * (tb - 2 * my) + myy
    return theta, np.maximum(losses, 0.0)


BEYOND = 1e150
"""Parameters of that size have run away; what follows is no number."""


def _powers(step: Array, count: int) -> Array:
    """(count, 3, 3) the powers 0, 1, 2, … of an affine map, each half from the one before by one product."""
    out = np.eye(3)[None]
    with np.errstate(all="ignore"):
        while len(out) < count:
            out = np.concatenate([out, out @ (out[-1] @ step)])
    return out[:count]


def _moments(x: Array, y: Array) -> tuple[float, ...]:
    return float(x.mean()), float(y.mean()), float((x * x).mean()), float((x * y).mean()), float((y * y).mean())


def _step(x: Array, y: Array, lr: float) -> Array:
    """One step on one batch as an affine map of (w, b, 1): (3, 3)."""
    mx, my, mxx, mxy, _ = _moments(x, y)
    return np.array([[1 - 2 * lr * mxx, -2 * lr * mx, 2 * lr * mxy], [-2 * lr * mx, 1 - 2 * lr, 2 * lr * my], [0.0, 0.0, 1.0]])


def _general(start: Array, x: Array, y: Array, batches: Sequence[slice], optimizer: Optimizer, loss: str) -> tuple[Array, Array]:
    theta, losses = np.empty((len(batches) + 1, 2)), np.empty(len(batches))
    p = np.asarray(start, np.float64).copy()
    m, v = np.zeros(2), np.zeros(2)
    for k, rows in enumerate(batches):
        theta[k] = p
        at = x[rows]
        r = p[0] * at + p[1] - y[rows]
        d = 2 * r if loss == "mse" else np.sign(r)
        losses[k] = (r @ r if loss == "mse" else r @ d) / len(r)
        g = np.array([d @ at, d.sum()]) / len(r) + optimizer.weight_decay * p
        if isinstance(optimizer, Adam):
            b1, b2 = optimizer.betas
            m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
            p = p - optimizer.lr * (m / (1 - b1 ** (k + 1))) / (np.sqrt(v / (1 - b2 ** (k + 1))) + optimizer.eps)
        else:
            m = optimizer.momentum * m + g if optimizer.momentum else g
            p = p - optimizer.lr * m
    theta[-1] = p
    return theta, losses
