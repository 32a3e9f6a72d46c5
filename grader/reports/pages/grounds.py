"""The pictures of a loss over weights and biases: the paths of two trainings on it, or a surface that a student drew."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from grader.model.evidence import Array
from grader.model.story import Chapter, Landscape, Trajectory
from grader.reports.pages.picture import Curve, Picture, Role, number
from grader.reports.pages.scales import drawable
from grader.reports.pages.wording import Words, close, ran_away

__all__ = ["path_pictures", "surface_pictures"]

APART = 0.015
"""How far apart two marks of a path are at least, where the ground is 1 wide."""
ENOUGH = 12.0
"""Widths of the ground that a path may cross before the eye can't follow it any more."""


def path_pictures(chapter: Chapter, asked: Trajectory | None, words: Words) -> list[Picture]:
    """The student's path and that of the training asked for, from above and in 3-D.  Empty where there is no ground to walk on."""
    own, ground = chapter.own, chapter.landscape
    if own is None or ground is None or own.theta.shape[1] != 2 or not drawable(own.theta[0]).all():
        return []
    asked = asked if asked is not None and asked.theta.shape[1] == 2 else None
    curves = [_walk("path of right training", "asked", asked, ground)] if asked is not None else []
    curves.append(_walk("your path", "own", own, ground))
    said = _said(own, asked, ground, words)
    whole = _told(own.theta, ground) == len(own.theta) and _inside(own.theta[-1], ground)
    start = own.theta[0]
    places = [(float(start[0]), float(start[1]), "start")]
    named = [(c, "your end" if c.role == "own" else "right end") for c in curves if whole or c.role != "own"]
    places += [(float(c.x[-1]), float(c.y[-1]), name) for c, name in named]
    above = Picture(
        kind="contour", subject="path", title=f"Your path over the {words.loss} surface", curves=tuple(curves), x_label=words.weight,
        y_label=words.bias, z_label=words.loss, ground=ground, places=tuple(places), table=_ends(own, asked, words),
        caption=f"{said} Each line joins places of equal {words.loss}; darker is higher.",
    )  # fmt: skip
    caption = f"The {words.loss} is the height over {words.weight} and {words.bias}. {said}"
    return [above, replace(above, kind="relief", title="The same path in 3-D", caption=caption, places=())]


def _said(own: Trajectory, asked: Trajectory | None, ground: Landscape, words: Words) -> str:
    """Where the paths begin and end."""
    start, last = own.theta[0], own.theta[drawable(own.theta).all(axis=1)][-1]
    begin = f"{words.weight} = {number(float(start[0]))}, {words.bias} = {number(float(start[1]))}"
    away = any(ran_away(float(a), float(b)) for a, b in zip(start, own.theta[-1], strict=True))
    said = f"{f'Both start at {begin}. ' if asked is not None else ''}{'Yours runs away' if away else f'Yours ends at {_pair(last)}'}"
    if asked is not None and drawable(asked.theta[-1]).all():
        end = asked.theta[-1]
        near = close(float(last[0]), float(end[0])) and close(float(last[1]), float(end[1]))
        said += ", as right training does" if near else f"{'; right training ends' if away else ', right training'} at {_pair(end)}"
    shown = _told(own.theta, ground)
    if not away and shown < len(own.theta):
        return f"{said}. It crosses the valley again and again: only its first {shown - 1} moves are drawn."
    return f"{said}." if away or _inside(last, ground) else f"{said}. Your path leaves the picture."


def _pair(at: Array) -> str:
    return f"({number(float(at[0]))}, {number(float(at[1]))})"


def _ends(own: Trajectory, asked: Trajectory | None, words: Words) -> tuple[tuple[str, ...], ...]:
    named = [("start", own.theta[0]), ("your end", own.theta[-1])]
    named += [("end of right training", asked.theta[-1])] if asked is not None else []
    return ("", words.weight, words.bias), *((name, *map(number, at.tolist())) for name, at in named)


def _inside(at: Array, ground: Landscape) -> bool:
    return bool(ground.weights[0] <= at[0] <= ground.weights[-1] and ground.biases[0] <= at[1] <= ground.biases[-1])


def _walk(name: str, role: Role, way: Trajectory, ground: Landscape) -> Curve:
    """A path over the ground, up to where it leaves it."""
    theta = way.theta[: _told(way.theta, ground)]
    inside = np.array([_inside(row, ground) for row in theta])
    out = int(np.argmin(inside)) if not inside.all() else len(theta)
    rows = theta[: max(out, 1)]
    if out < len(theta) and np.isfinite(theta[out]).all():
        rows = np.vstack([rows, _edge(theta[out - 1] if out else theta[0], theta[out], ground)])
    rows = _thinned(rows, ground)
    z = _heights(rows, ground)
    return Curve(name=name, role=role, x=rows[:, 0], y=rows[:, 1], z=z, marks=True)


