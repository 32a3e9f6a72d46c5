"""Backward calls chained into training runs, by the identity of their leaves and by time; no names are used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from grader.judging.narrow import every, some
from grader.model.evidence import Array, Evidence, Steps

__all__ = ["Run", "beginning", "find_runs", "joined", "of_moving", "selected"]

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """K backward calls over the same parameters (or over ones that replace each other), within one cell.

    cell: where it ran.  seq, site, graph, row: (K,) order, code place, graph structure and row in that graph's steps.
    loss: (K,).  tokens: (K, L).  theta, stale, grad: (K, P) before, gradient before, gradient after.
    shapes: of the leaves.
    """

    cell: int
    cells: tuple[int, ...]
    seq: Ints
    site: Ints
    graph: Ints
    row: Ints
    loss: Array
    tokens: Ints
    theta: Array
    stale: Array
    grad: Array
    shapes: tuple[tuple[int, ...], ...]
    call: str

    def __len__(self) -> int:
        return len(self.seq)


def find_runs(evidence: Evidence) -> tuple[Run, ...]:
    """Every training run of the evidence, in the order of their first step."""
    pieces = [piece for steps in evidence.steps for piece in _pieces(evidence, steps)]
    pieces.sort(key=lambda piece: int(piece.seq[0]))
    met = Counter(_leaves(piece) for piece in pieces)
    chains: list[list[Run]] = []
    for piece in pieces:
        home = next((c for c in reversed(chains[-64:]) if _follows(c, piece, met)), None)
        if home is None:
            chains.append([piece])
        else:
            home.append(piece)
    whole = [part for chain in chains for part in _restarts(_gathered(joined(chain)))]
    return tuple(part for run in whole for part in _by_optimizer(evidence, run))


def _leaves(piece: Run) -> tuple[int, ...]:
    """A piece's cell and leaf tensors, in one order: those met again in the cell were not replaced by others meanwhile."""
    return (piece.cell, *sorted(piece.tokens[0].tolist()))


def selected(run: Run, rows: NDArray[np.bool_] | slice) -> Run:
    """The run with some of its backward calls alone."""
    column = {name: getattr(run, name)[rows] for name in ("seq", "site", "graph", "row", "loss", "tokens", "theta", "stale", "grad")}
    return Run(cell=run.cell, cells=run.cells, shapes=run.shapes, call=run.call, **column)


def beginning(run: Run, most: int, rows: int) -> int:
    """How many of the backward calls are looked at where `most` steps of so many rows would be asked for at most.

    A call counts as a step where the parameters moved since the one before, or it had the very same loss; else it may be one row's
    share of a step whose gradients are gathered.
    """
    if len(run) <= most:
        return len(run)
    gathers = every(run.theta[1:] == run.theta[:-1]) & (run.loss[1:] != run.loss[:-1])
    steps = np.cumsum(np.append(1.0, np.where(gathers, 1 / max(rows, 1), 1.0)))
    return int(np.searchsorted(steps, most, side="right"))


def of_moving(run: Run, size: int) -> Run:
    """The run without leaves that never move, where the others have so many numbers: data may ask for gradients that nobody uses."""
    if run.theta.shape[1] <= size or len(run) < 2:
        return run
    starts = np.cumsum([0, *(int(np.prod(shape)) for shape in run.shapes)])
    parts = [slice(a, b) for a, b in pairwise(starts.tolist())]
    moving = [i for i, part in enumerate(parts) if np.any(run.theta[:, part] != run.theta[0, part])]
    columns = np.concatenate([np.arange(starts[i], starts[i + 1]) for i in moving] or [np.empty(0, np.int64)])
    if len(columns) != size:
        return run
    values = {name: getattr(run, name)[:, columns] for name in ("theta", "stale", "grad")}
    return replace(run, tokens=run.tokens[:, moving], shapes=tuple(run.shapes[i] for i in moving), **values)


def joined(parts: list[Run]) -> Run:
    """One run out of parts in order; the first part's cell stands for all."""
    if len(parts) == 1:
        return parts[0]
    first = parts[0]
    aligned = [_reordered(first, p) for p in parts]
    column = {
        name: np.concatenate([getattr(p, name) for p in aligned])
        for name in ("seq", "site", "graph", "row", "loss", "tokens", "theta", "stale", "grad")
    }
    cells = tuple(dict.fromkeys(c for p in parts for c in p.cells))
    return Run(cell=parts[-1].cell, cells=cells, shapes=first.shapes, call=first.call, **column)


