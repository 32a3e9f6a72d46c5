"""What a model predicts, and how each prediction moves with each parameter: all steps of a run at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from threading import Lock
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from grader.judging.derivatives import Derivatives, Layered, Layers, Straight, Table
from grader.model.evidence import Array
from grader.model.exercise import MLP, Affine, Model, OwnModule

__all__ = ["LINE", "Predictor", "columns_of", "predictions", "predictor_of", "size_of"]

Ints = NDArray[np.int64]


class Predictor(Protocol):
    """A model of one feature with P parameters, flat in the order of its tensors.

    names, shapes: of its tensors.  line: whether it is y = w x + b (weight first), for which more is known than for others.
    """

    @property
    def names(self) -> tuple[str, ...]: ...  # noqa: D102

    @property
    def shapes(self) -> tuple[tuple[int, ...], ...]: ...  # noqa: D102

    @property
    def line(self) -> bool: ...  # noqa: D102

    def predict(self, theta: Array, x: Array, offset: Ints) -> Array:
        """(M,) predictions of rows x (M,): step k has parameters theta[k] (P,) and rows offset[k]:offset[k + 1]."""
        ...

    def slopes(self, theta: Array, x: Array, offset: Ints) -> Array:
        """(M, P) derivative of each prediction by each parameter of its step."""
        ...

    def derivatives(self, theta: Array, x: Array, offset: Ints) -> Derivatives:
        """The same as the sums that laws ask for, with the predictions."""
        ...


def size_of(model: Predictor) -> int:
    """P, the number of parameters."""
    return sum(int(np.prod(shape)) for shape in model.shapes)


def columns_of(model: Predictor) -> tuple[slice, ...]:
    """Where each tensor's numbers stand among the P."""
    ends = np.cumsum([int(np.prod(shape)) for shape in model.shapes]).tolist()
    return tuple(slice(a, b) for a, b in zip([0, *ends[:-1]], ends, strict=True))


def predictions(model: Predictor, theta: Array, x: Array) -> Array:
    """(K, n) predictions of the same n rows by each of K parameter vectors (K, P)."""
    k, n = len(theta), len(x)
    return model.predict(theta, np.tile(x, k), np.arange(k + 1) * n).reshape(k, n)


@dataclass(frozen=True, slots=True)
class _Line:
    names: tuple[str, ...] = ("weight", "bias")
    shapes: tuple[tuple[int, ...], ...] = ((1,), (1,))
    line: bool = True

    def predict(self, theta: Array, x: Array, offset: Ints) -> Array:
        return Straight(theta, x, offset).predicted

    def slopes(self, theta: Array, x: Array, offset: Ints) -> Array:  # noqa: ARG002 - a line's do not depend on where it stands
        return np.stack([x, np.ones_like(x)], axis=1)

    def derivatives(self, theta: Array, x: Array, offset: Ints) -> Derivatives:
        return Straight(theta, x, offset)


LINE: Predictor = _Line()
"""y = w x + b."""


_ACTIVATIONS: Mapping[str, tuple[Callable[[Array], Array], Callable[[Array, Array], Array | NDArray[np.bool_]]]] = {
    "relu": (lambda z: np.maximum(z, 0.0), lambda z, _: z > 0),
    "tanh": (np.tanh, lambda _, h: 1 - h**2),
    "sigmoid": (lambda z: 1 / (1 + np.exp(-z)), lambda _, h: h * (1 - h)),
}
"""The activation of z, and its derivative (or which of 0 and 1 it is) from z and the activation."""


class _Network:
    """Linear layers with an activation between each two, forward and backward for all steps at once (the chain rule by hand)."""

    line = False

    def __init__(self, model: MLP) -> None:
        self._widths = list(pairwise(model.widths))
        self._activation, self._derivative = _ACTIVATIONS[model.activation]
        self.names = tuple(f"linear{n}.{part}" for n in range(1, len(self._widths) + 1) for part in ("weight", "bias"))
        self.shapes = tuple(shape for inputs, outputs in self._widths for shape in ((outputs, inputs), (outputs,)))

    def predict(self, theta: Array, x: Array, offset: Ints) -> Array:
        return _by_size(lambda t, rows: self._forward(t, rows)[-1][..., 0], theta, x, offset, (), ROWS)

    def slopes(self, theta: Array, x: Array, offset: Ints) -> Array:
        return _by_size(self._backward, theta, x, offset, (theta.shape[1],), ROWS)

    def _layers(self, theta: Array) -> list[tuple[Array, Array]]:
        """Each layer's weights (K, out, in) and biases (K, out)."""
        found, at = [], 0
        for inputs, outputs in self._widths:
            end = at + inputs * outputs
            found.append((theta[:, at:end].reshape(-1, outputs, inputs), theta[:, end : end + outputs]))
            at = end + outputs
        return found

    def _forward(self, theta: Array, x: Array) -> list[Array]:
        """What enters each layer and what leaves the last: (K, n, width); between them the layer's own sums."""
        values = [x[..., None]]
        layers = self._layers(theta)
        for number, (weights, biases) in enumerate(layers):
            entering = values[-1]
            spread = entering * weights[:, None, :, 0] if entering.shape[-1] == 1 else entering @ weights.transpose(0, 2, 1)
            values.append(spread + biases[:, None])
            if number < len(layers) - 1:
                values.append(self._activation(values[-1]))
        return values

    def _back(self, layers: list[tuple[Array, Array]], values: list[Array]) -> list[Array]:
        """The derivative of the prediction by each layer's own sums (K, n, width), from the first layer."""
        delta = np.ones((*values[0].shape[:2], 1))
        found = [delta]
        for number in range(len(layers) - 1, 0, -1):
            back = layers[number][0]
            delta = delta * back if back.shape[1] == 1 else delta @ back
            delta = delta * self._derivative(values[2 * number - 1], values[2 * number])
            found.append(delta)
        return found[::-1]

    def _backward(self, theta: Array, x: Array) -> Array:
        """(K, n, P)."""
        values, layers = self._forward(theta, x), self._layers(theta)
        parts = []
        for entering, delta in zip(values[::2], self._back(layers, values), strict=False):
            parts += [(delta[..., :, None] * entering[..., None, :]).reshape(*x.shape, -1), delta]
        return np.concatenate(parts, axis=2)

    def _layered(self, steps: Ints, rows: Ints, theta: Array, x: Array) -> Layers:
        values, layers = self._forward(theta, x), self._layers(theta)
        weights, biases = zip(*layers, strict=True)
        predicted, back = values[-1][..., 0], self._back(layers, values)
        return Layers(steps, rows, predicted, weights, biases, values[:-1:2], back)

    def derivatives(self, theta: Array, x: Array, offset: Ints) -> Derivatives:
        with np.errstate(all="ignore"):
            groups = [self._layered(steps, rows.reshape(-1), theta[steps], x[rows]) for steps, rows in _sized(offset, ROWS)]
        return Layered(theta, x, groups)


