"""Why there is no run, and why parameters move otherwise than asked: the rule behind what the laws saw."""

from __future__ import annotations

import numpy as np

from grader.judging.facts import Facts, asked_loss
from grader.judging.replay import replay_affine, rows_of
from grader.judging.view import View
from grader.model.evidence import CellOutcome, Events
from grader.model.exercise import At

__all__ = ["absence", "asked_cells", "optimizers_of", "own_errors", "update_rule"]

# ---- why there is no run ------------------------------------------------------------------------------------------------


def absence(view: View) -> str:
    """'' where the task has its run; else the rule that says why not."""
    if view.facts is not None:
        return ""
    source, events = view.source, view.idle
    failed = [e for e in events if e.kind == "backward-failed" and e.value == 1.0]
    tried = [e for e in events if e.kind in ("loss", "step")]
    errors = own_errors(view)
    if view.unread:
        return "wrong-model" if all(r.theta.shape[1] != 2 for r in view.unread) else "unread"
    if "backward" in source.named and (tried or not failed):
        return "not-called-backward"
    if failed:
        return "detached-loss"
    if any(c in source.own for c in source.broken) and not tried:
        return "syntax-error"
    if tried and ("backward" not in source.called or not errors):
        return "missing-backward"
    if any(f.trains and not f.called for f in source.functions):
        return "not-called"
    if errors and (tried or any(v in source.called for v in ("backward", "step", "grad"))):
        return "cell-error"
    if _holds_answer(view):
        return "hard-coded"
    if errors and any(c.cell in asked_cells(view) for c in errors):
        return "cell-error"
    return "not-attempted"


def asked_cells(view: View) -> set[int]:
    """Indices of the cells that the student is to fill in."""
    return {c.index for c in view.notebook.cells if c.owner == "asked"}


def own_errors(view: View) -> list[CellOutcome]:
    """Cells of the student's that raised."""
    own = view.source.own
    return [c for c in view.evidence.cells if c.status == "error" and c.cell in own]


def _holds_answer(view: View) -> bool:
    """Whether the student's names or literals hold what only training gives: a list, or the trained weight and bias."""
    asked = {a.name for a in view.task.recorded}
    if view.source.numbers is not None and any(n.name in asked and n.values.size > 1 for n in view.evidence.values):
        return True
    training = view.task.training
    start = np.array(training.start.values if isinstance(training.start, At) else (0.0, 0.0))
    batches = rows_of(len(view.known.x), training.batches.size, training.epochs)
    path, _ = replay_affine(
        start, view.known.x, view.known.expected(view.known.x), batches, training.optimizer, asked_loss(training).removesuffix("-sum")
    )
    literals = np.array([v for v, _ in view.source.literals])
    return bool(literals.size) and all(
        np.any(np.abs(literals - v) <= 0.06 * abs(v)) and np.any((np.abs(literals - v) <= 0.06 * abs(v)) & (literals % 1 != 0))
        for v in path[-1]
    )


# ---- why the parameters move otherwise ---------------------------------------------------------------------------------


def update_rule(view: View, f: Facts) -> str:
    """The rule behind a broken update law."""
    if f.moves == "still":
        return _still(view, f)
    if f.moves == "rare":
        return "step-outside-loop"
    if f.moves == "sign":
        return "wrong-update-sign"
    if f.moves == "swapped":
        return "wrong-gradient"
    steppers = optimizers_of(view, f)
    asked = type(f.training.optimizer).__name__
    if steppers and any(name != asked for name in steppers):
        return "wrong-optimizer"
    if f.moves == "rate":
        if view.foreign is not None:
            return "called-other-function"
        return "wrong-learning-rate"
    if view.source.outside is not None and len(steppers) == 0:
        return "step-outside-loop"
    if f.moves == "changing":
        return "wrong-optimizer" if steppers or _momentum(f) else "wrong-learning-rate"
    return "wrong-optimizer" if steppers else "wrong-gradient"


def _momentum(f: Facts) -> bool:
    """Whether the ratio of move to gradient grows from step to step, as momentum makes it."""
    g, d = f.trace.grad[:-1, 0], f.trace.moves[:-1, 0]
    with np.errstate(all="ignore"):
        ratio = -d / g
    return bool(len(ratio) > 2 and np.all(np.isfinite(ratio[:3])) and not np.isclose(ratio[0], ratio[2], rtol=1e-2))


def _span(view: View, f: Facts) -> tuple[int, int]:
    last = int(f.trace.run.seq[-1])
    return int(f.trace.run.seq[0]), min(
        (s.seq for s in view.evidence.leaves if s.cell == f.trace.run.cell and s.seq > last), default=last + 3
    )


def _between(view: View, first: int, last: int) -> Events:
    """Optimizer steps within a stretch of the one order of events; of many equal ones the first of each object."""
    steps = view.evidence.events.of("step")
    steps = steps.take((steps.seq >= first) & (steps.seq <= last))
    return (
        steps
        if len(steps) < 200
        else steps.take(np.unique(np.concatenate([np.unique(steps.object, return_index=True)[1], np.arange(100)])))
    )


def optimizers_of(view: View, f: Facts) -> set[str]:
    """Classes of the optimizers that stepped the run's own parameters while it ran."""
    first, last = _span(view, f)
    own = set(f.trace.run.tokens[-1].tolist()) | set(f.trace.run.tokens[0].tolist())
    objects = view.evidence.objects
    return {
        objects[e.object].name for e in _between(view, first, last) if 0 <= e.object < len(objects) and own & set(objects[e.object].tokens)
    }


def _still(view: View, f: Facts) -> str:
    """Nothing moves: no step at all, a step of other tensors, a step of zeroed gradients, or a rate of zero."""
    first, last = _span(view, f)
    objects = view.evidence.objects
    own = set(f.trace.run.tokens[-1].tolist())
    steps = [e for e in _between(view, first, last) if 0 <= e.object < len(objects)]
    if not steps:
        if "step" in view.source.named:
            return "not-called-step"
        if view.source.outside is not None or np.any(np.nan_to_num(f.trace.moves[-1]) != 0):
            return "step-outside-loop"
        return "zero-grad-before-step" if view.source.early is not None else "missing-step"
    mine = [e for e in steps if own & set(objects[e.object].tokens)]
    if not mine:
        return "stale-optimizer"
    if len(mine) == 1 and len(f.trace) > 1:
        return "step-outside-loop"
    if all(float(objects[e.object].settings.get("lr") or 0.0) == 0.0 for e in mine):
        return "wrong-learning-rate"
    return "zero-grad-before-step"
