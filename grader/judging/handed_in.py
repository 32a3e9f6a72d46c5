"""The checks of what is handed in besides the run: lists, predictions, figures, the student's own fit, parity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from grader.judging.facts import Facts
from grader.judging.outcomes import Judged, blocked, failed, passed, unobserved, words
from grader.judging.predictors import predictions
from grader.judging.training import LAWS, MENDED, final_of
from grader.judging.view import View
from grader.model.evidence import Array, Axes, Curve, Named
from grader.model.exercise import Predictions, Recorded

__all__ = ["handed_in", "least_squares", "recorded_values"]


def handed_in(view: View, laws: Mapping[str, Judged], missing: str = "", views: Mapping[str, View] | None = None) -> dict[str, Judged]:
    """recorded, shape, plotted, fitted and parity, those that the task asks for; `missing` says why there is no run."""
    task, out = view.task, {}
    unread = bool(laws) and view.facts is None and all(laws[c].outcome == "unobserved" for c in LAWS)
    cause = next((MENDED[c] for c in LAWS if c in laws and laws[c].outcome == "failed"), "the training is there")
    if task.recorded:
        out["recorded"] = (
            _recorded(view) if view.facts is not None else _made_up(view) if missing == "hard-coded" else blocked("recorded", cause)
        )
    if task.predictions is not None:
        out["shape"] = _shape(view, task.predictions) if view.facts is not None else blocked("shape", cause)
    if task.figure is not None:
        out["plotted"] = (
            _plotted_of_others(view, views or {})
            if task.training is None
            else (_plotted(view, [view]) if view.facts is not None else blocked("plotted", cause))
        )
    if task.fit is not None:
        out["fitted"] = _fitted(view, task.fit.tolerance)
    if task.parity is not None:
        out["parity"] = _parity(view, laws, task.parity.tolerance)
    if unread:
        out = {
            k: unobserved(k, "the training that it belongs to could not be followed") if j.outcome == "blocked" else j
            for k, j in out.items()
        }
    if view.evidence.damaged:
        out = {k: unobserved(k, "the evidence of this run arrived damaged") for k in out}
    return out


# ---- lists --------------------------------------------------------------------------------------------------------------


def recorded_values(view: View, facts: Facts, asked: Recorded, moment: str) -> Array:
    """What the list should hold: the run's own losses or parameters at the interval asked for."""
    t = facts.trace
    per_epoch = 1 if facts.training.batches.size is None else max(1, -(-len(facts.used.y) // max(facts.size, 1)))
    if asked.quantity == "epoch":
        column = np.arange(len(t)) // per_epoch + 0.0
    elif asked.quantity == "loss":
        column = t.loss
    else:
        final, _ = final_of(t, facts.training.optimizer.lr)
        theta = np.vstack([t.theta[1:], final[None]]) if moment == "after" else t.theta
        column = _held_out_loss(view, facts, theta) if asked.quantity == "test-loss" else theta[:, 0 if asked.quantity == "weight" else 1]
    if asked.every == "step":
        return np.asarray(column)
    if asked.every == "epoch":
        return np.asarray(column[per_epoch - 1 :: per_epoch])
    return np.asarray(column[:: per_epoch * asked.every])


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


def _made_up(view: View) -> Judged:
    name = view.task.recorded[0].name
    return failed("recorded", f"{name} holds values, but no training that could have given them was seen", rule="hard-coded")


def _moments(asked: Recorded) -> tuple[str, ...]:
    return ("before", "after") if asked.moment == "either" else (asked.moment,)


def _same(values: Array, expected: Array) -> bool:
    """Equal up to float32, or up to rounding to three or more decimals."""
    if values.shape != expected.shape or not len(values):
        return False
    both = (~np.isfinite(values) & ~np.isfinite(expected)) | np.isclose(values, expected, rtol=1e-4, atol=1e-6)
    if bool(both.all()):
        return True
    return any(
        bool(np.allclose(values, np.round(expected, d), rtol=1e-6, atol=10.0**-d * 0.51, equal_nan=True)) for d in (3, 4, 5, 6)
    ) and bool(np.all(values == np.round(values, 6)))


def _lists(view: View) -> Iterator[Named]:
    """Every version of every list, array or one-dimensional tensor, the latest first."""
    for named in reversed(view.evidence.values):
        if named.kind in ("list", "array") and named.values.size and not named.truncated:
            yield named


def _recorded(view: View) -> Judged:
    assert view.facts is not None
    results = [_one_list(view, view.facts, asked) for asked in view.task.recorded]
    bad = next((r for r in results if r.outcome != "passed"), None)
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
    options = [recorded_values(view, facts, asked, m) for m in _moments(asked)]
    if facts.undone and asked.quantity == "loss":
        options += [o / facts.factor for o in options]
    wanted = _wanted(facts, asked)
    taken = {other.name for other in view.task.recorded if other.name != asked.name}  # what another list is asked to hold
    for named in sorted((n for n in _lists(view) if n.name not in taken), key=lambda n: n.name != asked.name):
        if any(_same(named.values.reshape(-1), o) for o in options):
            if len(options[0]) < min(5, wanted):
                return blocked("recorded", "the training takes its steps")
            note = "tensors-not-floats" if asked.plain and named.kind == "list" and named.element in ("tensor", "tensor-with-grad") else ""
            return passed("recorded", f"{named.name} holds {len(options[0])} values", actual=len(options[0]), expected=wanted, note=note)
    return _not_recorded(view, facts, asked, options[0], wanted)


def _wanted(facts: Facts, asked: Recorded) -> int:
    """How many entries the task asks for."""
    per_epoch = 1 if facts.training.batches.size is None else max(1, -(-len(facts.used.y) // max(facts.sizes, 1)))
    epochs = facts.training.epochs or len(facts.trace) // per_epoch
    if asked.every == "step":
        return facts.wanted
    return epochs if asked.every == "epoch" else -(-epochs // asked.every)


def _not_recorded(view: View, facts: Facts, asked: Recorded, expected: Array, wanted: int) -> Judged:
    own = next((n for n in _lists(view) if n.name == asked.name), None)
    n, size = len(expected), 0 if own is None else own.values.size
    counts = {"actual": size, "expected": wanted}
    elsewhere = next((v for v in _lists(view) if v.values.size > n > 1 and _same(v.values.reshape(-1)[-n:], expected)), None)
    if elsewhere is not None:
        said = f"the values went to the end of {elsewhere.name} ({elsewhere.values.size} entries)"
        return failed("recorded", said, rule="recorded-elsewhere", **counts)
    if own is None:
        return failed("recorded", f"no list {asked.name} with values was found", rule="nothing-recorded", **counts)
    values = own.values.reshape(-1)
    tensors = own.element in ("tensor", "tensor-with-grad", "array")
    if own.aliased or (tensors and size == n > 1 and np.all(values == values[-1]) and not np.all(expected == expected[-1])):
        return failed("recorded", f"every entry of {asked.name} shows the last value, {words(values[-1])}", rule="recorded-alias", **counts)
    if size == 1 < wanted:
        return failed("recorded", f"{asked.name} holds one value alone, where {wanted} are asked for", rule="recorded-reset", **counts)
    if asked.moment == "after" and _same(values, recorded_values(view, facts, asked, "before")):
        return failed("recorded", f"{asked.name} holds values read before the step", rule="recorded-before-update", **counts)
    if asked.moment == "before" and asked.quantity != "loss" and _same(values, recorded_values(view, facts, asked, "after")):
        return failed("recorded", f"{asked.name} holds values read after the update", rule="recorded-after-update", **counts)
    if _shifted(view, facts, asked, values):
        return failed("recorded", f"{asked.name} holds values read after the update", rule="recorded-after-update", **counts)
    if size != n or _at_other_steps(facts, asked, values, n):
        other = f"{asked.name} holds values of other steps than asked for"
        said = f"{asked.name} holds {size} values; asked for {wanted}" if size != wanted else other
        return failed("recorded", said, rule="recorded-at-wrong-interval", **counts)
    with np.errstate(all="ignore"):
        worst = float(np.nan_to_num(np.max(np.abs(values - expected)), nan=1e9, posinf=1e9))
    message = f"{asked.name} holds other values than this run's (up to {words(worst)} apart)"
    rule = "hard-coded" if view.source.numbers else "recorded-other-values"
    return failed("recorded", message, deviation=worst, tolerance=1e-4, rule=rule, **counts)


def _at_other_steps(facts: Facts, asked: Recorded, values: Array, n: int) -> bool:
    """Whether a list of one value an epoch holds those of another step of each epoch than the last."""
    stride = max(1, len(facts.trace) // max(n, 1))
    return (
        asked.every == "epoch"
        and asked.quantity == "loss"
        and any(_same(values, facts.trace.loss[i::stride]) for i in range(min(stride, 64)))
    )


def _shifted(view: View, facts: Facts, asked: Recorded, values: Array) -> bool:
    """Losses of the parameters after each step: on a full batch the next step's losses."""
    if asked.quantity != "loss" or facts.size != facts.sizes or facts.training.batches.size is not None:
        return False
    trace = facts.trace
    later = replace(facts, trace=replace(trace, loss=np.append(trace.loss[1:], np.nan)))
    expected = recorded_values(view, later, asked, "before")
    known = np.isfinite(expected)
    return len(values) == len(expected) and known.sum() > 1 and _same(values[known], expected[known])


# ---- predictions ----------------------------------------------------------------------------------------------------------


def _shape(view: View, asked: Predictions) -> Judged:
    assert view.facts is not None
    final, _ = final_of(view.facts.trace, view.facts.training.optimizer.lr)
    rows = view.known.x if not view.facts.used.why else view.facts.trace.x[: len(view.known.x)]  # predictions of the student's own data
    expected = predictions(view.facts.trace.model, final[None], rows)[0]
    scale = 2e-4 * (1.0 + float(np.max(np.abs(expected[np.isfinite(expected)]), initial=0.0)))
    latest: dict[str, Named] = {}
    for named in view.evidence.values:
        if named.kind in ("array", "list") and not named.truncated:
            latest[named.name] = named
    alike = [
        n
        for n in latest.values()
        if n.values.size == len(expected) and np.allclose(n.values.reshape(-1), expected, rtol=0, atol=scale, equal_nan=True)
    ]
    own = latest.get(asked.name)
    after = [n for n in alike if n.cell > view.facts.trace.run.cell or view.notebook.aligned == "nothing"]  # not what the loop itself named
    found = own if own is not None else next((n for n in after if n.shape == asked.shape), after[0] if after else None)
    if found is None:
        return failed(
            "shape", f"no array of the trained model's predictions ({asked.name}) was found", expected=asked.shape, rule="nothing-recorded"
        )
    facts = {"actual": found.shape, "expected": asked.shape, "cell": found.cell}
    if found.shape != asked.shape:
        return failed(
            "shape", f"{found.name} has shape {_tuple(found.shape)}; asked for {_tuple(asked.shape)}", rule="shape-mismatch", **facts
        )
    if found not in alike:
        return failed("shape", f"{found.name} does not hold the trained model's predictions", rule="wrong-data", **facts)
    return passed("shape", f"{found.name} has shape {_tuple(found.shape)}", **facts)


def _tuple(shape: tuple[int, ...]) -> str:
    return f"({shape[0]},)" if len(shape) == 1 else str(tuple(shape))


# ---- figures ----------------------------------------------------------------------------------------------------------------


def _plotted_of_others(view: View, views: Mapping[str, View]) -> Judged:
    """The figure of a task that trains nothing: its curves are what other tasks record."""
    assert view.task.figure is not None
    sources = [v for v in views.values() if any(asked.name in view.task.figure.curves for asked in v.task.recorded)]
    missing = next((v.task.id for v in sources if v.facts is None), None)
    return blocked("plotted", f"the run of {missing} is there") if missing is not None else _plotted(view, sources)


def _plotted(view: View, sources: list[View]) -> Judged:
    assert view.task.figure is not None
    figure = view.task.figure
    wanted = {name: [v for source in sources or [view] for v in _curve_values(source, name)] for name in figure.curves}
    unknown = [name for name, options in wanted.items() if not options]
    best, unlabelled = 0, None
    for shown in view.evidence.figures:
        found = _shown(shown.axes, list(wanted.values()))
        best = max(best, len(found))
        if len(found) == len(wanted):
            result = _labelled(found, log=figure.log, legend=figure.legend)
            if result.outcome == "passed":
                return result
            unlabelled = unlabelled or result
    if unlabelled is not None:
        return unlabelled
    if unknown:
        return failed("plotted", f"there is no list {unknown[0]} to show", rule="nothing-recorded")
    if not view.evidence.figures:
        return failed("plotted", "no figure was drawn", actual=0, expected=len(wanted), rule="not-plotted")
    missing = len(wanted) - best
    return failed(
        "plotted",
        f"no figure shows {' and '.join(wanted)} together ({missing} missing)",
        actual=len(wanted) - missing,
        rule="not-plotted",
        expected=len(wanted),
    )


def _curve_values(view: View, name: str) -> list[Array]:
    """What a curve of that name may show: the list asked for, a list of that name, the given run's losses."""
    out: list[Array] = []
    for asked in view.task.recorded:
        if asked.name == name and view.facts is not None:
            out += [recorded_values(view, view.facts, asked, m) for m in _moments(asked)]
    if not out:
        out += [f.trace.loss for f in view.given]
    out += [n.values.reshape(-1) for n in view.evidence.values if n.name == name and n.kind in ("list", "array") and n.values.size]
    return out


def _shown(axes: tuple[Axes, ...], wanted: list[list[Array]]) -> list[tuple[Axes, Curve]]:
    """For each wanted curve one of the figure's own that shows it, each used once (two lists may hold equal values)."""
    free = [(a, c) for a in axes for c in a.curves]
    found: list[tuple[Axes, Curve]] = []
    for options in wanted:
        hit = next((p for p in free if any(_draws(p[1], o) for o in options)), None)
        if hit is not None:
            free = [p for p in free if p[1] is not hit[1]]
            found.append(hit)
    return found


def _draws(curve: Curve, values: Array) -> bool:
    return _same(curve.y[np.isfinite(curve.y)] if np.isfinite(values).all() else curve.y, values)


def _labelled(found: list[tuple[Axes, Curve]], *, log: bool, legend: bool) -> Judged:
    """Whether a reader can tell the curves apart: by a legend, or by axes of their own with titles."""
    used = [a for i, (a, _) in enumerate(found) if not any(a is b for b, _ in found[:i])]
    labels = [c.label for _, c in found if c.label]
    texts = [t for a in used for t in a.legend if not t.startswith("_")]
    own = len(used) == len(found) > 1 and all(a.title or a.ylabel for a in used)
    tried = any(c.failed for _, c in found) and len(labels) == len(found)
    if legend and not own and not tried and len(texts) < len(found):
        said = "the curves carry no labels" if len(labels) < len(found) else "the curves are labelled, but no legend shows it"
        return failed("plotted", said, actual=len(texts), expected=len(found), rule="not-plotted")
    if log and not any(a.yscale in ("log", "symlog") for a in used):
        return failed("plotted", "the curves are not on a log scale", actual=used[0].yscale, expected="log", rule="not-plotted")
    return passed("plotted", "the figure shows the curves asked for, labelled", actual=len(found), expected=len(found))


# ---- scikit-learn -----------------------------------------------------------------------------------------------------------


def least_squares(x: Array, y: Array) -> Array:
    """(2,) slope and intercept of ordinary least squares (normal equations of one centred feature)."""
    cx, cy = x - x.mean(), y - y.mean()
    slope = float(cx @ cy / (cx @ cx))
    return np.array([slope, float(y.mean() - slope * x.mean())])


def _targets(view: View) -> Array | None:
    if view.known.y is not None:
        return view.known.y
    if view.facts is not None and np.all(np.isfinite(view.facts.used.y)):
        return view.facts.used.y
    return None


def _fitted(view: View, tolerance: float) -> Judged:
    y = _targets(view)
    if y is None:
        return blocked("fitted", "the training is there")
    expected = least_squares(view.known.x, y)
    states = {n.name: n for n in view.evidence.values if n.kind == "state"}
    best: tuple[float, Array] | None = None
    where: int | None = None
    single = False
    for name, coefficient in states.items():
        intercept = states.get(name.removesuffix(".coef_") + ".intercept_") if name.endswith(".coef_") else None
        if intercept is None or coefficient.values.size != 1 or intercept.values.size != 1:
            continue
        found = np.array([coefficient.values[0], intercept.values[0]])
        off = float(np.max(np.abs(found - expected) / np.abs(expected)))
        if best is None or off < best[0]:
            best, where, single = (off, found), coefficient.cell, coefficient.dtype == "float32"
    wanted = tuple(float(v) for v in expected)
    if best is None and view.facts is None:
        return blocked("fitted", "the training is there")
    if best is None:
        return failed(
            "fitted", "no fitted LinearRegression with one slope and one intercept was found", expected=wanted, rule="nothing-recorded"
        )
    if single:
        tolerance = max(tolerance, 1e-5)  # scikit-learn computes in float32 where the arrays are float32
    facts = {"actual": tuple(float(v) for v in best[1]), "expected": wanted, "deviation": best[0], "tolerance": tolerance}
    said = f"LinearRegression gives slope {words(best[1][0])}, intercept {words(best[1][1])}"
    if best[0] <= tolerance:
        return passed("fitted", said, **facts)
    said += f"; least squares on this data gives {words(expected[0])}, {words(expected[1])}"
    return failed("fitted", said, rule="wrong-data", cell=where, **facts)


def _parity(view: View, laws: Mapping[str, Judged], tolerance: float) -> Judged:
    cause = next((MENDED[c] for c in LAWS if laws[c].outcome == "failed"), None)
    if cause is not None or view.facts is None:
        return blocked("parity", cause or "the training is there")
    y = _targets(view)
    if y is None or any(laws[c].outcome != "passed" for c in LAWS):
        return unobserved("parity", "part of the training was not seen")
    expected = least_squares(view.known.x, y)
    final, _ = final_of(view.facts.trace, view.facts.training.optimizer.lr)
    off = float(np.max(np.abs(final - expected) / np.abs(expected)))
    facts = {
        "actual": tuple(float(v) for v in final),
        "expected": tuple(float(v) for v in expected),
        "deviation": off,
        "tolerance": tolerance,
    }
    said = f"trained {words(final[0])}, {words(final[1])}; scikit-learn {words(expected[0])}, {words(expected[1])}"
    return passed("parity", said, **facts) if off <= tolerance else failed("parity", said, rule="not-converged", **facts)
