"""What the training asked for would have done from the student's own start on the student's own data."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from grader.model.evidence import Array
from grader.model.exercise import SGD, Adam, Optimizer

__all__ = ["replay_affine", "rows_of"]


def rows_of(count: int, size: int | None, epochs: int) -> list[slice]:
    """The rows of every step without shuffling: full batches, or consecutive ones of `size` with a shorter last."""
    step = size or count
    return [slice(a, min(a + step, count)) for a in range(0, count, step)] * epochs


def replay_affine(
    start: Array, x: Array, y: Array, batches: Sequence[slice], optimizer: Optimizer, loss: str = "mse"
) -> tuple[Array, Array]:
    """Parameters before every step and after the last, (K + 1, 2), and the losses (K,), of y = w x + b.

    start: (2,).  x, y: (n,).  For a squared error a step needs five sums of its batch only, so that 32,000 steps cost
    milliseconds.  SGD and Adam as torch.optim has them (Kingma and Ba 2015, algorithm 1).
    """
    if loss != "mse" or not isinstance(optimizer, SGD) or optimizer.momentum or optimizer.weight_decay:
        return _general(start, x, y, batches, optimizer, loss)
    sums: dict[tuple[int, int], tuple[float, ...]] = {}
    w, b = float(start[0]), float(start[1])
    theta, losses = np.empty((len(batches) + 1, 2)), np.empty(len(batches))
    path: list[float] = []
    values: list[float] = []
    rate = 2 * optimizer.lr
    for rows in batches:
        key = (rows.start, rows.stop)
        s = sums.get(key)
        if s is None:
            xs, ys = x[rows], y[rows]
            mx, my = float(np.mean(xs)), float(np.mean(ys))
            s = sums[key] = (mx, my, float(np.mean(xs * xs)), float(np.mean(xs * ys)), float(np.mean(ys * ys)))
        mx, my, mxx, mxy, myy = s
        path += (w, b)
        gb = w * mx + b - my
        gw = w * mxx + b * mx - mxy
        values.append(w * (gw - mxy) + b * (gb - my) + myy)
        w, b = w - rate * gw, b - rate * gb
        if not (-1e150 < w < 1e150 and -1e150 < b < 1e150):
            w, b = float("nan"), float("nan")
    theta[:-1] = np.array(path).reshape(-1, 2)
    theta[-1] = w, b
    losses[:] = values
    return theta, np.maximum(losses, 0.0)


def _general(start: Array, x: Array, y: Array, batches: Sequence[slice], optimizer: Optimizer, loss: str) -> tuple[Array, Array]:
    theta, losses = np.empty((len(batches) + 1, 2)), np.empty(len(batches))
    p = np.asarray(start, np.float64).copy()
    m, v = np.zeros(2), np.zeros(2)
    for k, rows in enumerate(batches):
        theta[k] = p
        r = p[0] * x[rows] + p[1] - y[rows]
        losses[k] = np.mean(r**2) if loss == "mse" else np.mean(np.abs(r))
        d = 2 * r if loss == "mse" else np.sign(r)
        g = np.array([np.mean(d * x[rows]), np.mean(d)]) + optimizer.weight_decay * p
        if isinstance(optimizer, Adam):
            b1, b2 = optimizer.betas
            m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
            p = p - optimizer.lr * (m / (1 - b1 ** (k + 1))) / (np.sqrt(v / (1 - b2 ** (k + 1))) + optimizer.eps)
        else:
            m = optimizer.momentum * m + g if optimizer.momentum else g
            p = p - optimizer.lr * m
    theta[-1] = p
    return theta, losses
