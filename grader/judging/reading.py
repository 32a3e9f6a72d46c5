"""From a run of backward calls to a Trace: which tensor plays which part in the model, and on which data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from grader.judging.datasets import SPREAD, Dataset
from grader.judging.narrow import every, some
from grader.judging.predictors import LINE, Predictor, size_of
from grader.judging.rows import ACCORD, Rows, rows_behind
from grader.judging.runs import Run, selected
from grader.judging.structure import Layout, layout
from grader.judging.trace import Trace
from grader.model.evidence import Array, Evidence, Graph

__all__ = ["TRIED", "all_targets", "assembled", "assignments", "named_targets", "read_run"]

CLOSE_ACCORD = 1e-5
"""The same for larger models, whose predictions stay small: another activation may differ from the one asked for by little."""
TRIED = 256
"""How many ways to assign a run's tensors to a model's are tried at most."""
SURE = 1e-5
"""A way that explains the losses so well is taken at once."""
SAMPLE = 16
"""At how many steps, early ones and ones of all the run, the ways are compared where there are many more."""


def read_run(
    evidence: Evidence, run: Run, known: Dataset, model: Predictor = LINE, *, together: bool = True, calls: int | None = None
) -> Trace | None:
    """The run as steps of the model, or None where its parameters are not the model's or its graph names no features.

    calls: how many of its backward calls, the first, are looked at (all where None).

    Where targets recovered from residuals contradict one another, the predictions are not the model's: then the targets are
    those of a named array that fits the exercise, so that the laws can say what was computed instead.
    together: backward calls between two moves count as one step (gradients gathered on purpose).
    """
    if not len(run) or run.theta.shape[1] != size_of(model):
        return None
    looked_at = run if calls is None or calls >= len(run) else selected(run, slice(calls))
    found = _found(evidence, looked_at, known, model)
    if found is None:
        return None
    roles, rows = found
    if _drawn_anew(rows, known):
        rows = replace(rows, anew=True)
    elif rows.spread > (ACCORD if model.line else CLOSE_ACCORD):
        named = named_targets(evidence, known, run.cell)
        if named is not None:
            rows = replace(rows, y=_looked_up(rows.x, known, named))
    elif np.all(looked_at.theta == looked_at.theta[0]) and not _known_targets(rows, known):
        # Seen from one place, targets and predictions can't be told apart: what is sure is the features.
        named = named_targets(evidence, known, run.cell)
        if named is not None and np.allclose(rows.x, np.resize(known.x, rows.x.size), rtol=1e-5, atol=1e-6):
            rows = replace(rows, y=_looked_up(rows.x, known, named))
    elif _negated(rows, known):
        rows = replace(rows, y=-rows.y)  # targets are added where they should be taken away: the loss is another, not the data
    return assembled(evidence, run, model, roles, rows, together=together)


def _found(evidence: Evidence, run: Run, known: Dataset, model: Predictor) -> tuple[list[int], Rows] | None:
    """The roles of theta's columns that explain the losses best, and the rows read with them; None where no way reads any."""
    first = next(g for g in evidence.graphs if g.id == int(run.graph[0]))
    shape = layout(first)
    ways = _roles(first, shape) if model.line else list(islice(assignments(run.shapes, model), TRIED))
    few = run
    if len(ways) > 1 and not model.line and len(run) > 8 * SAMPLE:
        early = np.linspace(0, min(len(run), 4 * SAMPLE) - 1, SAMPLE)  # what graphs save is kept of the first steps, not of all
        few = selected(run, np.isin(np.arange(len(run)), np.append(early, np.linspace(0, len(run) - 1, SAMPLE)).astype(int)))
    best: tuple[float, list[int], Rows] | None = None
    for roles in ways:  # the likeliest first
        rows = rows_behind(evidence, few, known, model, few.theta[:, roles])
        misfit = _misfit(few, model, roles, rows) if rows is not None and len(ways) > 1 else 0.0
        if rows is not None and (best is None or misfit < best[0]):
            best = misfit, roles, rows
        if best is not None and (best[0] <= SURE or not np.isfinite(best[2].y).any()):
            break  # without targets no loss tells one way from another
    if best is None:
        return None
    _, roles, rows = best
    whole = rows if few is run else rows_behind(evidence, run, known, model, run.theta[:, roles])
    return None if whole is None else (roles, whole)


