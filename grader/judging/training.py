"""The checks of the training itself: data, start, steps, loss, gradient, update, and where it led."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from grader.judging.causes import seldom, update_rule
from grader.judging.facts import Facts, asked_loss, asked_path
from grader.judging.laws import RELATIVE, gradient_law, loss_of, residuals
from grader.judging.naming import asked_step, rates_in_words, standing, which
from grader.judging.outcomes import Judged, apart, blocked, failed, passed, unobserved, words
from grader.judging.predictors import Predictor, predictor_of
from grader.judging.trace import Trace
from grader.judging.view import View
from grader.model.evidence import Array
from grader.model.exercise import AbsoluteError, At

__all__ = ["LAWS", "climbing", "final_of", "left_at", "outcome_checks", "training_checks"]

LAWS = ("data", "start", "steps", "loss", "gradient", "update")
MENDED = {
    "data": "the data are the exercise's",
    "start": "training starts where it should",
    "steps": "the number and size of the steps are right",
    "loss": "the loss is right",
    "gradient": "the gradients are right",
    "update": "the update is right",
}


def training_checks(view: View, absence: str) -> dict[str, Judged]:
    """data, start, steps, loss, gradient and update; `absence` is the rule that says why there is no run, '' where there is one."""
    facts = view.facts
    if facts is None:
        return _without(view, absence)
    out = {
        "data": _data(facts),
        "start": _start(facts),
        "steps": _steps(facts),
        "loss": _loss(facts),
        "update": _update(view, facts),
    }
    if facts.training.epochs is None and seldom(view, facts):
        counted = "1 step" if len(facts.trace) == 1 else f"{len(facts.trace)} steps"
        out["steps"] = failed("steps", f"{counted}, although losses were computed again and again", rule="wrong-step-count")
    out["gradient"] = _gradient(facts, out)
    if len(facts.trace) == 1 and facts.wanted > 1:
        out["gradient"] = blocked("gradient", "there are several steps: a single one can't show that gradients are fresh")
        if facts.moves == "still" and any(c.cell == facts.trace.run.cell and c.status == "error" for c in view.evidence.cells):
            out["update"] = blocked("update", "the cell runs on past its first step")
    if facts.moves in ("still", "rare", "unexplained") and seldom(view, facts):
        out["update"] = blocked("update", "every step has a gradient of its own")
    if view.evidence.damaged:
        out = {k: unobserved(k, "the evidence of this run arrived damaged") for k in out}
    return out


def _without(view: View, absence: str) -> dict[str, Judged]:
    if absence == "unread":
        return {c: unobserved(c, "a training was seen, but not one that the grader can follow step by step") for c in LAWS}
    if absence == "wrong-model":
        out = {c: blocked(c, "the model is the one asked for") for c in LAWS}
        out["steps"] = failed("steps", _other_parameters(view), rule="wrong-model")
        return out
    if absence in ("missing-backward", "detached-loss", "not-called-backward"):
        out = {c: blocked(c, "gradients of the loss are computed") for c in LAWS}
        out["gradient"] = failed("gradient", "no gradient was ever computed from the loss", actual=0, expected=1, rule=absence)
        return out
    out = {c: blocked(c, "the training is there") for c in LAWS}
    wanted = _wanted(view)
    out["steps"] = failed("steps", "no training run was found", actual=0, expected=wanted, rule=absence)
    return out


def _other_parameters(view: View) -> str:
    """How many parameters were trained, and how many are asked for."""
    model = predictor_of(view.training.model)
    trained = max(view.unread, key=len).shapes if view.unread else ()
    counts = [(sum(int(np.prod(s)) for s in shapes), len(shapes)) for shapes in (trained, model.shapes)]
    (n, tensors), (wanted, asked) = counts
    return f"{n} in {tensors} {'tensor' if tensors == 1 else 'tensors'}, where {wanted} in {asked} are asked for"


def _wanted(view: View) -> int:
    size = view.training.batches.size or len(view.known.x)
    return -(-len(view.known.x) // size) * (view.training.epochs or 1)


def _data(f: Facts) -> Judged:
    if not f.used.seen:
        return unobserved("data", "the targets that this run used could not be recovered")
    if f.used.why and f.order == "sizes" and f.used.missing and not f.used.foreign:
        return passed("data", f"trained on {len(f.used.y) - f.used.missing} of the {len(f.used.y)} rows of the exercise")
    if f.used.why:
        return failed(
            "data",
            f.used.why,
            actual=f.used.foreign or f.used.missing,
            expected=0,
            rule="train-test-swapped" if f.used.held else "wrong-data",
        )
    return passed("data", f"trained on the {len(f.used.y)} rows of the exercise")


def _start(f: Facts) -> Judged:
    first = tuple(float(v) for v in f.trace.theta[0])
    start = f.training.start
    wanted = start.values if isinstance(start, At) else None
    if not np.all(np.isfinite(first)):
        first = ()
    if f.start_off <= 1e-5:
        return passed(
            "start",
            f"started at {standing(f.trace.model, f.trace.theta[0])}",
            actual=first,
            expected=wanted,
            deviation=f.start_off,
            tolerance=1e-5,
        )
    asked = standing(f.trace.model, np.array(wanted)) if wanted else "a small random start"
    started = "all parameters of one kind start alike, so that they stay alike"  # a network's, where all are finite
    if f.trace.model.line or not first or np.isfinite(f.start_off):
        started = f"started at {standing(f.trace.model, f.trace.theta[0])}"
    message = f"{started}; asked for {asked}"
    return failed("start", message, actual=first, expected=wanted, deviation=f.start_off, tolerance=1e-5, rule="wrong-start")


def _steps(f: Facts) -> Judged:
    k = len(f.trace)
    if f.order == "sizes" or f.size != f.sizes:
        message = f"{f.size} rows a step; asked for {f.sizes}" if f.size != f.sizes else _unlike(f)
        return failed(
            "steps",
            message,
            actual=f.size,
            expected=f.sizes,
            deviation=float(abs(f.size - f.sizes)),
            tolerance=0.0,
            rule="wrong-batch-size",
        )
    if k != f.wanted:
        message = f"{k} {'step' if k == 1 else 'steps'}; asked for {f.wanted}"
        return failed(
            "steps", message, actual=k, expected=f.wanted, deviation=float(abs(k - f.wanted)), tolerance=0.0, rule="wrong-step-count"
        )
    if f.behind == "stepped":
        said = f"{k + f.trace.extra} steps, the last with a gradient that was used before; asked for {f.wanted}"
        return failed("steps", said, actual=k + f.trace.extra, expected=f.wanted, deviation=1.0, tolerance=0.0, rule="wrong-step-count")
    if f.order:
        return failed(
            "steps", "the rows come in another order than that of the data", actual="shuffled", expected="in order", rule="shuffled"
        )
    return passed("steps", f"{k} steps of {f.size} rows", actual=k, expected=f.wanted, deviation=0.0, tolerance=0.0)


def _unlike(f: Facts) -> str:
    """The first step of another number of rows than most, which have those asked for."""
    at = int(np.argmax(f.trace.sizes != f.sizes))
    n = int(f.trace.sizes[at])
    return f"step {at + 1} takes {n} row{'s' * (n != 1)}" if n != f.sizes else "the steps at the end of an epoch take others"


def _loss(f: Facts) -> Judged:
    if not f.used.seen and f.base is None:
        return unobserved("loss", "the loss could not be compared: the targets were not seen")
    law = f.loss_law
    facts = {"actual": float(f.trace.loss[law.at]), "deviation": law.deviation, "tolerance": RELATIVE}
    if f.undone:
        return passed("loss", f"every loss is {words(f.factor)} times the loss asked for, and every step takes that back")
    if law.kept:
        return passed("loss", "every loss is the loss asked for", **{**facts, "expected": float(f.trace.loss[law.at])})
    base = "mae" if "mae" in _asked(f) else "mse"
    expected = float(loss_of(f.trace.head, base)[law.at])
    pairs = f.base.endswith("-broadcast") if f.base is not None else bool(f.trace.broadcast)
    rule = "broadcast-loss" if pairs else "wrong-function" if _own_loss_of_other_model(f) else "wrong-loss"
    seen, wanted = apart(float(f.trace.loss[law.at]), expected)
    message = f"at step {law.at + 1} the loss is {seen}; the loss asked for is {wanted} there"
    if _frozen(f):
        rule, message = "wrong-loss", f"it is {words(float(f.trace.loss[0]))} from first to last"
    return failed("loss", message, rule=rule, **{**facts, "expected": expected})


def _frozen(f: Facts) -> bool:
    """Whether the loss is one and the same at every step on the same rows, although the parameters move."""
    t = f.trace.head
    same = len(t) > 2 and np.all(t.sizes == len(f.used.y)) and bool(np.all(t.loss == t.loss[0]))
    return bool(same and np.any(t.theta != t.theta[0]))


def _own_loss_of_other_model(f: Facts) -> bool:
    """Whether the losses are those asked for of the residuals that the graph kept, so that it is the predictions that are another's."""
    t = f.trace
    named = (t.family == "MseLoss") == (_asked(f) == "mse") and t.reduction == 1
    return f.base is None and not t.model.line and (t.outer == _asked(f) if t.outer else bool(t.family) and named)


