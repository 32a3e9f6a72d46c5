"""A training of any model, step by step, as it was asked for: slower than laws, and right however far the student's own path went."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from grader.judging.predictors import Predictor, size_of
from grader.model.evidence import Array
from grader.model.exercise import Adam, Optimizer

__all__ = ["walked"]


@np.errstate(all="ignore")  # a training that runs away is followed to its infinities
def walked(
    model: Predictor, start: Array, x: Array, y: Array, batches: Sequence[slice], optimizer: Optimizer, loss: str
) -> tuple[Array, Array]:
    """Parameters before every step and after the last (K + 1, P), and losses (K,).

    start: (P,).  x, y: (n,).  loss: `mse` or `mae`, with `-sum` where the batch is summed.  SGD and Adam as torch.optim has them
    (Kingma and Ba 2015, algorithm 1); at a kink the derivative is 0, as torch takes it.
    """
    theta, losses = np.empty((len(batches) + 1, size_of(model))), np.empty(len(batches))
    theta[0] = start
    first, second = np.zeros_like(theta[0]), np.zeros_like(theta[0])
    for k, rows in enumerate(batches):
        p, row_x = theta[k], x[rows]
        offset = np.array([0, len(row_x)])
        r = model.predict(p[None], row_x, offset) - y[rows]
        count = 1 if loss.endswith("-sum") else len(row_x)
        losses[k] = float(np.sum(np.abs(r) if loss.startswith("mae") else r**2)) / count
        pull = (np.sign(r) if loss.startswith("mae") else 2 * r) / count
        g = pull @ model.slopes(p[None], row_x, offset) + optimizer.weight_decay * p
        if isinstance(optimizer, Adam):
            b1, b2 = optimizer.betas
            first, second = b1 * first + (1 - b1) * g, b2 * second + (1 - b2) * g * g
            step = (first / (1 - b1 ** (k + 1))) / (np.sqrt(second / (1 - b2 ** (k + 1))) + optimizer.eps)
        else:
            first = optimizer.momentum * first + g
            step = first
        theta[k + 1] = p - optimizer.lr * step
    return theta, losses
