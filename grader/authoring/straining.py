"""How near a run came to what each check allows: its strain, the largest deviation of any step in units of what was allowed there.

A strain of 1 just holds.  Laws allow more where rounding can't tell (a gradient near zero, a loss near the end), so a report's
deviation and tolerance do not say how near it was; the law itself does.  At a kink of an absolute error any slope between both
sides is as right as any other: what the kink leaves open strains nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from grader import notebooks
from grader.catalog import Entry
from grader.grading.editions import data_files
from grader.judging.facts import Facts
from grader.judging.laws import gradient_law, gradient_of, residuals
from grader.judging.source import read_source
from grader.judging.view import look
from grader.model.report import Report
from grader.model.run import Observed, Outcome

__all__ = ["strains"]

BY_NUMBERS = ("start", "trajectory", "learned", "parity", "fitted", "surface")
"""Checks whose deviation and tolerance are of one kind, so that their ratio is the strain."""


def strains(data: bytes, name: str, entry: Entry, outcome: Outcome, report: Report) -> Mapping[str, float]:
    """`task.check` -> strain, of a notebook's first run; checks that count or compare shapes have none."""
    found = {
        f"{check.task}.{check.id}": check.deviation / check.tolerance
        for check in report.checks
        if check.id in BY_NUMBERS and check.deviation is not None and check.tolerance
    }
    notebook = notebooks.align(notebooks.read(data, name), entry.scaffold)
    run = Observed(exercise=entry.exercise, outcome=outcome, files=data_files(entry))
    for task, view in look(entry.exercise, notebook, run, read_source(notebook)).items():
        facts = view.facts
        if facts is not None:
            laws = {"gradient": _gradient(facts), "update": facts.update.worst}
            laws |= {} if facts.undone else {"loss": facts.loss_law.worst}
            found |= {f"{task}.{law}": float(worst) for law, worst in laws.items()}
    return found


TIMES = (64, 32, 16, 8, 4, 2)
"""By how many times deviations are enlarged to see how much room there is."""


def _gradient(facts: Facts) -> float:
    """The strain of the gradients, those at a kink moved by what it leaves open towards the one asked for.

    Near a kink of a network's own the law allows more as soon as it has to: there it is how many times the deviation it still allows.
    """
    trace, base = facts.trace.head, facts.base
    if base is None or not facts.gradient.kept:
        return facts.gradient.worst
    asked = gradient_of(trace, base)
    with np.errstate(all="ignore"):
        off = trace.grad / facts.factor - asked
        if base.startswith("mae"):
            kinks = np.where(np.abs(residuals(trace)) <= 2 * trace.rounding, 2.0, 0.0)  # from -1 to 1
            open_ = trace.derivatives.reached(kinks) / trace.sizes[:, None]
            off = off - np.clip(off, -open_, open_)
        strain = gradient_law(trace, base, asked + off).worst
        if strain <= 1 / TIMES[-1]:
            return strain
        return next((1 / times for times in TIMES if gradient_law(trace, base, asked + times * off).kept), strain)
