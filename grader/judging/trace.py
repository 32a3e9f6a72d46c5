"""A run, read: parameters in their roles, the data of every step, and what the model makes of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.judging.derivatives import Derivatives
from grader.judging.predictors import LINE, Predictor
from grader.judging.runs import Run
from grader.model.evidence import Array

__all__ = ["EPS", "Trace"]

EPS = 1.2e-7
"""Unit roundoff of float32: data and parameters of the labs live there."""


@dataclass(frozen=True, kw_only=True)
class Trace:
    """K steps of a model with P parameters.

    theta, grad, stale: (K, P) float64, in the model's order (a line's weight first, bias second).  loss: (K,).
    x, y: (M,) the rows of the steps that are looked at, one after another; step k holds rows offset[k]:offset[k + 1].  Of a run that
    is not looked at whole (see `looked_at`) these are the first, and what asks for rows asks its `head`.
    moves: (K, P) theta after the step minus before; the last row is NaN where the last update was not seen.
    final: (P,) parameters after the last step (NaN where not seen).
    spread: largest relative disagreement of the targets recovered at different parameters (0 where data and model agree).
    broadcast: shape of the residual where it has more elements than rows, else ().
    family: the loss function named by the graph (`MseLoss`), or ''.  reduction as in `structure.Layout`.
    stepped: (K,) bool, whether an optimizer stepped between this backward call and the next.
    anew: as in `rows.Rows`.
    extra: how often an optimizer of these parameters stepped behind the last backward call, beyond once.
    parts: (K,) how many backward calls were taken together as one step.
    model: what the parameters are those of.  outer: as in `rows.Rows`.  read: the derivatives, where reading worked them out.
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
    model: Predictor = LINE
    outer: str = ""
    extra: int = 0
    anew: bool = False
    read: Derivatives | None = None

    @cached_property
    def head(self) -> Trace:
        """The steps that are looked at, as a trace of their own: all of them, but for some long runs (see `looked_at`)."""
        n = len(self.offset) - 1
        if n == len(self):
            return self
        columns = {name: getattr(self, name)[:n] for name in ("theta", "grad", "stale", "loss", "moves", "stepped", "parts")}
        return replace(self, **columns, final=self.theta[n], final_seen=True, extra=0)

    @cached_property
    def derivatives(self) -> Derivatives:
        """The model's predictions and how they move with the parameters, worked out once: every law asks."""
        assert len(self.offset) == len(self) + 1, "rows are known of the head alone"
        if self.read is not None and np.array_equal(self.read.theta, self.theta) and np.array_equal(self.read.x, self.x):
            return self.read
        return self.model.derivatives(self.theta, self.x, self.offset)

    @cached_property
    def predicted(self) -> Array:
        """(M,) the model's predictions."""
        return self.derivatives.predicted

    @cached_property
    def rounding(self) -> Array:
        """(M,) what rounding in float32 may do to a residual: a few units of its terms' sizes, |theta_p d/dtheta_p| and |y|."""
        with np.errstate(all="ignore"):
            return np.asarray(4 * EPS * (self.derivatives.terms() + np.abs(self.y)), np.float64)

    @cached_property
    def known(self) -> dict[str, Any]:
        """What laws have worked out of this trace, by their own names: several trainings ask for the same."""
        return {}

    def __len__(self) -> int:
        return len(self.loss)

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Rows of each step that is looked at."""
        return np.diff(self.offset)
