"""The check of lists: what they should hold is the run's own losses and parameters, at the interval and moment asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from grader.judging.facts import Facts
from grader.judging.laws import Kind, loss_of, once
from grader.judging.outcomes import Judged, blocked, failed, passed, words
from grader.judging.predictors import predictions
from grader.judging.trace import Trace
from grader.judging.training import MENDED, final_of
from grader.judging.view import View
from grader.model.evidence import Array, Named
from grader.model.exercise import Recorded

__all__ = ["made_up", "moments", "recorded_check", "recorded_values", "same"]


def recorded_values(view: View, facts: Facts, asked: Recorded, moment: str) -> Array:
    """What the list should hold: the run's own losses or parameters at the interval asked for."""
    t = facts.trace
    if asked.quantity == "epoch":
        column = np.arange(len(t)) // _per_epoch(facts) + 0.0
    elif asked.quantity == "loss":
        column = _losses_after(facts) if moment == "after" else t.loss
    else:
        final, _ = final_of(t, facts.training.optimizer.lr)
        theta = np.vstack([t.theta[1:], final[None]]) if moment == "after" else t.theta
        if asked.quantity == "test-loss":
            return _held_out_loss(view, facts, _kept(facts, asked, theta))
        column = theta[:, 0 if asked.quantity == "weight" else 1]
    return _kept(facts, asked, np.asarray(column))


