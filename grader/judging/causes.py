"""Why there is no run, and why parameters move otherwise than asked: the rule behind what the laws saw."""

from __future__ import annotations

import re
from difflib import get_close_matches

import numpy as np

from grader.judging.by_hand import by_hand
from grader.judging.facts import Facts, asked_loss
from grader.judging.narrow import every
from grader.judging.outcomes import ENDED, words
from grader.judging.predictors import predictor_of, size_of
from grader.judging.replay import least_squares, replay_affine, rows_of
from grader.judging.view import View, follows
from grader.model.evidence import CellOutcome, Events, Object
from grader.model.exercise import SGD, Affine, At

__all__ = [
    "absence",
    "asked_cells",
    "cleared",
    "lacking_package",
    "moved_by",
    "optimizers_of",
    "own_errors",
    "seldom",
    "stepped",
    "trained_again",
    "update_rule",
]

# ---- why there is no run ------------------------------------------------------------------------------------------------


def absence(view: View) -> str:
    """'' where the task has its run; else the rule that says why not; `unread` where a training went on that can't be followed."""
    if view.facts is not None:
        return ""
    if view.task.training is None:
        return _no_work(view)
    source, events = view.source, view.idle
    busy = [f.trace.run.cell for f in view.others]  # what happened beside another run belongs to that run
    events = events.take(~np.isin(events.cell, busy))
    failed = [e for e in events if e.kind == "backward-failed" and e.value == 1.0]
    tried = bool(len(events.of("loss", "step")))
    errors = own_errors(view)
    if view.unread:
        return _unreadable(view, errors)
    if _blind(view):
        return "unread"
    if "backward" in source.named and (tried or not failed):
        return "not-called-backward"
    if failed:
        return "detached-loss"
    if any(c in source.own for c in source.broken) and not tried:
        return "syntax-error"
    if by_hand(view):
        return "unread"
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
    return "unread" if _worked_out(view) else "not-attempted"


def _worked_out(view: View) -> bool:
    """Whether a list asked for holds values that change and nobody typed: something was trained, without gradients of torch's."""
    asked = {a.name for a in view.task.recorded}
    lists = (n.values.reshape(-1) for n in view.evidence.values if n.name in asked and n.kind in ("list", "array") and not n.truncated)
    return view.source.numbers is None and any(v.size > 4 and np.isfinite(v).all() and np.ptp(v) > 0 for v in lists)


def _unreadable(view: View, errors: list[CellOutcome]) -> str:
    """Why runs can't be read: an error stopped them, or they train other parameters; else nobody can say."""
    if _stopped_short(view, errors):
        return "cell-error"
    size = size_of(predictor_of(view.training.model))
    return "wrong-model" if all(r.theta.shape[1] != size for r in view.unread) else "unread"


def _stopped_short(view: View, errors: list[CellOutcome]) -> bool:
    """Whether an error ended the cell of each run that can't be read before it came to half its steps."""
    wanted = len(view.known.x) // (view.training.batches.size or len(view.known.x)) * (view.training.epochs or 1)
    raised = {e.cell for e in errors}
    return all(r.cell in raised and 2 * len(r) <= wanted for r in view.unread)


def _no_work(view: View) -> str:
    """Why a task that trains nothing may have nothing to show: its cells could not be read or did not come to their end."""
    if any(c in view.source.own for c in view.source.broken):
        return "syntax-error"
    return "cell-error" if any(c.cell in asked_cells(view) for c in own_errors(view)) else "not-attempted"


def _blind(view: View) -> bool:
    """Whether the recorder itself failed at backward calls, or fell silent before a run that came to its end: no evidence either way."""
    evidence = view.evidence
    if any("backward" in what for what in evidence.dropped):
        return True
    return view.observed.outcome.status == "completed" and not evidence.complete and bool(evidence.environment)


def seldom(view: View, f: Facts) -> bool:
    """Whether losses or steps came again and again, and gradients at most half as often as asked for: backward() is outside the loop."""
    if f.training.epochs is not None and 2 * len(f.trace) > f.wanted:
        return False
    losses, steps = (int(np.sum(view.idle.of(kind).cell == f.trace.run.cell)) for kind in ("loss", "step"))
    backward = sum(int(np.sum(graph.cell == f.trace.run.cell)) for graph in view.evidence.steps)
    idle = max(losses, steps - backward)
    wanted = f.wanted if f.training.epochs is not None else idle if idle > 9 else 0  # as many as it takes: then as many as were begun
    return 2 * len(f.trace) <= wanted <= 2 * idle