def _asked(f: Facts) -> str:
    return asked_loss(f.training)


def _gradient(f: Facts, others: Mapping[str, Judged]) -> Judged:
    law = f.gradient
    if others["loss"].outcome == "unobserved":
        return unobserved("gradient", "the loss that it belongs to was not seen")
    if law.kept:
        return passed("gradient", "every gradient is fresh and the loss's own", deviation=law.deviation, tolerance=RELATIVE)
    if f.fresh and any(f.piled):
        if f.moves in ("still", "rare") or _resting(f):
            return blocked("gradient", "something moves the parameters")
        said = f"gradients of {which(f.trace.model, f.piled)} still hold those of earlier steps"
        return failed("gradient", said, deviation=law.deviation, tolerance=RELATIVE, rule="missing-zero-grad")
    said = "backward() runs twice in every step" if _twice(f) else f"the gradient at step {law.at + 1} is not the slope of that step's loss"
    return failed("gradient", said, deviation=law.deviation, tolerance=RELATIVE, rule="wrong-gradient")


def _resting(f: Facts) -> bool:
    """Whether gradients pile up only where nothing ever moves: what does not step a tensor does not clear it either."""
    return all(rate == 0.0 for rate, piled in zip(f.rates, f.piled, strict=True) if piled) and not all(f.piled)