def _pieces(evidence: Evidence, steps: Steps) -> list[Run]:
    """Stretches of one graph's rows over the same leaf tensors in the same cell."""
    graph = next(g for g in evidence.graphs if g.id == steps.graph)
    if not graph.measured or not graph.leaves or not len(steps):
        return []
    steps, shapes = _lasting(steps, graph.leaves)
    cut = some(steps.tokens[1:] != steps.tokens[:-1]) | (steps.cell[1:] != steps.cell[:-1])
    edges = [0, *(np.flatnonzero(cut) + 1).tolist(), len(steps)]
    places: Sequence[Ints | slice] = _by_turns(steps, len(edges) - 1)
    if not places:
        places = [slice(a, b) for a, b in pairwise(_replaced(steps, edges))]
    rows = np.arange(len(steps))
    out = []
    for part in places:
        row = rows[part]
        cell = int(steps.cell[row[0]])
        out.append(
            Run(
                cell=cell, cells=(cell,), seq=steps.seq[part], site=steps.site[part],
                graph=np.full(len(row), graph.id), row=row, loss=steps.loss[part], tokens=steps.tokens[part],
                theta=steps.theta[part], stale=steps.stale[part], grad=steps.grad[part], shapes=shapes, call=graph.call,
            )
        )  # fmt: skip
    return out


def _lasting(steps: Steps, leaves: tuple[tuple[int, ...], ...]) -> tuple[Steps, tuple[tuple[int, ...], ...]]:
    """The steps without leaves that are new each time while others last: batches of data that ask for gradients nobody uses."""
    if len(steps) < FLEETING or len(leaves) < 2:
        return steps, leaves
    if np.all(4 * (1 + np.sum(steps.tokens[1:] != steps.tokens[:-1], axis=0)) <= len(steps)):  # none comes so often
        return steps, leaves
    often = np.array([len(np.unique(column)) for column in steps.tokens.T])
    last = np.flatnonzero(4 * often <= len(steps))
    if not len(last) or len(last) == len(leaves) or np.any((4 * often > len(steps)) & (often < len(steps))):
        return steps, leaves
    starts = np.cumsum([0, *(int(np.prod(shape)) for shape in leaves)])
    columns = np.concatenate([np.arange(starts[i], starts[i + 1]) for i in last])
    if not np.any(steps.theta[:, columns] != steps.theta[0, columns]):
        return steps, leaves
    values = {name: getattr(steps, name)[:, columns] for name in ("theta", "stale", "grad")}
    return replace(steps, tokens=steps.tokens[:, last], **values), tuple(leaves[i] for i in last)


FLEETING = 8
"""How many steps tell which leaves last."""


def _by_turns(steps: Steps, stretches: int) -> list[Ints]:
    """The rows of each set of leaves, where a few sets are trained by turns, step by step; none where they are not."""
    if stretches < 64:
        return []
    keys = np.column_stack([steps.cell, steps.tokens])
    kinds, which, often = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    if 4 * len(kinds) > stretches or often.min() < 2:
        return []
    return [np.flatnonzero(which.reshape(-1) == kind) for kind in range(len(kinds))]


def _replaced(steps: Steps, edges: list[int]) -> list[int]:
    """Edges without those between single steps whose leaves replace one another where the gradients lead."""
    single = np.diff(edges) == 1
    if len(edges) < 4 or not single[:-1].any():
        return edges
    with np.errstate(all="ignore"):
        move = np.abs(steps.theta[1:] - steps.theta[:-1])
        near = some(move <= 10.0 * np.abs(steps.grad[:-1]) + 1e-6 * (1.0 + np.abs(steps.theta[:-1]))) | ~every(np.isfinite(move))
    lowest = steps.tokens.min(axis=1)
    near &= (steps.cell[1:] == steps.cell[:-1]) & (lowest[1:] > lowest[:-1])
    starts = np.array(edges[:-1])
    _, same, often = np.unique(np.stack([lowest[starts], steps.cell[starts]]), axis=1, return_inverse=True, return_counts=True)
    once = often[same.reshape(-1)] == 1  # tensors that come back were not replaced: two models are trained by turns
    out, begun = [edges[0]], 0
    for i in range(1, len(edges) - 1):
        at = edges[i]
        back = bool(np.array_equal(steps.theta[at], steps.theta[begun]))
        if not (single[i - 1] and near[at - 1] and not back and once[i - 1] and once[i]):
            out.append(at)
            begun = at
    return [*out, edges[-1]]


def _follows(chain: list[Run], piece: Run, met: Mapping[tuple[int, ...], int]) -> bool:
    """Whether a piece goes on with a chain: the same tensors, or new ones that replace tensors used for one step each."""
    last = chain[-1]
    if last.cell != piece.cell or sorted(last.shapes) != sorted(piece.shapes):
        return False
    if set(last.tokens[-1].tolist()) == set(piece.tokens[0].tolist()):
        return True
    if met[_leaves(last)] > 1 or met[_leaves(piece)] > 1:
        return False
    replaced = len(last) == 1 and piece.tokens[0].min(initial=0) > last.tokens[-1].min(initial=0)
    back = len(chain) > 1 and np.array_equal(chain[0].theta[0], piece.theta[0])
    return bool(replaced and not back and not np.array_equal(chain[0].theta[0], piece.theta[0])) and _near(chain, piece)