def _misfit(run: Run, model: Predictor, roles: list[int], rows: Rows) -> float:
    """How badly these roles explain the losses: the spread of loss over mean squared (or absolute) residual, and of the targets."""
    edges = np.concatenate([[0], np.cumsum(rows.sizes)])
    with np.errstate(all="ignore"):
        r = model.predict(run.theta[:, roles], rows.x, edges) - rows.y
        found = []
        for power in (1, 2):
            ratio = run.loss / np.add.reduceat(np.abs(r) ** power, edges[:-1])
            ratio = ratio[np.isfinite(ratio)]
            found.append(float(np.std(ratio) / np.abs(np.mean(ratio))) if len(ratio) and np.any(ratio) else np.inf)
    return min(found) + min(rows.spread, 1e6)


def _roles(graph: Graph, shape: Layout) -> list[list[int]]:
    """Columns (weight, bias) of theta: the weight is the leaf that data multiply; both orders where the structure leaves it open."""
    if len(graph.leaves) == 2:
        if len(shape.weights) == 1:
            return [[shape.weights[0], 1 - shape.weights[0]]]
        return [[0, 1], [1, 0]] if shape.x else []
    return [[0, 1], [1, 0]] if len(graph.leaves) == 1 else []


def assignments(leaves: Sequence[tuple[int, ...]], model: Predictor) -> Iterator[list[int]]:
    """Columns of theta in the model's order, for every way in which tensors of these sizes can be the model's; likely ones first.

    A matrix may be kept the other way round.  One tensor that holds all parameters is taken in the model's order.
    """
    sizes = [int(np.prod(leaf)) for leaf in leaves]
    wanted = [int(np.prod(shape)) for shape in model.shapes]
    if len(sizes) == 1:
        yield list(range(sum(wanted)))
        return
    if sorted(sizes) != sorted(wanted):
        return
    starts = np.concatenate([[0], np.cumsum(sizes)]).tolist()
    for order in _fillings(leaves, model.shapes, ()):
        parts = []
        for i, shape in zip(order, model.shapes, strict=True):
            columns = np.arange(starts[i], starts[i + 1])
            turned = len(shape) == 2 and shape[0] != shape[1] and leaves[i] == shape[::-1]
            parts.append(columns.reshape(shape[::-1]).T.reshape(-1) if turned else columns)
        yield np.concatenate(parts).tolist()


