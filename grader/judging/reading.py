"""From a run of backward calls to a Trace: x from the products, y from targets or residuals, roles from the graph or the data."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from grader.judging.datasets import Dataset
from grader.judging.runs import Run
from grader.judging.structure import Layout, layout
from grader.judging.trace import Trace
from grader.model.evidence import Array, Evidence, Graph, Steps

__all__ = ["read_affine"]

_NONE: tuple[int, ...] = ()

Guess = Callable[[Array], Array]
"""From features to the targets that the exercise would give them, up to noise: decides what several steps leave open."""

ACCORD = 1e-3
"""Targets recovered at different parameters agree to this (relative to the predictions): else the model is another."""


def read_affine(evidence: Evidence, run: Run, known: Dataset) -> Trace | None:
    """The run as steps of y = w x + b, or None where the graph is not one of an affine model with two parameters.

    Where targets recovered from residuals contradict one another, the prediction is not w x + b: then the targets are those
    of a named array that fits the exercise, so that the laws can say what was computed instead.
    """
    guess: Guess = known.expected
    if run.theta.shape[1] != 2 or not len(run):
        return None
    graphs = {g.id: g for g in evidence.graphs}
    steps = {s.graph: s for s in evidence.steps}
    first = graphs[int(run.graph[0])]
    roles = _roles(first, layout(first))
    if roles is None:
        return None
    theta, grad, stale = run.theta[:, roles], run.grad[:, roles], run.stale[:, roles]
    x: list[Array] = [np.empty(0)] * len(run)
    y: list[Array] = [np.empty(0)] * len(run)
    spread, broadcast = 0.0, _NONE
    for number in np.unique(run.graph):
        where = np.flatnonzero(run.graph == number)
        part = _rows(evidence, graphs[int(number)], steps[int(number)], run.row[where], theta[where], guess)
        if part is None:
            return None
        for k, xs, ys in zip(where.tolist(), part[0], part[1], strict=True):
            x[k], y[k] = xs, ys
        spread, broadcast = max(spread, part[2]), part[3] or broadcast
    if spread > ACCORD:
        named = _named_targets(evidence, run, known)
        if named is not None:
            y = [_looked_up(v, known, named) for v in x]
    shape = layout(first)
    return _assembled(evidence, run, theta, grad, stale, x, y, spread, broadcast, shape)


def _roles(graph: Graph, shape: Layout) -> list[int] | None:
    """Columns (weight, bias) of theta; the weight is the leaf that is multiplied by data."""
    if len(graph.leaves) == 2:
        if len(shape.weights) == 1:
            return [shape.weights[0], 1 - shape.weights[0]]
        return [0, 1] if shape.x else None
    if len(graph.leaves) != 1:
        return None
    for i, node in enumerate(graph.nodes):  # both parameters in one tensor: the element that meets the data is the weight
        if node.type.startswith("Select"):
            parents = [n for n in graph.nodes if i in n.next and n.type.startswith(("Mul", "Mm", "Mv", "Dot"))]
            if parents:
                index = int(node.settings.get("index", 0))
                return [index % 2, 1 - index % 2]
    return [0, 1]


def _named_targets(evidence: Evidence, run: Run, known: Dataset) -> Array | None:
    """(n,) targets by row from a named array around when the run ended, the one nearest to the exercise's; else the exercise's own."""
    if known.y is not None:
        return known.y
    best: tuple[float, Array] | None = None
    for named in evidence.values:
        values = named.values.reshape(-1)
        if named.kind in ("array", "list") and values.size == known.x.size and named.cell <= run.cell and np.all(np.isfinite(values)):
            off = float(np.std(values - known.expected(known.x)) + abs(np.mean(values - known.expected(known.x))))
            if 0.3 * known.noise < off < 3 * known.noise + 1e-9 and (best is None or off < best[0]):
                best = (off, values)
    return best[1] if best is not None else None


def _looked_up(x: Array, known: Dataset, y: Array) -> Array:
    """Targets of features by the nearest row."""
    return np.asarray(y[np.argmin(np.abs(x[:, None] - known.x[None]), axis=1)], np.float64)


Rows = tuple[list[Array], list[Array], float, tuple[int, ...]]


def _rows(evidence: Evidence, graph: Graph, steps: Steps, rows: NDArray[np.int64], theta: Array, guess: Guess) -> Rows | None:
    shape = layout(graph)
    features = _columns(evidence, steps, rows, shape.x)
    if features is None or not shape.x:
        return None
    features = [_feature(f) for f in features]
    kept = _columns(evidence, steps, rows, shape.target, flat=False)
    if shape.target and kept is not None:
        pairs = [_aligned(f, _squeeze(t)) for f, t in zip(features, kept, strict=True)]
        wide = next((np.shape(t) for f, t in zip(features, kept, strict=True) if t.size > f.size), ())
        return features, [p for p in pairs], 0.0, tuple(wide)
    residuals = _columns(evidence, steps, rows, shape.residual[: max(len(shape.x), 1)], flat=False, missing=True)
    if residuals is None or not shape.residual:
        return None
    return _from_residuals(steps, rows, shape, features, residuals, theta, guess)


def _columns(
    evidence: Evidence, steps: Steps, rows: NDArray[np.int64], columns: tuple[int, ...], *, flat: bool = True, missing: bool = False
) -> list[Array] | None:
    """Per row, the saved tensors of these columns one after another; None where one can't be had (NaN where `missing` allows it)."""
    out: list[Array] = []
    ids, scalars = steps.array[rows][:, list(columns)], steps.scalar[rows][:, list(columns)]
    for k in range(len(rows)):
        parts = []
        for c in range(len(columns)):
            number = int(ids[k, c])
            if number >= 0:
                a = evidence.arrays.get(number)
                if a is None:
                    return None
                parts.append(a)
            elif np.isnan(scalars[k, c]) and not missing:
                return None
            else:
                parts.append(np.array([scalars[k, c]]))
        if len(parts) == 1:
            out.append(parts[0].reshape(-1) if flat else parts[0])
        else:
            out.append(np.concatenate([p.reshape(-1) for p in parts]) if parts else np.empty(0))
    return out


