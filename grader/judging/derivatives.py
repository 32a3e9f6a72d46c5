"""How predictions move with parameters, as the sums that laws ask for: a table of every derivative is made where nothing else will do.

Step k of K has rows offset[k]:offset[k + 1] of M, and parameters theta[k] (P,).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from grader.model.evidence import Array

__all__ = ["Derivatives", "Layered", "Layers", "Straight", "Table", "summed"]

Ints = NDArray[np.int64]
Work = Callable[[Array, Array, Ints], Array]
"""Something of every row, from theta (K, P), x (M,) and offset."""


class Derivatives(Protocol):
    """What a model predicts, and the derivatives of each prediction by each parameter."""

    @property
    def theta(self) -> Array:
        """(K, P) the parameters of each step."""
        ...

    @property
    def x(self) -> Array:
        """(M,) the rows."""
        ...

    @property
    def predicted(self) -> Array:
        """(M,) the predictions."""
        ...

    def pulled(self, d: Array) -> Array:
        """(K, P) over each step's rows, the sum of d (M,) times the derivatives."""
        ...

    def reached(self, doubt: Array) -> Array:
        """(K, P) over each step's rows, the sum of doubt (M,) times the sizes of the derivatives."""
        ...

    def terms(self) -> Array:
        """(M,) over the parameters, the sum of |theta_p d/dtheta_p|."""
        ...


def summed(values: Array, offset: Ints) -> Array:
    """(K, ...) the sum of values (M, ...) over each step's rows."""
    sizes = np.diff(offset)
    with np.errstate(all="ignore"):
        if len(sizes) and sizes[0] and np.all(sizes == sizes[0]):
            return np.asarray(values.reshape(len(sizes), int(sizes[0]), *values.shape[1:]).sum(axis=1), np.float64)
        return np.asarray(np.add.reduceat(values, offset[:-1], axis=0), np.float64)


@dataclass(frozen=True, slots=True)
class Straight:
    """Of y = w x + b: x and 1, wherever the line stands."""

    theta: Array
    x: Array
    offset: Ints

    @property
    def predicted(self) -> Array:
        """See Derivatives."""
        sizes = np.diff(self.offset)
        with np.errstate(all="ignore"):
            return np.asarray(np.repeat(self.theta[:, 0], sizes) * self.x + np.repeat(self.theta[:, 1], sizes), np.float64)

    def pulled(self, d: Array) -> Array:
        """See Derivatives."""
        with np.errstate(all="ignore"):
            return np.stack([summed(d * self.x, self.offset), summed(d, self.offset)], axis=1)

    def reached(self, doubt: Array) -> Array:
        """See Derivatives."""
        with np.errstate(all="ignore"):
            return np.stack([summed(doubt * np.abs(self.x), self.offset), summed(doubt, self.offset)], axis=1)

    def terms(self) -> Array:
        """See Derivatives."""
        return Straight(np.abs(self.theta), np.abs(self.x), self.offset).predicted


@dataclass(frozen=True)
class Table:
    """Of any model: the derivatives (M, P) themselves, worked out when they are first asked for."""

    theta: Array
    x: Array
    offset: Ints
    predict: Work
    work: Work

    @cached_property
    def predicted(self) -> Array:
        """See Derivatives."""
        return self.predict(self.theta, self.x, self.offset)

    @cached_property
    def slopes(self) -> Array:
        """(M, P)."""
        return self.work(self.theta, self.x, self.offset)

    def pulled(self, d: Array) -> Array:
        """See Derivatives."""
        with np.errstate(all="ignore"):
            return summed(d[:, None] * self.slopes, self.offset)

    def reached(self, doubt: Array) -> Array:
        """See Derivatives."""
        with np.errstate(all="ignore"):
            return summed(doubt[:, None] * np.abs(self.slopes), self.offset)

    def terms(self) -> Array:
        """See Derivatives."""
        with np.errstate(all="ignore"):
            return np.asarray(np.sum(np.abs(self.slopes) * np.repeat(np.abs(self.theta), np.diff(self.offset), axis=0), axis=1))


@dataclass(frozen=True, slots=True)
class Layers:
    """Linear layers at k steps of n rows each, from the first: weights (k, outputs, inputs), biases (k, outputs), what enters
    (k, n, inputs), and the derivative of the prediction by each of its sums, `back` (k, n, outputs).

    steps: which of the K these are, and rows: which of the M, step by step.  The derivative by a weight is what enters it times
    that by its sum, and that by a bias is the latter.
    """

    steps: Ints
    rows: Ints
    predicted: Array
    weights: Sequence[Array]
    biases: Sequence[Array]
    entering: Sequence[Array]
    back: Sequence[Array]

    def sums(self, d: Array, *, sizes: bool) -> Array:
        """(k, P) over the rows, the sum of d (k, n) times the derivatives, or their sizes."""
        parts = []
        for entering, back in zip(self.entering, self.back, strict=True):
            ins, outs = (np.abs(entering), np.abs(back)) if sizes else (entering, back)
            if ins.shape[2] < outs.shape[2]:
                found = outs.transpose(0, 2, 1) @ (ins * d[..., None])
            else:
                found = (outs * d[..., None]).transpose(0, 2, 1) @ ins
            parts += [found.reshape(len(found), -1), (d[:, None] @ outs)[:, 0]]
        return np.concatenate(parts, axis=1)

    def terms(self) -> Array:
        """(k, n) the sum of |theta_p d/dtheta_p|."""
        total = np.zeros(self.entering[0].shape[:2])
        for weights, biases, entering, back in zip(self.weights, self.biases, self.entering, self.back, strict=True):
            steep, ins, sizes = np.abs(back), np.abs(entering), np.abs(weights)
            if steep.shape[2] < ins.shape[2]:
                total += np.einsum("kno,kno->kn", steep, ins @ sizes.transpose(0, 2, 1))
            else:
                total += np.einsum("kni,kni->kn", ins, steep @ sizes)
            total += (steep @ np.abs(biases)[..., None])[..., 0]
        return total


@dataclass(frozen=True, slots=True)
class Layered:
    """Of linear layers, the steps of equally many rows together."""

    theta: Array
    x: Array
    groups: Sequence[Layers]

    @property
    def predicted(self) -> Array:
        """See Derivatives."""
        return self._by_row([group.predicted for group in self.groups])

    def pulled(self, d: Array) -> Array:
        """See Derivatives."""
        return self._sums(d, sizes=False)

    def reached(self, doubt: Array) -> Array:
        """See Derivatives."""
        return self._sums(doubt, sizes=True)

    def terms(self) -> Array:
        """See Derivatives."""
        with np.errstate(all="ignore"):
            return self._by_row([group.terms() for group in self.groups])

    def _sums(self, d: Array, *, sizes: bool) -> Array:
        out = np.zeros_like(self.theta, dtype=np.float64)
        with np.errstate(all="ignore"):
            for group in self.groups:
                out[group.steps] = group.sums(d[group.rows].reshape(len(group.steps), -1), sizes=sizes)
        return out

    def _by_row(self, parts: Sequence[Array]) -> Array:
        out = np.empty(len(self.x))
        for group, part in zip(self.groups, parts, strict=True):
            out[group.rows] = part.reshape(-1)
        return out
