"""From a chapter of a story to its pictures: which there are, what stands in them, and the sentence that says it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from grader.model.evidence import Array
from grader.model.story import Chapter, Fitted, Trajectory
from grader.reports.pages.grounds import path_pictures, surface_pictures
from grader.reports.pages.laws import law_pictures
from grader.reports.pages.picture import Curve, Picture, Role, number
from grader.reports.pages.scales import drawable
from grader.reports.pages.wording import Words, close, ran_away

__all__ = ["pictures"]

MARKS = 40
"""Points of a curve that are marked one by one."""
FAR = 1e4
"""How many times its start a loss may reach before it leaves the picture."""
RIGHT = "right training from your start"


@np.errstate(all="ignore")  # evidence may claim any number: what overflows is left out by its value, not by a warning
def pictures(
    chapter: Chapter, *, reference: bool = True, fit: bool = True, broken: frozenset[str] = frozenset(), brief: bool = False
) -> tuple[Picture, ...]:
    """The pictures of one task, the plainest first.

    reference: whether the training asked for may be shown; fit: whether scikit-learn's line may.  broken: the checks `gradient` and
    `update` where they failed, so that their steps are worth a look.  brief: loss and line alone.
    """
    words = Words(chapter)
    asked = chapter.asked if reference else None
    out: list[Picture] = []
    if chapter.own is not None:
        out += _loss(chapter.own, asked, words)
        out += _line(chapter, asked, words, fit=fit) if chapter.fitted is None else _model(chapter, chapter.fitted, reference=reference)
        if not brief:
            out += law_pictures(chapter, (words.weight, words.bias), broken)
            out += [p for j in (0, 1) for p in _parameter(chapter.own, asked, words, j)]
            out += path_pictures(chapter, asked, words)
    elif chapter.drawn is not None or (reference and chapter.landscape is not None):
        out += surface_pictures(chapter, words, reference=reference)
    return tuple(out)


# ---- the loss ---------------------------------------------------------------------------------------------------------------


def _loss(own: Trajectory, asked: Trajectory | None, words: Words) -> list[Picture]:
    if not len(own.losses):
        return []
    first, last, units = float(own.losses[0]), float(own.losses[-1]), own.steps / own.every
    curves = [_curve("yours", "own", own.at, own.losses)]
    away = ran_away(first, last)
    said = f"Your {words.loss} {'runs away' if away else 'goes'} from {number(first)} to {number(last)} in {words.count(units)}."
    if len(own.losses) == 1:
        said = f"Your {words.loss} was computed and used once: {number(last)}."
    if asked is not None and len(asked.losses):
        end = float(asked.losses[-1])
        curves.insert(0, _curve(RIGHT, "asked", asked.at, asked.losses))
        same = own.steps == asked.steps and (close(last, end) or (away and ran_away(first, end)))
        ran = "" if asked.steps == own.steps else f" in {words.count(asked.steps / asked.every)}"
        where = "does the same" if same and away else "ends there too" if same else f"ends at {number(end)}{ran}"
        said += f" Right training from your start {where}."
    bounded, log = _bounded(curves)
    title = f"The {words.loss} over the {words.unit}s" if own.every == 1 else f"The mean {words.loss} of each {words.unit}"
    return [
        Picture(
            kind="curves", subject="loss", title=title, caption=said, curves=bounded,
            x_label=words.unit, y_label=words.loss + (" (logarithmic)" if log else ""), log=log,
            table=_table(words.unit, own.at, [(c.name, c) for c in reversed(curves)]),
        )
    ]  # fmt: skip


def _curve(name: str, role: Role, x: Array, y: Array) -> Curve:
    return Curve(name=name, role=role, x=x, y=y, marks=len(x) <= MARKS)


def _bounded(curves: list[Curve]) -> tuple[tuple[Curve, ...], bool]:
    """The curves as far as they can be drawn together, and whether on a logarithmic axis."""
    values = np.concatenate([c.y for c in curves])
    usable = values[drawable(values)]
    ceiling = FAR * max((abs(float(c.y[0])) for c in curves if len(c.y) and drawable(c.y)[0]), default=1.0)
    kept = tuple(replace(c, y=_until_away(c.y, ceiling)) for c in curves)
    positive = usable[usable > 0]
    return kept, len(positive) == len(usable) > 0 and float(positive.max()) > 50 * float(positive.min())


def _until_away(y: Array, ceiling: float) -> Array:
    """(T,) values up to the first beyond the ceiling, which is drawn at it: a training that runs away leaves through the edge."""
    out = np.flatnonzero(~(np.abs(y) <= ceiling))
    cut = np.where(np.arange(len(y)) > (out[0] if len(out) else len(y)), np.nan, y)
    return np.asarray(np.where(np.isnan(cut), np.nan, np.clip(cut, -ceiling, ceiling)), np.float64)


def _table(unit: str, at: Array, columns: list[tuple[str, Curve]]) -> tuple[tuple[str, ...], ...]:
    """At most eleven rows of the curves' numbers, where the first curve has points."""
    some = np.unique(np.linspace(0, len(at) - 1, min(len(at), 11)).round().astype(np.int64)) if len(at) else np.zeros(0, np.int64)
    rows = [(unit, *(name for name, _ in columns))]
    for i in some:
        place = float(at[i])
        found = [np.flatnonzero(np.abs(curve.x - place) < 1e-9) for _, curve in columns]
        rows.append((number(place), *(number(float(c.y[hit[0]])) if len(hit) else "–" for (_, c), hit in zip(columns, found, strict=True))))
    return tuple(rows)


