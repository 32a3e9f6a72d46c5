"""Moves that an optimizer makes of given gradients, as torch.optim has them."""

from __future__ import annotations

import numpy as np

from grader.model.evidence import Array
from grader.model.exercise import Adam, Optimizer

__all__ = ["expected_moves"]


def expected_moves(optimizer: Optimizer, theta: Array, grad: Array) -> Array:
    """(K, P) moves of parameters theta (K, P) under gradients (K, P) recorded at each step.

    SGD with momentum: v <- mu v + g, move -lr v.  Adam: Kingma and Ba (2015), algorithm 1.  weight_decay adds wd * theta to g.
    """
    with np.errstate(all="ignore"):  # gradients of a training that diverges overflow here as they did there
        return _moves(optimizer, grad + optimizer.weight_decay * theta)


def _moves(optimizer: Optimizer, g: Array) -> Array:
    out = np.empty_like(g)
    first, second = np.zeros(g.shape[1]), np.zeros(g.shape[1])
    for k in range(len(g)):
        if isinstance(optimizer, Adam):
            b1, b2 = optimizer.betas
            first, second = b1 * first + (1 - b1) * g[k], b2 * second + (1 - b2) * g[k] ** 2
            out[k] = -optimizer.lr * (first / (1 - b1 ** (k + 1))) / (np.sqrt(second / (1 - b2 ** (k + 1))) + optimizer.eps)
        else:
            first = optimizer.momentum * first + g[k] if k else g[k]
            out[k] = -optimizer.lr * first
    return out
