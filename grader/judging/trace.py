"""A run of an affine model, read: parameters in their roles, and the data of every step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grader.judging.runs import Run
from grader.model.evidence import Array

__all__ = ["Trace"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """K steps of y = w x + b.

    theta, grad, stale: (K, 2) float64, weight first, bias second.  loss: (K,).
    x, y: (M,) the rows of all steps one after another; step k holds rows offset[k]:offset[k + 1].
    moves: (K, 2) theta after the step minus before; the last row is NaN where the last update was not seen.
    final: (2,) parameters after the last step (NaN where not seen).
    spread: largest relative disagreement of the targets recovered at different parameters (0 where data and model agree).
    broadcast: shape of the residual where it has more elements than rows, else ().
    family: the loss function named by the graph (`MseLoss`), or ''.  reduction as in `structure.Layout`.
    stepped: (K,) bool, whether an optimizer stepped between this backward call and the next.
    parts: (K,) how many backward calls were taken together as one step.
    """

    run: Run
    theta: Array
    grad: Array
    stale: Array
    loss: Array
    x: Array
    y: Array
    offset: NDArray[np.int64]
    moves: Array
    final: Array
    final_seen: bool
    spread: float
    broadcast: tuple[int, ...]
    family: str
    reduction: int
    stepped: NDArray[np.bool_]
    parts: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.loss)

    @property
    def sizes(self) -> NDArray[np.int64]:
        """(K,) rows of each step."""
        return np.diff(self.offset)