def _twice(f: Facts) -> bool:
    """Whether every gradient is the fresh one taken twice."""
    t = f.trace.head
    return bool(t.parts.max() > 1) and gradient_law(t, f.base or "mse", (t.grad - t.stale) / (2 * f.factor)).kept


def _update(view: View, f: Facts) -> Judged:
    optimizer = f.training.optimizer
    rate = float(np.nanmedian(f.rates)) if np.isfinite(f.rates).any() else 0.0
    facts = {"actual": rate, "expected": optimizer.lr, "deviation": abs(rate - optimizer.lr), "tolerance": RELATIVE * optimizer.lr}
    if f.moves == "kept":
        return passed("update", f"every step is {asked_step(optimizer)}", **facts)
    if f.moves == "unseen":
        return unobserved("update", "no update was seen", ours=len(f.trace) > 1 and bool(np.isfinite(f.trace.theta[0]).all()))
    rule = update_rule(view, f)
    if f.moves not in ("rate", "sign", "still"):
        facts = {}  # a fitted rate would say nothing: the moves are no multiple of the gradient
    return failed("update", _moved(f), rule=rule, **facts)


def _moved(f: Facts) -> str:
    counted = "1 step" if len(f.trace) == 1 else f"{len(f.trace)} steps"
    lr = words(f.training.optimizer.lr)
    texts = {
        "still": f"the parameters never move ({counted})",
        "rare": f"the parameters move only at some of the {counted}",
        "rate": f"{rates_in_words(f.trace.model, f.rates)}; asked for {lr}",
        "sign": f"{climbing(f)} in the direction in which the loss rises",
        "swapped": "one parameter moves by the other's gradient",
        "clipped": "large gradients are cut to a bound before the steps use them",
        "changing": f"from step {f.update.at + 1} on, parameters move by another multiple of their gradients",
        "unexplained": f"parameters move by something other than a rate times their gradients (first at step {f.update.at + 1})",
    }
    return texts.get(f.moves, "steps differ from those asked for")


def climbing(f: Facts) -> str:
    """Which parameters go where the loss rises, with their verb."""
    climbs = [rate < 0 for rate in f.rates]
    return f"{which(f.trace.model, climbs)} {'move' if all(climbs) or sum(climbs) > 1 else 'moves'}"


def final_of(trace: Trace, lr: float) -> tuple[Array, bool]:
    """(P,) the parameters after the last step, and whether they were seen; else the last seen moved once more by the rate asked for.

    Where something else was assigned behind the last step, `trace.final` is that, and the last move is NaN.
    """
    if trace.final_seen and np.isfinite(trace.moves[-1]).any():
        return trace.final, True
    return np.asarray(trace.theta[-1] - lr * trace.grad[-1], np.float64), False


