"""All losses of a class over each other, as one SVG for each task."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from grader.reports.pages.scales import Scale, drawable, scale_of
from grader.reports.pages.strokes import line_through

if TYPE_CHECKING:
    from grader.reports.pages.course import Losses

__all__ = ["many_losses"]

WIDTH, HEIGHT = 720, 340
LEFT, RIGHT, TOP, BOTTOM = 56, 14, 12, 42
POINTS = 6000
"""Points of one picture, over all its curves."""
FEWEST = 2
"""Curves that are worth a picture."""
TASKS = 4
"""Pictures at most."""


@np.errstate(all="ignore")  # as in pictures()
def many_losses(found: Sequence[tuple[str, bool, Sequence[Losses]]]) -> list[dict[str, str]]:
    """For each task with curves to compare: its name, a sentence, and the SVG.

    found: for each submission its student, whether it has full marks, and its losses.  A curve's `data-row` is its place in `found`.
    """
    tasks = list(dict.fromkeys(one.task for _, _, losses in found for one in losses))
    out = []
    for task in tasks[:TASKS]:
        mine = [(row, name, full, one) for row, (name, full, losses) in enumerate(found) for one in losses if one.task == task]
        if len(mine) >= FEWEST:
            out.append({"task": task if len(tasks) > 1 else "", "caption": _caption(mine), "svg": _drawing(mine)})
    return out


def _caption(mine: Sequence[tuple[int, str, bool, Losses]]) -> str:
    ends = np.array([one.losses[-1] for *_, one in mine])
    right = np.array([one.losses[-1] for _, _, full, one in mine if full])
    wild = int(np.sum(~np.isfinite(ends) | (ends > np.array([one.losses[0] for *_, one in mine]))))
    said = f"{len(mine)} runs."
    if len(right):
        said += f" The {len(right)} with full marks end between {right.min():.4g} and {right.max():.4g}."
    return said + (f" {wild} end above their start." if wild else "")


def _drawing(mine: Sequence[tuple[int, str, bool, Losses]]) -> str:
    starts = [abs(float(one.losses[0])) for *_, one in mine if drawable(one.losses)[0]]
    ceiling = 30 * float(np.median(starts)) if starts else 1.0  # what runs away leaves through the upper edge
    values = [np.where(np.isnan(one.losses), np.nan, np.clip(one.losses, -ceiling, ceiling)) for *_, one in mine]
    flat = np.concatenate(values)
    flat = flat[np.isfinite(flat)]
    log = bool(len(flat) and flat.min() > 0 and flat.max() > 50 * flat.min())
    across = scale_of([one.at for *_, one in mine], LEFT, WIDTH - RIGHT, pad=0.01)
    up = scale_of(values, HEIGHT - BOTTOM, TOP, log=log)
    parts = [_axes(across, up, mine[0][3].unit, "loss" + (" (logarithmic)" if log else ""))]
    many = max(8, POINTS // len(mine))
    for (row, name, full, one), y in sorted(zip(mine, values, strict=True), key=lambda item: item[0][2], reverse=True):
        some = np.unique(np.linspace(0, len(one.at) - 1, min(len(one.at), many)).round().astype(np.int64))
        d = line_through(across.place(one.at[some]).round(), up.place(y[some]).round())
        parts.append(f'<path class="run {"full" if full else "lost"}" data-row="{row}" d="{d}"><title>{escape(name)}</title></path>')
    return "".join(parts)


def _axes(across: Scale, up: Scale, unit: str, loss: str) -> str:
    parts = []
    for value, text in across.ticks:
        x = f"{float(across.place(np.array([value]))[0]):.0f}"
        parts.append(f'<path class="grid" d="M{x} {TOP}V{HEIGHT - BOTTOM}"/>')
        parts.append(f'<text x="{x}" y="{HEIGHT - BOTTOM + 17}" text-anchor="middle">{text}</text>')
    for value, text in up.ticks:
        y = f"{float(up.place(np.array([value]))[0]):.0f}"
        parts.append(f'<path class="grid" d="M{LEFT} {y}H{WIDTH - RIGHT}"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y}" dy=".35em" text-anchor="end">{text}</text>')
    parts.append(f'<path class="axis" d="M{LEFT} {TOP}V{HEIGHT - BOTTOM}H{WIDTH - RIGHT}"/>')
    parts.append(f'<text class="label" x="{(LEFT + WIDTH - RIGHT) / 2:g}" y="{HEIGHT - 8}" text-anchor="middle">{escape(unit)}</text>')
    parts.append(f'<text class="label" x="{LEFT + 6}" y="{TOP + 12}">{escape(loss)}</text>')
    return "".join(parts)
