"""The check of figures: the curves asked for, drawn together from the run's own values, told apart for a reader."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from grader.judging.lists import moments, recorded_values, same
from grader.judging.outcomes import Judged, blocked, failed, passed, unobserved
from grader.judging.view import View
from grader.model.evidence import Array, Axes, Curve

__all__ = ["plotted_check", "plotted_of_others"]

SEEN = 20
"""How many points a curve that leaves values out has at least."""
READ = 20_000
"""A curve of so many points may have had more: no more of it are read."""


def plotted_of_others(view: View, views: Mapping[str, View]) -> Judged:
    """The figure of a task that trains nothing: its curves are what other tasks record."""
    assert view.task.figure is not None
    sources = [v for v in views.values() if any(asked.name in view.task.figure.curves for asked in v.task.recorded)]
    missing = next((v.task.id for v in sources if v.facts is None), None)
    return blocked("plotted", f"the run of {missing} is there") if missing is not None else plotted_check(view, sources)


def plotted_check(view: View, sources: list[View]) -> Judged:
    """plotted: whether one figure shows every curve asked for, from the values of these tasks' runs, labelled as asked."""
    assert view.task.figure is not None
    figure = view.task.figure
    wanted = {name: [v for source in sources or [view] for v in _curve_values(source, name)] for name in figure.curves}
    unknown = [name for name, options in wanted.items() if not options]
    best, unlabelled = 0, _drawn_elsewhere(view)
    for shown in view.evidence.figures:
        found = _shown(shown.axes, list(wanted.values()))
        best = max(best, len(found))
        if len(found) == len(wanted):
            result = _labelled(found, log=figure.log, legend=figure.legend)
            result = _mislabelled(found, wanted) or result
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
    everywhere = tuple(ax for shown in view.evidence.figures for ax in shown.axes)
    apart = len(_shown(everywhere, list(wanted.values()))) == len(wanted)
    said = f"no figure shows {' and '.join(wanted)} together"
    return failed(
        "plotted",
        f"{said}: they stand in figures of their own" if apart else f"{said}: {missing} of {len(wanted)} missing",
        actual=len(wanted) - missing,
        rule="not-plotted",
        expected=len(wanted),
    )


ELSEWHERE = ("plotly", "altair", "bokeh", "plotnine", "pygal", "holoviews", "hvplot")
"""Libraries that draw without matplotlib."""


def _drawn_elsewhere(view: View) -> Judged | None:
    """A figure of a library that draws without matplotlib can't be read: then somebody has to look."""
    drawn = next((name for name in ELSEWHERE if name in view.source.imports), None)
    return None if drawn is None else unobserved("plotted", f"figures drawn with {drawn} can't be read here")


NUMBER = re.compile(r"(?<![\w.])\d*\.?\d+(?:[eE][+-]?\d+)?(?![\w.]*\d)")


def _mislabelled(found: list[tuple[Axes, Curve]], wanted: Mapping[str, list[Array]]) -> Judged | None:
    """A curve that is labelled with the number of another one, which it does not show; labels that name no curve's number are free."""
    keys = {name: numbers[0] for name in wanted if len(numbers := _numbers(name)) == 1}
    for (_, curve), name in zip(found, wanted, strict=True):
        said = [other for other, number in keys.items() if number in _numbers(curve.label)]
        if len(said) == 1 and name in keys and said[0] != name and not any(_draws(curve, o) for o in wanted[said[0]]):
            return failed("plotted", f"the curve of {name} is labelled {curve.label!r}", rule="not-plotted")
    return None


def _numbers(text: str) -> list[float]:
    return [float(n) for n in NUMBER.findall(text)]


def _curve_values(view: View, name: str) -> list[Array]:
    """What a curve of that name may show: the list asked for, a list of that name, the given run's losses."""
    out: list[Array] = []
    for asked in view.task.recorded:
        if asked.name == name and view.facts is not None:
            out += [recorded_values(view, view.facts, asked, m) for m in moments(asked)]
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
    """Whether a curve shows these values: all that are finite (nothing else can be drawn), all below a bound, or every k-th."""
    y = curve.y
    if len(y) == READ < len(values) and same(y, values[:READ]):
        return True
    return same(y, values) or same(y[np.isfinite(y)], values[np.isfinite(values)]) or _bounded(y, values) or _thinned(y, values)


def _thinned(shown: Array, values: Array) -> bool:
    """Whether every k-th value is drawn, from the first ones to the last: of a thousand values nobody sees more."""
    if not SEEN <= len(shown) <= len(values) // 2:
        return False
    strides = range(max(2, (len(values) - 1) // len(shown)), len(values) // (len(shown) - 1) + 1)
    begin = values[: strides[-1]] if strides else values[:0]
    near = np.flatnonzero(np.isclose(begin, shown[0], rtol=1e-3, atol=1e-3) | ~np.isfinite(begin))
    for k in strides if len(near) else ():
        if any(same(shown, values[first::k]) for first in near[near < k].tolist() if len(values[first::k]) == len(shown)):
            return True
    return False


def _bounded(shown: Array, values: Array) -> bool:
    """Whether values that run away are drawn as far as a bound well above where they began: there the picture ends anyway."""
    if shown.shape != values.shape:
        return False
    drawn = np.isfinite(shown)
    if np.any(np.isfinite(values) & ~drawn) or drawn.sum() < 2:
        return False
    shown, values = shown[drawn], values[drawn]
    bound = float(np.max(shown))
    with np.errstate(all="ignore"):
        beyond = ~(values < bound)
    return bool(bound > 10 * abs(values[0]) and beyond.any() and np.all(shown[beyond] == bound)) and same(shown[~beyond], values[~beyond])


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