def _by_size(
    function: Callable[[Array, Array], Array], theta: Array, x: Array, offset: Ints, tail: tuple[int, ...], most: float = np.inf
) -> Array:
    """A function of (k, P) and (k, n) for all steps: those of equally many rows together, at most so many of these; (M, *tail)."""
    with np.errstate(all="ignore"):
        out = np.empty((len(x), *tail))
        for steps, rows in _sized(offset, most):
            out[rows.reshape(-1)] = function(theta[steps], x[rows]).reshape(rows.size, *tail)
    return out


ROWS = 4096
"""How many rows a network is worked out for at a time: then what its units do stays in the processor's cache."""


def _sized(offset: Ints, most: float = np.inf) -> Iterator[tuple[Ints, Ints]]:
    """The steps (k,) of each size, and their rows (k, n), at most so many together (but a whole step)."""
    sizes = np.diff(offset)
    for size in np.unique(sizes[sizes > 0]).tolist():
        steps = np.flatnonzero(sizes == size)
        count = int(max(1, min(len(steps), most // size)))
        for first in range(0, len(steps), count):
            some = steps[first : first + count]
            yield some, offset[some][:, None] + np.arange(size)


class _Module:
    """A torch Module in float64, as a function of its flat parameters; torch.func maps it over steps and rows."""

    line = False

    def __init__(self, build: Callable[[], Any]) -> None:
        import torch  # only where an exercise brings its own Module: a judge of lines starts without torch

        self._torch = torch
        self._turn = Lock()  # functional_call lends the module its parameters, one caller at a time
        self._module = build().double().eval()
        named = list(self._module.named_parameters())
        self.names = tuple(name for name, _ in named)
        self.shapes = tuple(tuple(int(n) for n in p.shape) for _, p in named)
        self._sizes = [p.numel() for _, p in named]
        rows = torch.func.vmap(self._rows)
        self._predict = rows
        self._slopes = torch.func.vmap(torch.func.vmap(torch.func.grad(self._row), in_dims=(None, 0)))

    def _rows(self, theta: Any, x: Any) -> Any:
        parts = self._torch.split(theta, self._sizes)
        values = {name: part.view(shape) for name, part, shape in zip(self.names, parts, self.shapes, strict=True)}
        return self._torch.func.functional_call(self._module, values, (x.view(-1, 1),)).reshape(-1)

    def _row(self, theta: Any, x: Any) -> Any:
        return self._rows(theta, x.view(1)).reshape(())

    def predict(self, theta: Array, x: Array, offset: Ints) -> Array:
        return self._mapped(self._predict, theta, x, offset, ())

    def slopes(self, theta: Array, x: Array, offset: Ints) -> Array:
        return self._mapped(self._slopes, theta, x, offset, (theta.shape[1],))

    def derivatives(self, theta: Array, x: Array, offset: Ints) -> Derivatives:
        return Table(theta, x, offset, self.predict, self.slopes)

    def _mapped(self, function: Callable[[Any, Any], Any], theta: Array, x: Array, offset: Ints, tail: tuple[int, ...]) -> Array:
        def mapped(theta: Array, x: Array) -> Array:
            tensors = (self._torch.from_numpy(np.ascontiguousarray(part)) for part in (theta, x))
            return np.asarray(function(*tensors).numpy())

        with self._turn, self._torch.no_grad():
            return _by_size(mapped, theta, x, offset, tail)


@lru_cache(maxsize=32)
def predictor_of(model: Model) -> Predictor:
    """The predictor of a declared model.  Raises whatever the `build` of an exercise's own Module raises."""
    match model:
        case Affine():
            return LINE
        case MLP():
            return _Network(model)
        case OwnModule():
            return _Module(model.build)
