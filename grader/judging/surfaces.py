"""The check of a loss surface: the loss over a grid of weights and biases, against the loss of the student's own data."""

from __future__ import annotations

import numpy as np

from grader.judging.outcomes import Judged, apart, blocked, failed, passed, words
from grader.judging.reading import all_targets
from grader.judging.view import View
from grader.model.evidence import Array, Named
from grader.model.exercise import SquaredError, Surface

__all__ = ["surface_check"]

TOLERANCE = 1e-4


def surface_check(view: View) -> Judged:
    """Whether the array asked for (or one with its values under another name) holds the loss on the grid asked for."""
    asked = view.task.surface
    assert asked is not None
    found = [n for n in reversed(view.evidence.values) if n.kind in ("array", "list") and not n.truncated]
    own = next((n for n in found if n.name == asked.name), None)
    targets = _targets(view)
    if not targets:
        return blocked("surface", "the data are there") if own is not None else failed("surface", f"no array {asked.name} was found")
    weights, biases = np.linspace(*asked.weights), np.linspace(*asked.biases)
    x, y = view.known.x, targets[0]
    surfaces = [_loss(asked, x, targets[0], weights, biases, 1.0)]
    alike = [n for n in found if len(n.shape) == 2 and n.values.size == surfaces[0].size]
    if alike:
        surfaces += [_loss(asked, x, other, weights, biases, 1.0) for other in targets[1:]]
    expected = surfaces[0]
    for named in sorted(alike, key=lambda n: n.name != asked.name):
        if any(_shows(named, surface) for surface in surfaces):
            return passed(
                "surface",
                f"{named.name} holds the loss on the grid asked for",
                actual=named.shape,
                expected=expected.shape,
                tolerance=TOLERANCE,
            )
    if own is None:
        return failed("surface", f"no array {asked.name} was found", expected=expected.shape, rule="")
    return _wrong(asked, own, x, y, expected)


MOST = 16
"""How many versions of the targets are tried: a notebook may draw its data anew, or hold another exercise's beside them."""


def _targets(view: View) -> list[Array]:
    """The student's own targets: of the given run, then of named arrays, each once."""
    if view.known.y is not None:
        return [view.known.y]
    given = [f.used.y for f in view.given if np.all(np.isfinite(f.used.y))]
    out: list[Array] = []
    for y in (*given, *all_targets(view.evidence, view.known)):
        if len(out) < MOST and not any(np.allclose(y, other, rtol=1e-6, atol=1e-6) for other in out):
            out.append(y)
    return out


def _loss(asked: Surface, x: Array, y: Array, weights: Array, biases: Array, sign: float) -> Array:
    """(biases, weights) mean loss of w x + sign b."""
    r = weights[None, :, None] * x + sign * biases[:, None, None] - y
    loss = r**2 if isinstance(asked.loss, SquaredError) else np.abs(r)
    return np.asarray(loss.mean(axis=2) if asked.loss.reduction == "mean" else loss.sum(axis=2), np.float64)


def _shows(named: Named, expected: Array) -> bool:
    """Either orientation of the grid is right."""
    if len(named.shape) != 2 or named.values.size != expected.size:
        return False
    values = named.values.reshape(named.shape)
    return any(values.shape == e.shape and np.allclose(values, e, rtol=TOLERANCE, atol=1e-5) for e in (expected, expected.T))


def _wrong(asked: Surface, own: Named, x: Array, y: Array, expected: Array) -> Judged:
    facts = {"actual": own.shape, "expected": expected.shape, "cell": own.cell}
    shape = own.shape if len(own.shape) == 2 else (0, 0)
    weights = np.linspace(asked.weights[0], asked.weights[1], max(shape[-1], 1))
    biases = np.linspace(asked.biases[0], asked.biases[1], max(shape[0], 1))
    small = own.values.size < 10**6 and min(shape) > 0
    right = small and _shows(own, _loss(asked, x, y, weights, biases, 1.0))
    if own.shape != expected.shape and right:
        return failed(
            "surface",
            f"{own.name} has {shape[0]} by {shape[1]} points; asked for {expected.shape[0]} by {expected.shape[1]}",
            rule="samples-ignored",
            **facts,
        )
    if small and _shows(own, _loss(asked, x, y, weights, biases, -1.0)):
        said = f"{own.name} is the loss of w x - b: its lowest point lies at the wrong sign of b"
        return failed("surface", said, rule="wrong-surface", **facts)
    said = _apart(own.values.reshape(shape), expected, weights, biases) if own.shape == expected.shape else "it is empty"
    if own.shape != expected.shape and own.values.size:
        low = float(np.nanmin(own.values, initial=np.inf))
        said = f"shape {own.shape}, asked for {expected.shape}; smallest value {words(low)}, expected {words(float(expected.min()))}"
    return failed("surface", f"{own.name} does not hold the loss on the grid asked for ({said})", rule="wrong-surface", **facts)


def _apart(values: Array, expected: Array, weights: Array, biases: Array) -> str:
    """How many points of a grid (biases, weights) differ, and where the most."""
    with np.errstate(all="ignore"):
        gap = np.nan_to_num(np.abs(values - expected) / (1.0 + np.abs(expected)), nan=np.inf)
    far = gap > TOLERANCE
    i, j = np.unravel_index(int(np.argmax(gap)), gap.shape)
    seen, wanted = apart(float(values[i, j]), float(expected[i, j]))
    zeros = int(np.sum(far & (values == 0)))
    if zeros == far.sum():
        return f"{zeros} of its {values.size} points are 0"
    where = f"at weight {words(float(weights[j]))}, bias {words(float(biases[i]))} it is {seen}, expected {wanted}"
    return f"{int(far.sum())} of its {values.size} points differ; {where}"