def _feature(values: Array) -> Array:
    """The feature of a design matrix with a column of ones, else the values themselves, flat."""
    if values.ndim == 2 and values.shape[1] == 2:
        ones = [bool(np.all(values[:, j] == 1.0)) for j in range(2)]
        if any(ones):
            return np.asarray(values[:, 1 - ones.index(True)], np.float64)
    return values.reshape(-1)


def _squeeze(values: Array) -> Array:
    """A target as kept; one that was expanded to a square is given back as the vector it was."""
    if values.ndim == 2 and values.shape[0] == values.shape[1] and values.shape[0] > 1:
        return np.asarray(values[0] if np.all(values == values[0]) else values[:, 0], np.float64)
    return values.reshape(-1)


def _aligned(x: Array, y: Array) -> Array:
    """Targets for each row of x; NaN where their number does not fit."""
    return y if y.size == x.size else np.full(x.size, y[0] if y.size == 1 else np.nan)


def _from_residuals(
    steps: Steps, rows: NDArray[np.int64], shape: Layout, features: list[Array], residuals: list[Array], theta: Array, guess: Guess
) -> Rows | None:
    """Targets from residuals.  r is prediction - target or the reverse: the right reading gives the same targets at all parameters."""
    wide: tuple[int, ...] = ()
    seen = [k for k, r in enumerate(residuals) if r.size and np.all(np.isfinite(r)) and r.size % max(features[k].size, 1) == 0]
    if not seen:
        return None
    for k in seen:
        if residuals[k].size > features[k].size:
            wide = tuple(int(v) for v in residuals[k].shape)
            break
    best: tuple[float, float, list[Array]] | None = None
    for sign in (1.0, -1.0):
        for axis in (0, 1) if wide else (0,):
            targets, spread, distance = _targets(steps, rows, shape, features, residuals, theta, guess, seen, sign, axis)
            if best is None or (spread + 1e-3 * distance) < (best[0] + 1e-3 * best[1]):
                best = (spread, distance, targets)
    assert best is not None
    return features, best[2], best[0], wide