def _near(chain: list[Run], piece: Run) -> bool:
    """Whether the new tensors stand where a step could have led from the old ones: along their last gradient, roughly."""
    last = chain[-1]
    if last.shapes != piece.shapes:
        return True
    move, gradient = piece.theta[0] - last.theta[-1], last.grad[-1]
    longest = 10.0 * np.abs(gradient) + 1e-6 * (1.0 + np.abs(last.theta[-1]))
    finite = bool(np.all(np.isfinite(move)) and np.all(np.isfinite(longest)))
    return not finite or bool(np.any(np.abs(move) <= longest))


def _reordered(first: Run, part: Run) -> Run:
    """A part whose leaves come in another order, with its columns in the order of the first."""
    if part.shapes == first.shapes and (len(first.tokens[0]) < 2 or set(part.tokens[0].tolist()) != set(first.tokens[-1].tolist())):
        return part
    wanted, have = first.tokens[-1].tolist(), part.tokens[0].tolist()
    if wanted == have or set(wanted) != set(have):
        return part
    sizes = [int(np.prod(s)) for s in part.shapes]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    order = [have.index(t) for t in wanted]
    columns = np.concatenate([np.arange(starts[i], starts[i + 1]) for i in order])
    return Run(
        cell=part.cell, cells=part.cells, seq=part.seq, site=part.site, graph=part.graph, row=part.row, loss=part.loss,
        tokens=part.tokens[:, order], theta=part.theta[:, columns], stale=part.stale[:, columns], grad=part.grad[:, columns],
        shapes=tuple(part.shapes[i] for i in order), call=part.call,
    )  # fmt: skip


def _gathered(run: Run) -> Run:
    """Calls of autograd.grad that ask for one parameter's gradient at a time, at the same parameters, taken together as one."""
    lacking = np.isnan(run.grad)
    if run.call != "grad" or not lacking.any() or len(run) < 2:
        return run
    moved = np.append(True, some(run.theta[1:] != run.theta[:-1]))
    asked = np.add.reduceat((~lacking).astype(np.int64), np.flatnonzero(moved), axis=0)
    if not np.all(asked == 1):
        return run
    whole = selected(run, np.append(moved[1:], True))  # the last call of each step: what comes behind it is the step
    return replace(whole, grad=np.add.reduceat(np.where(lacking, 0.0, run.grad), np.flatnonzero(moved), axis=0))


MOST_OPTIMIZERS = 16
"""More of them than this over one run's parameters are made anew for every step or epoch: that is one training."""


def _by_optimizer(evidence: Evidence, run: Run) -> list[Run]:
    """A run whose parameters one optimizer steps for a while, and then another, is a training for each of them."""
    steps = evidence.events.of("step")
    if not len(steps) or len(run) < 2:
        return [run]
    mine = evidence.holders(run.tokens[0].tolist())
    steps = steps.take(np.isin(steps.object, mine))
    if not len(steps) or np.all(steps.object == steps.object[0]):
        return [run]
    order = np.argsort(steps.seq, kind="stable")
    by = steps.object[order][np.minimum(np.searchsorted(steps.seq[order], run.seq), len(steps) - 1)]
    cuts = (np.flatnonzero(by[1:] != by[:-1]) + 1).tolist()
    stretches = list(pairwise([0, *cuts, len(run)]))
    by_turns = len(np.unique(by)) < len(stretches)
    if not cuts or len(cuts) >= MOST_OPTIMIZERS or by_turns or min(b - a for a, b in stretches) < 2:
        return [run]
    at = np.arange(len(run))
    return [selected(run, (at >= a) & (at < b)) for a, b in stretches]


def _led(run: Run, at: Ints) -> NDArray[np.bool_]:
    """Whether the step before led to these places: near a minimum a training may swing back to where it began."""
    with np.errstate(all="ignore"):
        move, gradient = np.diff(run.theta, axis=0), run.grad[:-1]
        rates = -np.sum(move * gradient, axis=1) / np.sum(gradient**2, axis=1)
        usual = np.delete(rates, at - 1)
        usual = usual[np.isfinite(usual)]
        if not len(usual):
            return np.zeros(len(at), bool)
        step = -float(np.median(usual)) * gradient[at - 1]
        off = np.abs(move[at - 1] - step)
        return np.asarray(every(off <= 0.1 * np.abs(step) + 1e-6 * (1.0 + np.abs(run.theta[at]))))


def _restarts(run: Run) -> list[Run]:
    """A run over the same tensors that is set back to its very first parameters, after having moved, starts anew there."""
    home = every(run.theta == run.theta[0])
    back = np.flatnonzero(home[1:] & ~home[:-1]) + 1
    edges = [0, *(back[~_led(run, back)].tolist() if len(back) else []), len(run)]
    out = []
    for a, b in pairwise(edges):
        p = slice(a, b)
        out.append(
            Run(
                cell=run.cell, cells=run.cells, seq=run.seq[p], site=run.site[p], graph=run.graph[p], row=run.row[p], loss=run.loss[p],
                tokens=run.tokens[p], theta=run.theta[p], stale=run.stale[p], grad=run.grad[p], shapes=run.shapes, call=run.call,
            )
        )  # fmt: skip
    return out
