"""Runs whose graphs keep no data that can be read: the exercise's own are supposed, and the losses must prove it."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice, product

import numpy as np

from grader.judging.datasets import Dataset
from grader.judging.laws import Kind, loss_law
from grader.judging.predictors import Predictor, size_of
from grader.judging.reading import TRIED, all_targets, assembled, assignments
from grader.judging.replay import rows_of
from grader.judging.rows import Rows
from grader.judging.runs import Run, selected
from grader.judging.trace import Trace
from grader.model.evidence import Array, Evidence

__all__ = ["explained", "explaining", "supposed_run"]

FEW = 32
"""How many steps are looked at before all are."""
NAMED = 6
"""How many arrays that may be the targets are tried."""
KINDS = ("mse", "mae", "mse-sum", "mae-sum")


def explaining(trace: Trace) -> Kind | None:
    """Which of the losses that exercises ask for, by the laws' name, the losses are on the data that were read; None where none is."""
    first = "mae" if trace.family == "L1Loss" else "mse"
    kinds = sorted(KINDS, key=lambda kind: not kind.startswith(first))
    return next((kind for kind in kinds if loss_law(trace.head, kind).kept), None)


def explained(trace: Trace) -> bool:
    """Whether the losses are those of the data that were read, by one of the losses that exercises ask for."""
    return explaining(trace) is not None


def supposed_run(
    evidence: Evidence, run: Run, known: Dataset, model: Predictor, batches: Iterable[int], calls: int | None = None
) -> Trace | None:
    """The run on the exercise's rows in order, in batches of one of these sizes, where every loss is then the loss of its rows.

    A product may be spelt in more ways than anybody can list (`b * ones`, `stack([w, b])`, `einsum`); losses at changing
    parameters that agree to four digits at every step have no other source.  None where they don't.  calls: as in `read_run`.
    """
    targets = all_targets(evidence, known, run.cell)[:NAMED]  # the likeliest of them may be somebody's predictions
    if not targets or len(run) < 2 or run.theta.shape[1] != size_of(model) or np.ptp(run.loss) == 0:
        return None
    ways = [[0, 1], [1, 0]] if model.line else list(islice(assignments(run.shapes, model), TRIED))
    x = _as_held(evidence, known)
    count, head = len(known.x), selected(run, np.arange(len(run)) < FEW)
    for size in dict.fromkeys(batches):
        period = rows_of(count, size, 1)
        sizes = np.array([s.stop - s.start for s in period])[np.arange(len(run) if calls is None else calls) % len(period)]
        index = np.arange(sizes.sum()) % count
        looked_at = slice(int(sizes[:FEW].sum()))
        for roles, y in product(ways, targets):
            few = Rows(x[index][looked_at], y[index][looked_at], sizes[:FEW], 0.0, ())
            if len(run) > FEW and not explained(assembled(evidence, head, model, roles, few)):
                continue
            trace = assembled(evidence, run, model, roles, Rows(x[index], y[index], sizes, 0.0, ()))
            if explained(trace):
                return trace
    return None


def _as_held(evidence: Evidence, known: Dataset) -> Array:
    """(n,) the features as a name of the notebook holds them: where one is 0, their rounding is all that there is of its gradient."""
    for named in evidence.values:
        values = named.values.reshape(-1)
        if named.kind in ("array", "list") and values.size == known.x.size and np.allclose(values, known.x, rtol=1e-5, atol=1e-5):
            return values
    return known.x