def _told(theta: Array, ground: Landscape) -> int:
    """How much of a path can be followed with the eye: all of it, or its beginning where it crosses the ground again and again."""
    moves = np.abs(np.diff(theta, axis=0)) / np.array([np.ptp(ground.weights), np.ptp(ground.biases)])
    far = np.cumsum(np.nan_to_num(moves, nan=0.0, posinf=0.0).max(axis=1, initial=0.0))
    return len(theta) if not len(far) or far[-1] <= ENOUGH else max(2, int(np.searchsorted(far, ENOUGH)) + 1)


def _thinned(rows: Array, ground: Landscape) -> Array:
    """The places without those that would lie on one another in the picture; the first and the last stay."""
    size = np.array([np.ptp(ground.weights), np.ptp(ground.biases)])
    kept = [0]
    for i in range(1, len(rows) - 1):
        if float(np.abs((rows[i] - rows[kept[-1]]) / size).max()) >= APART:
            kept.append(i)
    return np.asarray(rows[[*kept, len(rows) - 1] if len(rows) > 1 else kept], np.float64)


def _edge(a: Array, b: Array, ground: Landscape) -> Array:
    """Where the way from a (inside) to b (outside) crosses the edge."""
    low, high = np.array([ground.weights[0], ground.biases[0]]), np.array([ground.weights[-1], ground.biases[-1]])
    shares = np.where(b > high, (high - a) / (b - a), np.where(b < low, (low - a) / (b - a), 1.0))
    return np.asarray(a + max(0.0, float(np.nanmin(shares))) * (b - a), np.float64)


def _heights(rows: Array, ground: Landscape) -> Array:
    """(T,) the ground's height under (T, 2) places, between its grid points in straight lines."""
    i = np.clip(np.searchsorted(ground.biases, rows[:, 1]) - 1, 0, len(ground.biases) - 2)
    j = np.clip(np.searchsorted(ground.weights, rows[:, 0]) - 1, 0, len(ground.weights) - 2)
    v = np.clip((rows[:, 1] - ground.biases[i]) / (ground.biases[i + 1] - ground.biases[i]), 0, 1)
    u = np.clip((rows[:, 0] - ground.weights[j]) / (ground.weights[j + 1] - ground.weights[j]), 0, 1)
    z = ground.loss
    low, high = z[i, j] * (1 - u) + z[i, j + 1] * u, z[i + 1, j] * (1 - u) + z[i + 1, j + 1] * u
    return np.asarray(low * (1 - v) + high * v, np.float64)


def surface_pictures(chapter: Chapter, words: Words, *, reference: bool) -> list[Picture]:
    """The student's own surface, and the one asked for where `reference`: from above both, then in 3-D."""
    grounds: list[tuple[Landscape | None, str, Role]] = [
        (chapter.drawn, "Your surface", "own"),
        (chapter.landscape if reference else None, f"The surface of the {words.loss}", "asked"),
    ]
    above = [_surface(ground, whose, role, words) for ground, whose, role in grounds if ground is not None and drawable(ground.loss).any()]
    return [*above, *(replace(p, kind="relief", title=f"{p.title} in 3-D", caption=p.caption.removesuffix(DARKER)) for p in above)]


DARKER = " Darker is higher."


def _surface(ground: Landscape, whose: str, role: Role, words: Words) -> Picture:
    """A surface from above, its lowest point marked."""
    at = np.unravel_index(int(np.argmin(np.where(drawable(ground.loss), ground.loss, np.inf))), ground.loss.shape)
    low, w, b = float(ground.loss[at]), float(ground.weights[at[1]]), float(ground.biases[at[0]])
    said = f"{whose} is lowest near {words.weight} = {number(w)}, {words.bias} = {number(b)}, where it is {number(low)}.{DARKER}"
    mark = Curve(name="lowest point", role=role, x=np.array([w]), y=np.array([b]), z=np.array([low]), line=False, marks=True)
    return Picture(
        kind="contour", subject="surface", title=whose, caption=said, curves=(mark,), ground=ground,
        x_label=words.weight, y_label=words.bias, z_label=words.loss,
        table=(("", words.weight, words.bias, words.loss), ("lowest point", number(w), number(b), number(low))),
    )  # fmt: skip