def _targets(
    steps: Steps, rows: NDArray[np.int64], shape: Layout, features: list[Array], residuals: list[Array], theta: Array, guess: Guess,
    seen: list[int], sign: float, axis: int,
) -> tuple[list[Array], float, float]:  # fmt: skip
    """Targets under one reading, how far apart different parameters put the same row's, and how far they lie from the exercise's."""
    single = all(f.size == 1 for f in features)
    if single:
        x = np.concatenate(features)
        r = np.array([v.reshape(-1)[0] for v in residuals])
        y = theta[:, 0] * x + theta[:, 1] - sign * r
        return [y[k : k + 1] for k in range(len(x))], _disagreement(x, y, theta), _distance(x, y, guess)
    known: dict[tuple[int, ...], list[tuple[float, Array]]] = {}
    found: list[Array] = [np.full(f.size, np.nan) for f in features]
    keys = [tuple(v) for v in steps.array[rows][:, list(shape.x)].tolist()]
    chosen = set(seen)
    for k, x in enumerate(features):
        if k in chosen:
            prediction = theta[k, 0] * x + theta[k, 1]
            r = residuals[k]
            if r.size > x.size:
                square = r.reshape(x.size, -1)
                y = prediction[0] - sign * (square[0] if axis == 0 else square[:, 0])
                y = y if y.size == x.size else np.full(x.size, np.nan)
            else:
                y = prediction - sign * r.reshape(-1)
            if np.all(np.isfinite(y)):
                known.setdefault(keys[k], []).append((float(np.max(np.abs(prediction), initial=1.0)), y))
    sharpest = {key: min(sights, key=lambda s: s[0])[1] for key, sights in known.items()}  # small predictions leave least rounding
    found = [sharpest.get(key, f) for key, f in zip(keys, found, strict=True)]
    gaps = [float(np.max(np.abs(y - sharpest[key]))) / (1.0 + scale) for key, sights in known.items() for scale, y in sights]
    spread = max(gaps) if gaps else float("inf")
    at = seen[0]
    return found, spread, _distance(features[at], found[at], guess)


def _disagreement(x: Array, y: Array, theta: Array) -> float:
    """For single rows: how far the nearest of the targets seen for equal features lie apart, relative to the predictions' size."""
    order = np.lexsort((y, x))
    xs, ys = x[order], y[order]
    finite = np.isfinite(ys)
    xs, ys = xs[finite], ys[finite]
    if len(xs) < 2:
        return 0.0 if len(xs) else float("inf")
    same = np.diff(xs) == 0
    gaps = np.diff(ys)[same]
    visits = len(xs) - len(np.unique(xs))
    if not visits:
        return 0.0
    scale = 1.0 + float(np.nanmax(np.abs(theta[:, 0][np.isfinite(theta[:, 0])]), initial=1.0)) * float(np.max(np.abs(xs)))
    return float(np.sum(gaps > 1e-3 * scale) / visits)


def _distance(x: Array, y: Array, guess: Guess) -> float:
    """How far targets lie from those that the exercise gives, in units of the latter's spread; at most 1000."""
    expected = guess(x)
    fine = np.isfinite(y) & np.isfinite(expected)
    if not fine.any():
        return 1000.0
    return float(min(1000.0, np.median(np.abs(y[fine] - expected[fine])) / (1.0 + np.std(expected[fine]))))


def _assembled(
    evidence: Evidence, run: Run, theta: Array, grad: Array, stale: Array, x: list[Array], y: list[Array], spread: float,
    broadcast: tuple[int, ...], shape: Layout,
) -> Trace:  # fmt: skip
    """The Trace, with backward calls that only pile up gradients taken together as one step."""
    if run.call == "grad":
        stale = np.zeros_like(stale)
    steps = np.array(sorted(e.seq for e in evidence.events if e.kind == "step"), np.int64)
    ends = np.append(run.seq[1:], _end(evidence, run))
    stepped = np.searchsorted(steps, ends) > np.searchsorted(steps, run.seq)
    piled = np.all(theta[1:] == theta[:-1], axis=1) & np.all(stale[1:] == grad[:-1], axis=1) & np.any(stale[1:] != 0, axis=1) & ~stepped[:-1]
    moved = np.any(theta[1:] != theta[:-1])
    first = np.append(True, ~piled) if moved and piled.any() else np.ones(len(run), bool)
    heads = np.flatnonzero(first)
    tails = np.append(heads[1:] - 1, len(run) - 1)
    sizes = np.array([v.size for v in x], np.int64)
    offset = np.concatenate([[0], np.cumsum(sizes)])
    final, seen = _final(evidence, run, theta)
    after = np.vstack([theta[heads[1:]], final[None]])
    parts = np.diff(np.append(heads, len(run)))
    return Trace(
        run=run, theta=theta[heads], grad=grad[tails], stale=stale[heads], loss=np.add.reduceat(run.loss, heads), x=np.concatenate(x),
        y=np.concatenate(y), offset=np.append(offset[heads], offset[-1]), moves=after - theta[heads], final=final, final_seen=seen, spread=spread,
        broadcast=broadcast, family=shape.loss, reduction=shape.reduction, stepped=stepped[tails], parts=parts,
    )  # fmt: skip