# ---- parameters -------------------------------------------------------------------------------------------------------------


def _parameter(own: Trajectory, asked: Trajectory | None, words: Words, j: int) -> list[Picture]:
    if own.theta.shape[1] != 2:
        return []
    name, subject = (words.weight, "weight") if j == 0 else (words.bias, "bias")
    curves = [_curve("yours", "own", own.theta_at, own.theta[:, j])]
    ends = own.theta[drawable(own.theta[:, j]), j]
    if not len(ends):
        return []
    first, last = float(ends[0]), float(ends[-1])
    said = f"Your {name} {'runs away' if ran_away(first, last) else 'goes'} from {number(first)} to {number(last)}."
    reach = [abs(first)]
    if asked is not None:
        curves.insert(0, _curve(RIGHT, "asked", asked.theta_at, asked.theta[:, j]))
        end = float(asked.theta[-1, j])
        said += " Right training ends there too." if close(last, end) else f" Right training ends at {number(end)}."
        reach += np.abs(asked.theta[drawable(asked.theta[:, j]), j]).tolist()
    ceiling = 5 * max(*reach, 1.0)
    bounded = tuple(replace(c, y=_until_away(c.y, ceiling)) for c in curves)
    return [
        Picture(
            kind="curves", subject=subject, title=f"{name} over the {words.unit}s", caption=said, curves=bounded, x_label=words.unit,
            y_label=name, table=_table(words.unit, own.theta_at, [(c.name, c) for c in reversed(curves)]),
        )
    ]  # fmt: skip


# ---- the line over the data -------------------------------------------------------------------------------------------------


def _line(chapter: Chapter, asked: Trajectory | None, words: Words, *, fit: bool) -> list[Picture]:
    own = chapter.own
    if own is None or own.theta.shape[1] != 2 or not len(chapter.x):
        return []
    ends = own.theta[drawable(own.theta).all(axis=1)]
    if not len(ends) or not (drawable(chapter.x) & drawable(chapter.y)).all():
        return []
    x = np.array([chapter.x.min(), chapter.x.max()])
    lines: list[tuple[str, Role, tuple[float, float]]] = [("your line", "own", (float(ends[-1, 0]), float(ends[-1, 1])))]
    if fit and chapter.fit is not None:
        lines.append(("scikit-learn's line", "fit", chapter.fit))
    elif asked is not None and drawable(asked.theta[-1]).all():
        lines.append(("line of right training", "asked", (float(asked.theta[-1, 0]), float(asked.theta[-1, 1]))))
    curves = [_data(chapter)]
    reach = float(np.ptp(chapter.y)) or 1.0
    low, high = float(chapter.y.min()) - 1.5 * reach, float(chapter.y.max()) + 1.5 * reach
    for name, role, (slope, intercept) in reversed(lines):
        curves.append(_within(name, role, x, slope, intercept, low, high))
    outside = "" if len(curves[-1].x) else " Yours lies outside the picture."
    said = "; ".join(f"{name} is {_equation(*at)}" for name, _, at in lines)
    return [
        Picture(
            kind="curves", subject="line", title="Your line over the data", caption=f"{said[0].upper()}{said[1:]}.{outside}",
            curves=tuple(c for c in curves if len(c.x)), x_label="x", y_label="y",
            table=(("line", words.weight, words.bias), *((name, number(w), number(b)) for name, _, (w, b) in lines)),
        )
    ]  # fmt: skip


def _model(chapter: Chapter, fitted: Fitted, *, reference: bool) -> list[Picture]:
    """What a model that is no line predicts, over the data."""
    asked = fitted.asked if reference else None
    both = [("your model", fitted.own), *([("model of right training", asked)] if asked is not None else [])]
    if not (drawable(chapter.x) & drawable(chapter.y)).all() or not drawable(fitted.own).all():
        return []
    curves = [_data(chapter)]
    roles: dict[str, Role] = {"your model": "own"}
    curves += [Curve(name=name, role=roles.get(name, "asked"), x=fitted.x, y=y) for name, y in reversed(both)]
    off = [(name, float(np.mean(np.abs(np.interp(chapter.x, fitted.x, y) - chapter.y)))) for name, y in both]
    said = "; ".join(f"{name} is {number(value)} off the data on average" for name, value in off)
    return [
        Picture(
            kind="curves", subject="line", title="Your model over the data", caption=f"{said[0].upper()}{said[1:]}.", curves=tuple(curves),
            x_label="x", y_label="y", table=(("model", "off on average"), *((name, number(value)) for name, value in off)),
        )
    ]  # fmt: skip


def _data(chapter: Chapter) -> Curve:
    some = np.linspace(0, len(chapter.x) - 1, min(len(chapter.x), 200)).round().astype(np.int64)
    return Curve(name="data", role="data", x=chapter.x[some], y=chapter.y[some], line=False, marks=True)


def _within(name: str, role: Role, x: Array, slope: float, intercept: float, low: float, high: float) -> Curve:
    """A line where it passes between low and high: one far off must not squeeze the data flat."""
    many = np.linspace(x[0], x[1], 200)
    y = slope * many + intercept
    kept = np.flatnonzero((y >= low) & (y <= high))
    ends = kept[[0, -1]] if len(kept) > 1 else np.zeros(0, np.int64)
    return Curve(name=name, role=role, x=many[ends], y=y[ends])


def _equation(slope: float, intercept: float) -> str:
    sign = "−" if intercept < 0 else "+"
    return f"y = {number(slope)} x {sign} {number(abs(intercept))}"