def _fillings(leaves: Sequence[tuple[int, ...]], shapes: Sequence[tuple[int, ...]], taken: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Every choice of a leaf of the right size for each shape, leaves of the very shape first."""
    if len(taken) == len(shapes):
        yield taken
        return
    shape = shapes[len(taken)]
    free = [i for i, leaf in enumerate(leaves) if i not in taken and int(np.prod(leaf)) == int(np.prod(shape))]
    for i in sorted(free, key=lambda i: leaves[i] != shape):
        yield from _fillings(leaves, shapes, (*taken, i))


def named_targets(evidence: Evidence, known: Dataset, cell: int | None = None) -> Array | None:
    """(n,) targets by row from a named array (up to a cell), the one nearest to the exercise's; else the exercise's own."""
    return next(iter(all_targets(evidence, known, cell)), None)


def all_targets(evidence: Evidence, known: Dataset, cell: int | None = None) -> list[Array]:
    """Every array of targets by row (n,) that a name (up to a cell) has held, nearest to the exercise's first; or the exercise's own."""
    if known.y is not None:
        return [known.y]
    found: list[tuple[float, Array]] = []
    for named in evidence.values:
        values = named.values.reshape(-1)
        if (
            named.kind in ("array", "list")
            and values.size == known.x.size
            and (cell is None or named.cell <= cell)
            and np.all(np.isfinite(values))
        ):
            off = float(np.std(values - known.expected(known.x)) + abs(np.mean(values - known.expected(known.x))))
            if 0.3 * known.noise < off < 3 * known.noise + 1e-9:
                found.append((off, values))
    return [values for _, values in sorted(found, key=lambda f: f[0])]


def _drawn_anew(rows: Rows, known: Dataset) -> bool:
    """Whether targets that contradict one another from step to step scatter around the exercise's line as its own do, at every step."""
    if known.y is not None or not known.noise or len(rows.sizes) < 2 or not np.all(rows.sizes == rows.sizes[0]):
        return False
    with np.errstate(all="ignore"):
        apart = rows.spread * (1.0 + np.max(np.abs(rows.y)))
    if not known.noise < apart < 10 * known.noise:
        return False
    off = (rows.y - known.expected(rows.x)).reshape(len(rows.sizes), -1)
    with np.errstate(all="ignore"):
        wide = np.std(off, axis=1) / known.noise
        return bool(np.all((wide > SPREAD[0]) & (wide < SPREAD[1]))) and bool(np.all(np.abs(np.mean(off, axis=1)) < known.noise))


def _known_targets(rows: Rows, known: Dataset) -> bool:
    """Whether the targets read are the exercise's, as far as it fixes them."""
    some = slice(0, 1000)
    expected = known.expected(rows.x[some])
    with np.errstate(all="ignore"):
        return bool(np.median(np.abs(rows.y[some] - expected)) <= max(3 * known.noise, 1e-3 * float(np.std(expected)) + 1e-6))


def _negated(rows: Rows, known: Dataset) -> bool:
    """Whether the targets read are the exercise's with the other sign."""
    some = slice(0, 1000)
    expected = known.expected(rows.x[some])
    with np.errstate(all="ignore"):
        away, mirrored = (float(np.median(np.abs(rows.y[some] - sign * expected))) for sign in (1.0, -1.0))
    return mirrored <= max(2 * known.noise, 1e-3 * float(np.std(expected))) < away


def _looked_up(x: Array, known: Dataset, y: Array) -> Array:
    """Targets of features: by their place where they come in the data's own order, else by the nearest row."""
    if x.size % len(y) == 0 and np.allclose(x, np.resize(known.x, x.size), rtol=1e-5, atol=1e-6):
        return np.asarray(np.resize(y, x.size), np.float64)
    return np.asarray(y[np.argmin(np.abs(x[:, None] - known.x[None]), axis=1)], np.float64)


def assembled(evidence: Evidence, run: Run, model: Predictor, roles: list[int], rows: Rows, *, together: bool = True) -> Trace:
    """The Trace of a run on these rows, its own or those of its first calls, with its columns in these roles.

    together: backward calls that only pile up gradients between two moves are one step.
    """
    shape = layout(next(g for g in evidence.graphs if g.id == int(run.graph[0])))
    theta, grad, stale = run.theta, run.grad, run.stale
    if roles != list(range(theta.shape[1])):
        theta, grad, stale = theta[:, roles], grad[:, roles], stale[:, roles]
    if run.call == "grad":
        stale = np.zeros_like(stale)
    taken = evidence.events.of("step")
    steps = np.sort(taken.seq)
    end = _end(evidence, run)
    before = np.searchsorted(steps, np.append(run.seq, end))
    stepped = before[1:] > before[:-1]
    heads = np.arange(len(run))
    same = np.zeros(len(run), bool)
    if together and np.any(stale):
        piled = every(theta[1:] == theta[:-1]) & every(stale[1:] == grad[:-1]) & some(stale[1:] != 0) & ~stepped[:-1]
        if piled.any() and np.any(theta[1:] != theta[:-1]):
            heads = np.flatnonzero(np.append(True, ~piled))
            same = _repeated(run, rows, piled)
    whole = slice(None)  # where no calls are taken together, columns are as they are
    first, last = (whole, whole) if len(heads) == len(run) else (heads, np.append(heads[1:] - 1, len(run) - 1))
    calls = len(rows.sizes)
    if calls < len(run):  # those of a step that goes on behind them are left out
        calls = int(heads[np.searchsorted(heads, calls, side="right") - 1])
        if not calls:
            return assembled(evidence, run, model, roles, rows, together=False)
        rows = _first(rows, calls)
    loss, sizes = run.loss, rows.sizes
    if same.any():
        loss, sizes = np.where(same, 0.0, run.loss), np.where(same[:calls], 0, rows.sizes)
        keep = np.repeat(~same[:calls], rows.sizes)
        rows = replace(rows, x=rows.x[keep], y=rows.y[keep])
    offset = np.concatenate([[0], np.cumsum(sizes)])
    final, seen = _final(evidence, run, roles)
    with np.errstate(all="ignore"):
        moves = np.vstack([theta[first][1:], final[None]]) - theta[first]
    return Trace(
        run=run, theta=theta[first], grad=grad[last], stale=stale[first], x=rows.x, y=rows.y,
        loss=loss if first is whole else np.add.reduceat(loss, heads),
        offset=np.append(offset[heads[heads < calls]], offset[-1]), moves=moves, final=final, final_seen=seen, spread=rows.spread,
        broadcast=rows.wide, family=shape.loss, reduction=shape.reduction, stepped=stepped[last],
        parts=np.diff(np.append(heads, len(run))), model=model, outer=rows.outer, anew=rows.anew, read=rows.derivatives,
        extra=max(0, _steps_between(evidence, run, int(run.seq[-1]), end) - 1),
    )  # fmt: skip


def _first(rows: Rows, calls: int) -> Rows:
    """The rows of the first calls alone."""
    if calls >= len(rows.sizes):
        return rows
    count = int(rows.sizes[:calls].sum())
    return replace(rows, x=rows.x[:count], y=rows.y[:count], sizes=rows.sizes[:calls])


def _repeated(run: Run, rows: Rows, piled: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(K,) backward calls that repeat the one before on the same rows with the same loss: one step whose gradient is taken twice.

    Behind the rows that are looked at the same loss tells, where some are repeated before.
    """
    edges = np.concatenate([[0], np.cumsum(rows.sizes)])
    out = np.zeros(len(run), bool)
    for k in np.flatnonzero(piled[: len(rows.sizes) - 1]) + 1:
        if run.loss[k] == run.loss[k - 1] and rows.sizes[k] == rows.sizes[k - 1]:
            a, b, c = edges[k - 1 : k + 2]
            out[k] = np.array_equal(rows.x[a:b], rows.x[b:c]) and np.array_equal(rows.y[a:b], rows.y[b:c], equal_nan=True)
    if out.any():
        further = np.flatnonzero(piled[len(rows.sizes) - 1 :]) + len(rows.sizes)
        out[further] = run.loss[further] == run.loss[further - 1]
    return out


def _steps_between(evidence: Evidence, run: Run, first: int, last: int) -> int:
    """How often optimizers of the run's parameters stepped in a stretch of the order of events."""
    taken, own = evidence.events.of("step"), set(run.tokens[-1].tolist())
    between = taken.object[(taken.seq > first) & (taken.seq < last)]
    return int(np.sum(np.isin(between, evidence.holders(own))))


def _end(evidence: Evidence, run: Run) -> int:
    """The order number at which the run's cell was over."""
    return min((s.seq for s in evidence.leaves if s.cell == run.cell and s.seq > run.seq[-1]), default=int(run.seq[-1]) + 2)


def _final(evidence: Evidence, run: Run, roles: list[int]) -> tuple[Array, bool]:
    """(P,) parameters after the last step: the leaves at the cell's end, or the tensors that took their place, found by value."""
    after = [s for s in evidence.leaves if s.cell == run.cell and s.seq > run.seq[-1]]
    states = {s.token: s.values for s in after}
    at_end = [states.get(int(t)) for t in run.tokens[-1]]
    replaced = len(run) > 1 and not np.array_equal(run.tokens[-1], run.tokens[-2])
    later = _used_later(evidence, run)
    if later is not None and len(later) == run.theta.shape[1] and not np.array_equal(later, run.theta[0]):
        return np.asarray(later[roles], np.float64), True
    if all(v is not None for v in at_end) and later is None:
        flat = np.concatenate([np.asarray(v, np.float64) for v in at_end])
        if len(flat) == run.theta.shape[1] and not (replaced and np.array_equal(flat, run.theta[-1], equal_nan=True)):
            return flat[roles], True
    found = _replacement(evidence, run, states)
    return (found[roles], True) if found is not None else (np.full(len(roles), np.nan), False)


def _used_later(evidence: Evidence, run: Run) -> Array | None:
    """The parameters at the first later backward call of the same cell over these very tensors: where this run left them."""
    mine = run.tokens[-1].tolist()
    found: list[tuple[int, Array]] = []
    for steps in evidence.steps:
        for k in np.flatnonzero((steps.seq > run.seq[-1]) & (steps.cell == run.cell))[:64].tolist():
            if set(steps.tokens[k].tolist()) & set(mine):
                same = steps.tokens[k].tolist() == mine
                found.append((int(steps.seq[k]), steps.theta[k] if same else run.theta[0]))
                break
    return min(found, key=lambda f: f[0])[1] if found else None


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