def _end(evidence: Evidence, run: Run) -> int:
    """The order number at which the run's cell was over."""
    return min((s.seq for s in evidence.leaves if s.cell == run.cell and s.seq > run.seq[-1]), default=int(run.seq[-1]) + 2)


def _final(evidence: Evidence, run: Run, theta: Array) -> tuple[Array, bool]:
    """Parameters after the last step: the leaves at the cell's end, or the tensor that took a leaf's place, found by its value."""
    after = [s for s in evidence.leaves if s.cell == run.cell and s.seq > run.seq[-1]]
    states = {s.token: s.values for s in after}
    at_end = [states.get(int(t)) for t in run.tokens[-1]]
    last = run.theta[-1]
    columns = _order(run, theta)
    if all(v is not None for v in at_end):
        flat = np.concatenate([np.asarray(v) for v in at_end])
        reused = any(int(t) in set(s.tokens[:, i].tolist()) for s in evidence.steps for i in range(s.tokens.shape[1]) for t in run.tokens[-1]
                     if np.any((s.seq > run.seq[-1]) & (s.cell == run.cell) & (s.tokens[:, i] == t)))  # fmt: skip
        if len(flat) == len(last) and not np.array_equal(flat, last) and not reused:
            return np.asarray(flat[columns], np.float64), True
        replaced = len(run) > 1 and not np.array_equal(run.tokens[-1], run.tokens[-2])
        if len(flat) == len(last) and not replaced and not reused:
            return np.asarray(flat[columns], np.float64), True
    found = _replacement(evidence, run, states)
    if found is not None:
        return np.asarray(found[columns], np.float64), True
    return np.full(2, np.nan), False


def _order(run: Run, theta: Array) -> list[int]:
    """Columns of the run's parameters in the order (weight, bias)."""
    return [0, 1] if np.array_equal(run.theta[:, 0], theta[:, 0], equal_nan=True) and np.array_equal(run.theta[:, 1], theta[:, 1], equal_nan=True) else [1, 0]


def _replacement(evidence: Evidence, run: Run, states: dict[int, Array]) -> Array | None:
    """New tensors that continue the run's last leaves: of all values around at the cell's end, those on the path of the gradients."""
    if len(run) < 2:
        return None
    move, gradient = np.diff(run.theta, axis=0), run.grad[:-1]
    size = np.sum(gradient**2, axis=0)
    rate = np.where(size > 0, -np.sum(move * gradient, axis=0) / np.where(size > 0, size, 1.0), 0.0)
    expected = run.theta[-1] - rate * run.grad[-1]
    near = [v for t, v in states.items() if t not in set(run.tokens[-1].tolist())]
    near += [n.values for n in evidence.values if n.cell == run.cell and n.kind == "array" and 0 < n.values.size <= len(expected)]
    out = np.full(len(expected), np.nan)
    for i, wanted in enumerate(expected):
        options = [float(v.reshape(-1)[j]) for v in near for j in range(v.size)]
        if options and np.isfinite(wanted):
            best = min(options, key=lambda o: abs(o - wanted))
            if abs(best - wanted) <= 1e-4 * (1.0 + abs(wanted)) and best != run.theta[-1][i]:
                out[i] = best
    return out if np.all(np.isfinite(out)) else None