def left_at(f: Facts) -> Array:
    """(P,) the parameters with which the training was left: by its last step, or by loading those of an earlier one again."""
    return f.trace.final if f.trace.final_seen and f.behind != "typed" else final_of(f.trace, f.training.optimizer.lr)[0]


def outcome_checks(view: View, laws: Mapping[str, Judged]) -> dict[str, Judged]:
    """trajectory and learned: where the training led, against what was asked for from this start on this data."""
    if all(laws[c].outcome == "unobserved" for c in LAWS):
        return {c: unobserved(c, "the training could not be followed step by step") for c in ("trajectory", "learned")}
    first = next((c for c in LAWS if laws[c].outcome in ("failed", "blocked")), None)
    if first is not None or view.facts is None:
        cause = MENDED[next((c for c in LAWS if laws[c].outcome == "failed"), first or "steps")]
        return {c: blocked(c, cause) for c in ("trajectory", "learned")}
    if any(laws[c].outcome != "passed" for c in LAWS):
        return {c: unobserved(c, "part of the training was not seen") for c in ("trajectory", "learned")}
    f, t = view.facts, view.facts.trace.head
    final, _ = final_of(t, f.training.optimizer.lr)
    seen = np.vstack([t.theta, final[None]])
    path, losses = asked_path(f, view.known)
    tolerance = 10 * RELATIVE
    kink = _first_kink(f)
    with np.errstate(all="ignore"):
        off = np.abs(seen - path) / (1.0 + np.abs(path))
        lost = np.abs(t.loss / (f.factor if f.undone else 1.0) - losses) / (
            np.abs(losses) + tolerance * (1.0 + np.max(np.abs(f.used.y)) ** 2) / 10
        )
    off, lost = np.nan_to_num(off[: kink + 1], nan=0.0, posinf=1e9), np.nan_to_num(lost[: kink + 1], nan=0.0, posinf=1e9)
    worst = float(max(off.max(), lost.max() / 10))
    facts = {"actual": float(t.loss[-1]), "expected": float(losses[-1]), "deviation": worst, "tolerance": tolerance}
    if worst <= tolerance:
        way = passed("trajectory", "losses and parameters follow the training asked for, step by step", **facts)
    else:
        at = int(np.argmax(off.max(axis=1)))
        way = failed("trajectory", f"losses and parameters leave the path of the training asked for at step {at}", **facts)
    learned = _learned(t.model, path[-1], final, way, kinked=kink < len(t))
    if t is not f.trace and learned.outcome == "passed":  # the path is the head's: say where the run itself ends
        end = left_at(f)
        learned = passed("learned", f"ends at {standing(t.model, end)}", actual=tuple(float(v) for v in end))
    if f.behind == "typed" and learned.outcome == "passed":
        said = f"left at {standing(f.trace.model, f.trace.final)}; its last step led to {standing(f.trace.model, final)}"
        learned = failed("learned", said, rule="hard-coded")
    return {"trajectory": way, "learned": learned}


def _first_kink(f: Facts) -> int:
    """The first step at which a row lies so near a kink of the absolute error that rounding decides its gradient; K where none does.

    Behind it two right runs may differ: there each step is judged by the laws alone.
    """
    t = f.trace.head
    if not isinstance(f.training.loss, AbsoluteError):
        return len(t)
    near = np.abs(residuals(t)) <= 4 * t.rounding
    at = np.flatnonzero(near)
    return int(np.searchsorted(t.offset, at[0], side="right") - 1) if len(at) else len(t)


def _learned(model: Predictor, expected: Array, final: Array, way: Judged, *, kinked: bool) -> Judged:
    off = float(np.max(np.abs(final - expected) / (1.0 + np.abs(expected))))
    facts = {
        "actual": tuple(float(v) for v in final),
        "expected": tuple(float(v) for v in expected),
        "deviation": off,
        "tolerance": 10 * RELATIVE,
    }
    said = f"ends at {standing(model, final)}"
    if way.outcome != "passed":
        return blocked("learned", "the training follows its path")
    if off <= 10 * RELATIVE:
        return passed("learned", said, **facts)
    if kinked:  # every step kept the laws, so this end is one of those that the training asked for may reach
        return passed("learned", said, **{**facts, "tolerance": max(off, 10 * RELATIVE)})
    return failed("learned", f"{said}; the training asked for ends at {standing(model, expected)}", **facts)