def _per_epoch(facts: Facts) -> int:
    """Steps an epoch, which is as long as the student's own."""
    count = len(facts.used.y) - (0 if facts.used.foreign else facts.used.missing)
    return 1 if facts.training.batches.size is None else max(1, -(-count // max(facts.size, 1)))


def _kept(facts: Facts, asked: Recorded, column: Array) -> Array:
    """Of one value a step (K, …), those at the interval asked for."""
    per_epoch = _per_epoch(facts)
    if asked.every == "step":
        return column
    return column[per_epoch - 1 :: per_epoch] if asked.every == "epoch" else column[:: per_epoch * asked.every]


def _losses_after(facts: Facts) -> Array:
    """(K,) the run's own kind of loss on each step's rows once more, at the parameters after the step; NaN where these are not known."""
    t, kind, lr = facts.trace, facts.base, facts.training.optimizer.lr
    if kind is None:
        return np.full(len(t), np.nan)
    return once(t, f"losses after {kind} {lr} {_per_epoch(facts)}", lambda: _read_after(t, kind, lr, _per_epoch(facts))) * facts.factor


def _read_after(trace: Trace, kind: Kind, lr: float, per_epoch: int) -> Array:
    final, _ = final_of(trace, lr)
    later = replace(_lengthened(trace, per_epoch), theta=np.vstack([trace.theta[1:], final[None]]))
    return loss_of(later, kind) if later.head is later else np.full(len(trace), np.nan)


def _lengthened(trace: Trace, period: int) -> Trace:
    """The trace with rows for all its steps: those behind its head are taken to have the rows of so many steps before."""
    known = len(trace.head) // period * period
    if trace.head is trace or not known:
        return trace
    sizes = np.resize(trace.sizes[:known], len(trace))
    x, y = (np.resize(column[: trace.offset[known]], sizes.sum()) for column in (trace.x, trace.y))
    return replace(trace, x=x, y=y, offset=np.concatenate([[0], np.cumsum(sizes)]))


def _held_out_loss(view: View, facts: Facts, theta: Array) -> Array:
    """(K,) the run's own kind of loss on the rows that it did not train on."""
    x, y = np.append(view.known.held_x, view.known.x), np.append(view.known.held_y, view.known.expected(view.known.x))
    mine = facts.trace.x[: facts.size] if facts.used.why else view.known.x  # held out is what the run did not train on
    out = np.min(np.abs(x[:, None] - mine[None]), axis=1) > 1e-4 * (1.0 + np.abs(x).max())
    x, y = (x[out], y[out]) if out.any() else (view.known.held_x, view.known.held_y)
    with np.errstate(all="ignore"):
        r = predictions(facts.trace.model, theta, x) - y
        base = np.mean(r**2, axis=1) if facts.base == "mse" else np.mean(np.abs(r), axis=1)
        summed = facts.base is not None and abs(facts.factor / max(facts.size, 1) - 1) < 1e-3
    return np.asarray(base * (len(x) if summed else facts.factor if facts.base is not None else 1.0), np.float64)


def made_up(view: View) -> Judged:
    """recorded, where a list holds values and there was no training."""
    name = view.task.recorded[0].name
    return failed("recorded", f"{name} holds values, but no training that could have given them was seen", rule="hard-coded")


def moments(asked: Recorded) -> tuple[str, ...]:
    """When a value may be read: before the step, after it, or either."""
    return ("before", "after") if asked.moment == "either" else (asked.moment,)


OVERFLOWS = 1e36
"""Sums of squares in float32 may overflow where their mean is beyond this."""


def same(values: Array, expected: Array) -> bool:
    """Equal up to float32, or up to rounding to three or more decimals."""
    if values.shape != expected.shape or not len(values):
        return False
    with np.errstate(all="ignore"):
        beyond = ~(np.abs(expected) < OVERFLOWS)  # there float32 may have run out of numbers on the way
    both = (~np.isfinite(values) & beyond) | np.isclose(values, expected, rtol=1e-4, atol=1e-6)
    if bool(both.all()):
        return True
    return bool(np.all(values == np.round(values, 6))) and any(
        bool(np.allclose(values, np.round(expected, d), rtol=1e-6, atol=10.0**-d * 0.51, equal_nan=True)) for d in (3, 4, 5, 6)
    )


def _lists(view: View) -> Iterator[Named]:
    """Every version of every list, array or one-dimensional tensor, the latest first."""
    for named in reversed(view.evidence.values):
        if named.kind in ("list", "array") and named.values.size:
            yield named


def _entries(named: Named) -> int:
    """How many there are, which may be more than were kept."""
    return int(np.prod(named.shape)) if named.truncated else named.values.size


def _equal(named: Named, expected: Array) -> bool:
    """Whether a list holds these values; of one whose tail was not kept, as far as it can be read."""
    values = named.values.reshape(-1)
    return _entries(named) == len(expected) and same(values, expected[: values.size])


def recorded_check(view: View) -> Judged:
    """recorded: whether every list asked for holds this run's values; under whatever name they stand."""
    assert view.facts is not None
    results = [_one_list(view, view.facts, asked) for asked in view.task.recorded]
    bad = min((r for r in results if r.outcome != "passed"), key=lambda r: r.rule == "recorded-other-values", default=None)
    if bad is not None:
        return bad
    notes = next((r.note for r in results if r.note), "")
    names = ", ".join(asked.name for asked in view.task.recorded)
    return passed(
        "recorded", f"{names} holds the run's values, in order", actual=results[0].actual, expected=results[0].expected, note=notes
    )


def _one_list(view: View, facts: Facts, asked: Recorded) -> Judged:
    if asked.quantity == "test-loss" and facts.base is None:
        return blocked("recorded", MENDED["loss"])  # what another model or loss gives on the rows held out, nobody can say
    options = [recorded_values(view, facts, asked, m) for m in moments(asked)]
    if facts.undone and asked.quantity == "loss":
        options += [o / facts.factor for o in options]
    wanted = _wanted(facts, asked)
    taken = {other.name for other in view.task.recorded if other.name != asked.name}  # what another list is asked to hold
    for named in sorted((n for n in _lists(view) if n.name not in taken), key=lambda n: n.name != asked.name):
        if any(_equal(named, o) for o in options):
            if len(options[0]) < min(5, wanted):
                return blocked("recorded", "the training takes its steps")
            note = "tensors-not-floats" if asked.plain and named.kind == "list" and named.element in ("tensor", "tensor-with-grad") else ""
            return passed("recorded", f"{named.name} holds {len(options[0])} values", actual=len(options[0]), expected=wanted, note=note)
    own = next((n for n in _lists(view) if n.name == asked.name), None)
    return _too_long(own, wanted) if own is not None and own.truncated else _not_recorded(view, facts, asked, own, options[0], wanted)


def _too_long(own: Named, wanted: int) -> Judged:
    """A list whose tail was not kept, and whose beginning or length is not this run's."""
    size = _entries(own)
    if size == wanted:
        return failed(
            "recorded", f"{own.name} holds other values than this run's", rule="recorded-other-values", actual=size, expected=wanted
        )
    said = f"{own.name} holds {size} values; asked for {wanted}"
    return failed("recorded", said, rule="recorded-at-wrong-interval", actual=size, expected=wanted)


def _wanted(facts: Facts, asked: Recorded) -> int:
    """How many entries the task asks for."""
    per_epoch = 1 if facts.training.batches.size is None else max(1, -(-len(facts.used.y) // max(facts.sizes, 1)))
    epochs = facts.training.epochs or len(facts.trace) // per_epoch
    if asked.every == "step":
        return facts.wanted
    return epochs if asked.every == "epoch" else -(-epochs // asked.every)


def _not_recorded(view: View, facts: Facts, asked: Recorded, own: Named | None, expected: Array, wanted: int) -> Judged:
    n, size = len(expected), 0 if own is None else own.values.size
    counts = {"actual": size, "expected": wanted}
    one = _one_for_all(view, own) if own is not None and size > wanted else ""
    if one:
        return failed("recorded", f"{one} are one and the same list", rule="recorded-elsewhere", **counts)
    others = (v for v in _lists(view) if v.values.size > n > 1 and not v.truncated)
    elsewhere = next((v for v in others if same(v.values.reshape(-1)[-n:], expected)), None)
    if elsewhere is not None:
        said = f"the values went to the end of {elsewhere.name} ({elsewhere.values.size} entries)"
        return failed("recorded", said, rule="recorded-elsewhere", **counts)
    number = next((v for v in view.evidence.values if v.name == asked.name and v.kind in ("number", "array") and v.values.size == 1), None)
    if own is None and number is not None:
        return failed("recorded", f"{asked.name} is one number, not a list of {wanted}", rule="nothing-recorded", **counts)
    if own is None:
        return failed("recorded", f"no list {asked.name} with values was found", rule="nothing-recorded", **counts)
    values = own.values.reshape(-1)
    other = next((o for o in view.task.recorded if o.name != asked.name and _holds(view, facts, o, values)), None)
    if other is not None:
        said = f"{asked.name} holds what belongs in {other.name}"
        return failed("recorded", said, rule="recorded-elsewhere", **counts)
    tensors = own.element in ("tensor", "tensor-with-grad", "array")
    if own.aliased or (tensors and size == n > 1 and np.all(values == values[-1]) and not np.all(expected == expected[-1])):
        return failed("recorded", f"every entry of {asked.name} shows the last value, {words(values[-1])}", rule="recorded-alias", **counts)
    if size == 1 < wanted:
        return failed("recorded", f"{asked.name} holds one value alone, where {wanted} are asked for", rule="recorded-reset", **counts)
    if asked.moment == "after" and same(values, recorded_values(view, facts, asked, "before")):
        return failed("recorded", f"{asked.name} holds values read before the step", rule="recorded-before-update", **counts)
    if asked.moment == "before" and asked.quantity != "loss" and same(values, recorded_values(view, facts, asked, "after")):
        return failed("recorded", f"{asked.name} holds values read after the update", rule="recorded-after-update", **counts)
    if _shifted(facts, asked, values):
        return failed("recorded", f"{asked.name} holds values read after the update", rule="recorded-after-update", **counts)
    steps = _other_steps(view, facts, asked, values)
    if size != n or steps:
        said = f"{asked.name} holds {size} values; asked for {wanted}"
        if size == wanted:
            said = f"{asked.name} holds the values of {steps or 'other steps'}, which are not those asked for"
        return failed("recorded", said, rule="recorded-at-wrong-interval", **counts)
    if _means(facts, asked, values):
        said = f"{asked.name} holds the mean of each epoch's {_per_epoch(facts)} losses, not the last of them"
        return failed("recorded", said, rule="recorded-other-values", **counts)
    with np.errstate(all="ignore"):
        worst = float(np.nan_to_num(np.max(np.abs(values - expected)), nan=1e9, posinf=1e9))
    message = f"{asked.name} holds other values than this run's" + (f" (up to {words(worst)} apart)" if worst < 1e9 else "")
    rule = "hard-coded" if view.source.numbers else "recorded-other-values"
    return failed("recorded", message, deviation=worst, tolerance=1e-4, rule=rule, **counts)


def _means(facts: Facts, asked: Recorded, values: Array) -> bool:
    """Whether a list of each epoch's last loss holds the mean of the epoch's losses."""
    n, losses = _per_epoch(facts), facts.trace.loss
    if asked.quantity != "loss" or asked.every != "epoch" or n < 2 or len(losses) % n:
        return False
    return same(values, losses.reshape(-1, n).mean(axis=1))


def _holds(view: View, facts: Facts, asked: Recorded, values: Array) -> bool:
    """Whether values are those that a list asked for should hold."""
    return any(same(values, recorded_values(view, facts, asked, m)) for m in moments(asked))


def _one_for_all(view: View, own: Named) -> str:
    """The names asked for that hold the same long list, in words; '' where they don't: `a = b = []` makes one list."""
    names = list(dict.fromkeys(asked.name for task in view.exercise.tasks for asked in task.recorded))
    latest = {n.name: n for n in view.evidence.values if n.name in names and n.kind == "list"}
    same_as = [n for n in names if n in latest and np.array_equal(latest[n].values, own.values, equal_nan=True)]
    if len(same_as) < 2 or own.values.size <= 1:
        return ""
    return f"{', '.join(same_as[:-1])} and {same_as[-1]}"


def _other_steps(view: View, facts: Facts, asked: Recorded, values: Array) -> str:
    """Which other steps or epochs a list holds the values of, at the interval asked for; '' where none that can be told."""
    if asked.every == "step" or asked.quantity == "epoch" or (asked.every == "epoch" and asked.quantity != "loss"):
        return ""
    steps = asked.every == "epoch"  # then of another step of each epoch than the last
    whole = replace(asked, every="step" if steps else "epoch")
    stride = max(1, len(facts.trace) // max(len(values), 1)) if steps else int(asked.every)
    for moment in moments(asked):
        column = recorded_values(view, facts, whole, moment)
        near = np.isclose(column[:stride], values[0], rtol=1e-3, atol=1e-2) | ~np.isfinite(column[:stride])
        for first in np.flatnonzero(near)[:1000].tolist():
            if same(values, column[first::stride][: len(values)]) and len(values) > 1:
                return f"{'steps' if steps else 'epochs'} {first}, {first + stride}, …"
    return ""


def _shifted(facts: Facts, asked: Recorded, values: Array) -> bool:
    """Losses of the parameters after each step: on a full batch the next step's losses."""
    if asked.quantity != "loss" or facts.size != facts.sizes or facts.training.batches.size is not None:
        return False
    expected = _kept(facts, asked, np.append(facts.trace.loss[1:], np.nan))
    known = np.isfinite(expected)
    return len(values) == len(expected) and known.sum() > 1 and same(values[known], expected[known])