def trained_again(view: View, f: Facts) -> int:
    """How many steps were taken in all where the training asked for was done several times over on the same parameters; else 0.

    Either the run itself is a whole number of times the one asked for, made at several places or by several calls, or the
    student's later runs go on where it ended.
    """
    times, over = divmod(len(f.trace), f.wanted)
    if times > 1 and not over and all(kept for law, kept in f.kept.items() if law != "steps"):
        starts = f.trace.run.site[:: f.wanted]
        several = len(np.unique(starts)) > 1 or len(f.trace.run.cells) > 1
        return len(f.trace) if several or f.trace.run.cell in view.source.repeated else 0
    total, last = len(f.trace), f
    for g in sorted(view.others, key=lambda g: int(g.trace.run.seq[0])):
        if g.trace.run.cell in view.source.own and follows(g, last):
            total, last = total + len(g.trace), g
    return total if last is not f else 0


def asked_cells(view: View) -> set[int]:
    """Indices of the cells that the student is to fill in."""
    return {c.index for c in view.notebook.cells if c.owner == "asked"}


MEANT = ("torch", "numpy", "pandas", "matplotlib", "seaborn", "sklearn", "mpl_toolkits", "scipy", "math", "random")
"""Packages that exercises use: a name much like one of them is a slip of the pen."""


def lacking_package(view: View) -> tuple[str, CellOutcome] | None:
    """A package that a cell imports and this machine has not got, with that cell; None where there is none, or the name is a slip."""
    for error in view.evidence.cells:
        if error.status == "error" and error.error == "ModuleNotFoundError":
            found = re.search(r"No module named '([^'.]+)", error.message)
            if found and found[1] not in MEANT and not get_close_matches(found[1], MEANT, n=1, cutoff=0.75):
                return found[1], error
    return None


def own_errors(view: View) -> list[CellOutcome]:
    """Cells of the student's that raised."""
    own = view.source.own
    return [c for c in view.evidence.cells if c.status == "error" and c.cell in own and c.error not in ENDED]


