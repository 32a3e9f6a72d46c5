"""Runs whose graphs keep no data that can be read: the exercise's own are supposed, and the losses must prove it."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

import numpy as np

from grader.judging.datasets import Dataset
from grader.judging.laws import loss_law
from grader.judging.predictors import Predictor, size_of
from grader.judging.reading import TRIED, assembled, assignments, named_targets
from grader.judging.replay import rows_of
from grader.judging.rows import Rows
from grader.judging.runs import Run, selected
from grader.judging.trace import Trace
from grader.model.evidence import Evidence

__all__ = ["explained", "supposed_run"]

FEW = 32
"""How many steps are looked at before all are."""
KINDS = ("mse", "mae", "mse-sum", "mae-sum")


def explained(trace: Trace) -> bool:
    """Whether the losses are those of the data that were read, by one of the losses that exercises ask for."""
    first = "mae" if trace.family == "L1Loss" else "mse"
    return any(loss_law(trace, kind).kept for kind in sorted(KINDS, key=lambda kind: not kind.startswith(first)))


def supposed_run(evidence: Evidence, run: Run, known: Dataset, model: Predictor, batches: Iterable[int]) -> Trace | None:
    """The run on the exercise's rows in order, in batches of one of these sizes, where every loss is then the loss of its rows.

    A product may be spelt in more ways than anybody can list (`b * ones`, `stack([w, b])`, `einsum`); losses at changing
    parameters that agree to four digits at every step have no other source.  None where they don't.
    """
    y = known.y if known.y is not None else named_targets(evidence, known, run.cell)
    if y is None or len(run) < 2 or run.theta.shape[1] != size_of(model) or np.ptp(run.loss) == 0:
        return None
    first = next(g for g in evidence.graphs if g.id == int(run.graph[0]))
    ways = [[0, 1], [1, 0]] if model.line else list(islice(assignments(first, model), TRIED))
    count, head = len(known.x), selected(run, np.arange(len(run)) < FEW)
    for size in dict.fromkeys(batches):
        period = rows_of(count, size, 1)
        at = [period[k % len(period)] for k in range(len(run))]
        index = np.concatenate([np.arange(s.start, s.stop) for s in at])
        rows = Rows(known.x[index], y[index], np.array([s.stop - s.start for s in at]), 0.0, ())
        looked_at = slice(int(rows.sizes[:FEW].sum()))
        few = Rows(rows.x[looked_at], rows.y[looked_at], rows.sizes[:FEW], 0.0, ())
        for roles in ways:
            if len(run) > FEW and not explained(assembled(evidence, head, model, roles, few)):
                continue
            trace = assembled(evidence, run, model, roles, rows)
            if explained(trace):
                return trace
    return None