def _holds_answer(view: View) -> bool:
    """Whether the student's names or literals hold what only training gives: a list, or the trained weight and bias."""
    asked = {a.name for a in view.task.recorded}
    if view.source.numbers is not None and any(n.name in asked and n.values.size > 1 for n in view.evidence.values):
        return True
    training = view.training
    if not isinstance(training.model, Affine):
        return False
    start = np.array(training.start.values if isinstance(training.start, At) else (0.0, 0.0))
    batches = rows_of(len(view.known.x), training.batches.size, training.epochs or 1)
    x, y = view.known.x, view.known.expected(view.known.x)
    if training.epochs is None:  # as many as it takes: then where it leads
        end = least_squares(x, y)
    else:
        end = replay_affine(start, x, y, batches, training.optimizer, asked_loss(training).removesuffix("-sum"))[0][-1]
    literals = np.array([v for v, _ in view.source.literals])
    return bool(literals.size) and all(
        np.any(np.abs(literals - v) <= 0.06 * abs(v)) and np.any((np.abs(literals - v) <= 0.06 * abs(v)) & (literals % 1 != 0)) for v in end
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
    if f.moves in ("swapped", "clipped"):
        return "wrong-gradient"
    steppers = optimizers_of(view, f)
    asked = type(f.training.optimizer).__name__
    if steppers and any(name != asked for name in steppers):
        return "wrong-optimizer"
    if f.moves in ("rate", "changing") and steppers and _other_settings(view, f):
        return "wrong-optimizer"
    if f.moves in ("rate", "changing", "unexplained") and stepped(view, f) > 1:
        return "wrong-step-count"
    if f.moves == "rate":
        if view.foreign is not None:
            return "called-other-function"
        return "missing-step-of-some" if any(rate == 0.0 for rate in f.rates) else "wrong-learning-rate"
    if view.source.outside is not None and not steppers:
        return "step-outside-loop"
    if f.moves == "changing":
        return "wrong-optimizer" if not steppers and _momentum(f) else "wrong-learning-rate"
    if steppers and _other_settings(view, f):
        return "wrong-optimizer"
    if not steppers and _steps_others(view, f):
        return "stale-optimizer"
    return "wrong-gradient"


def _steps_others(view: View, f: Facts) -> bool:
    """Whether an optimizer of other tensors stepped while the run's own were replaced from step to step."""
    own = set(f.trace.run.tokens.reshape(-1).tolist())
    objects = view.evidence.objects
    steps = [e for e in _between(view, *_span(view, f)) if 0 <= e.object < len(objects)]
    return len(own) > f.trace.run.tokens.shape[1] and bool(steps) and not any(own & set(objects[e.object].tokens) for e in steps)


def stepped(view: View, f: Facts) -> int:
    """How many steps optimizers took with each gradient, where together they move by that many times the rate asked for; else 0."""
    first, last = _span(view, f)
    steps = view.evidence.events.of("step")
    own = set(f.trace.run.tokens[-1].tolist())
    mine = view.evidence.holders(own)
    taken = int(np.sum(np.isin(steps.object, mine) & (steps.seq >= first) & (steps.seq <= last)))
    times, over = divmod(taken, len(f.trace))
    asked = f.training.optimizer
    plain = isinstance(asked, SGD) and not asked.momentum and not asked.weight_decay  # others have no rate that could be read
    told = not plain or all(abs(rate - times * asked.lr) <= 1e-3 * asked.lr for rate in f.rates)
    return times if times > 1 and not over and told else 0


def _other_settings(view: View, f: Facts) -> str:
    """How the settings of the optimizer that stepped differ from those asked for, in words; '' where they don't (but for the rate)."""
    asked = f.training.optimizer
    wanted = {"momentum": getattr(asked, "momentum", 0.0), "weight_decay": asked.weight_decay}
    for thing in _steppers(view, f):
        for name, value in wanted.items():
            seen = thing.settings.get(name)
            if isinstance(seen, (int, float)) and abs(float(seen) - value) > 1e-12:
                return f"{thing.name} with {name} {words(float(seen))}"
        if len(set(thing.tokens) & set(f.trace.run.tokens[-1].tolist())) < len(set(f.trace.run.tokens[-1].tolist())):
            return f"{thing.name} that holds only some of the parameters"
    return ""


def moved_by(view: View, f: Facts) -> str:
    """What moved the parameters, in words."""
    return _other_settings(view, f) or ", ".join(sorted(optimizers_of(view, f))) or "an update of another kind"


def _momentum(f: Facts) -> bool:
    """Whether the ratio of move to gradient grows from step to step, as momentum makes it."""
    g, d = f.trace.grad[:-1, 0], f.trace.moves[:-1, 0]
    with np.errstate(all="ignore"):
        ratio = -d / g
    return bool(len(ratio) > 2 and np.all(np.isfinite(ratio[:3])) and not np.isclose(ratio[0], ratio[2], rtol=1e-2))


def _span(view: View, f: Facts) -> tuple[int, int]:
    """The order numbers between which a run's steps lie: from its first backward call to the cell's end, or to the next run's first."""
    last = int(f.trace.run.seq[-1])
    end = min((s.seq for s in view.evidence.leaves if s.cell == f.trace.run.cell and s.seq > last), default=last + 3)
    own = set(f.trace.run.tokens[-1].tolist())
    later = (g.trace.run for g in view.others if g.trace.run.seq[0] > last and not own & set(g.trace.run.tokens[0].tolist()))
    return int(f.trace.run.seq[0]), min((end, *(int(run.seq[0]) for run in later)))


def _between(view: View, first: int, last: int) -> Events:
    """Optimizer steps within a stretch of the one order of events; of many equal ones the first of each object."""
    steps = view.evidence.events.of("step")
    steps = steps.take((steps.seq >= first) & (steps.seq <= last))
    return (
        steps
        if len(steps) < 200
        else steps.take(np.unique(np.concatenate([np.unique(steps.object, return_index=True)[1], np.arange(100)])))
    )


STEPPERS = 64
"""How many optimizers are asked what they are: one whose rate changes at every step counts as another each time."""


def _steppers(view: View, f: Facts) -> list[Object]:
    """The optimizers that stepped the run's own parameters while it ran."""
    own = set(f.trace.run.tokens[-1].tolist()) | set(f.trace.run.tokens[0].tolist())
    objects = view.evidence.objects
    seen = dict.fromkeys(_between(view, *_span(view, f)).object.tolist())
    return [objects[i] for i in list(seen)[:STEPPERS] if 0 <= i < len(objects) and own & set(objects[i].tokens)]


def optimizers_of(view: View, f: Facts) -> set[str]:
    """Classes of the optimizers that stepped the run's own parameters while it ran."""
    return {thing.name for thing in _steppers(view, f)}


def cleared(view: View, f: Facts) -> str:
    """Which gradients zero_grad() cleared while the run went on: `never`, `others` (of other tensors), `sometimes`."""
    first, last = _span(view, f)
    events = view.evidence.events.of("zero_grad")
    events = events.take((events.seq >= first) & (events.seq <= last))
    if not len(events):
        return "sometimes" if np.any(every(f.trace.stale[1:] == 0)) else "never"
    own = set(f.trace.run.tokens[-1].tolist()) | set(f.trace.run.tokens[0].tolist())
    objects = view.evidence.objects
    mine = [i for i in set(events.object.tolist()) if 0 <= i < len(objects) and own & set(objects[i].tokens)]
    return "sometimes" if mine else "others"


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
