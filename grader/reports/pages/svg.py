"""A picture as static SVG: for print, for mail, where no script runs, and for those whom a script would only slow down."""

from __future__ import annotations

from html import escape
from itertools import pairwise

import numpy as np

from grader.model.evidence import Array
from grader.model.story import Landscape
from grader.reports.pages.picture import Curve, Picture
from grader.reports.pages.relief import relief
from grader.reports.pages.scales import Scale, drawable, scale_of, uneven
from grader.reports.pages.strokes import line_through, marks, place

__all__ = ["HEIGHT", "WIDTH", "drawing"]

WIDTH, HEIGHT = 440, 300
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 26, 40

@np.errstate(all="ignore")  # as in pictures()
def drawing(picture: Picture, *, title_id: str = "", caption_id: str = "") -> str:
    """The picture as one `<svg>`; colours come from the page's style.  The ids name the elements that say what it shows."""
    named = f'aria-labelledby="{escape(title_id)}" aria-describedby="{escape(caption_id)}"'
    said = named if title_id else f'aria-label="{escape(picture.caption)}"'
    inside = relief(picture, WIDTH, HEIGHT) if picture.kind == "relief" else _plane(picture)
    return f'<svg class="static" role="img" {said} viewBox="0 0 {WIDTH} {HEIGHT}" xmlns="http://www.w3.org/2000/svg">{inside}</svg>'


def _plane(picture: Picture) -> str:
    ground = picture.ground
    xs = [ground.weights] if ground is not None else [c.x for c in picture.curves]
    ys = [ground.biases] if ground is not None else [c.y for c in picture.curves]
    pad = 0.0 if ground is not None else 0.04
    across = scale_of(xs, LEFT, WIDTH - RIGHT, pad=pad if ground is not None else 0.02)
    up = scale_of(ys, HEIGHT - BOTTOM, TOP, log=picture.log, pad=pad)
    parts = [_contours(ground, across, up)] if ground is not None else []
    parts.append(_axes(picture, across, up, grid=ground is None))
    if picture.broken is not None:
        parts.append(_broken(picture.broken, across))
    parts += [_curve(c, across, up) for c in picture.curves]
    if ground is not None:
        parts += [_named(at, across, up) for at in picture.places]
    return "".join(parts)


# ---- axes -------------------------------------------------------------------------------------------------------------------


def _axes(picture: Picture, across: Scale, up: Scale, *, grid: bool) -> str:
    parts = []
    floor, ceiling = HEIGHT - BOTTOM, TOP
    for value, text in across.ticks:
        x = _at(value, across)
        parts.append(f'<path class="{"grid" if grid else "tick"}" d="M{x} {floor}V{ceiling if grid else floor + 4}"/>')
        parts.append(f'<text x="{x}" y="{floor + 16}" text-anchor="middle">{escape(text)}</text>')
    for value, text in up.ticks:
        y = _at(value, up)
        parts.append(f'<path class="{"grid" if grid else "tick"}" d="M{LEFT} {y}H{WIDTH - RIGHT if grid else LEFT - 4}"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y}" dy=".35em" text-anchor="end">{escape(text)}</text>')
    parts.append(f'<path class="axis" d="M{LEFT} {ceiling}V{floor}H{WIDTH - RIGHT}"/>')
    middle = f"{(LEFT + WIDTH - RIGHT) / 2:g}"
    parts.append(f'<text class="label" x="{middle}" y="{HEIGHT - 6}" text-anchor="middle">{escape(picture.x_label)}</text>')
    parts.append(f'<text class="label" x="4" y="14">{escape(picture.y_label)}</text>')
    return "".join(parts)


def _at(value: float, scale: Scale) -> str:
    return place(float(scale.place(np.array([value]))[0]))


def _broken(at: float, across: Scale) -> str:
    x = float(across.place(np.array([at]))[0])
    side, shift = ("end", -5) if x > WIDTH * 0.6 else ("start", 5)
    return (
        f'<path class="broken" d="M{place(x)} {TOP}V{HEIGHT - BOTTOM}"/>'
        f'<text class="broken" x="{place(x + shift)}" y="{TOP + 10}" text-anchor="{side}">step {at:g} is off</text>'
    )


# ---- curves -----------------------------------------------------------------------------------------------------------------


def _curve(curve: Curve, across: Scale, up: Scale) -> str:
    x, y = across.place(curve.x), up.place(curve.y)
    parts = []
    if curve.line and len(x) > 1:
        parts.append(f'<path class="line {curve.role}" d="{line_through(x, y)}"/>')
    if curve.marks or len(x) == 1:
        parts.append(marks(curve.role, x, y))
    return "".join(parts)


def _named(at: tuple[float, float, str], across: Scale, up: Scale) -> str:
    """The name of a place, beside it."""
    x, y, text = float(across.place(np.array([at[0]]))[0]), float(up.place(np.array([at[1]]))[0]), at[2]
    side, shift = ("end", -8) if x > WIDTH * 0.75 else ("start", 8)
    lift = 14 if text == "your end" else -6
    y = min(max(y + lift, TOP + 12), HEIGHT - BOTTOM - 4)
    return f'<text class="spot" x="{place(x + shift)}" y="{place(y)}" text-anchor="{side}">{escape(text)}</text>'


# ---- the ground -------------------------------------------------------------------------------------------------------------

LEVELS = 9


def _contours(ground: Landscape, across: Scale, up: Scale) -> str:
    """Filled bands between lines of equal loss, closer together where the loss is low."""
    import contourpy

    z = np.ma.masked_where(~drawable(ground.loss), ground.loss)
    if z.count() == 0 or not uneven(float(z.min()), float(z.max())):
        return ""
    low, high = float(z.min()), float(z.max())
    levels = low + (high - low) * (np.arange(LEVELS + 1) / LEVELS) ** 2
    levels[-1] += 1e-6 * (high - low)  # the highest place belongs to the last band
    made = contourpy.contour_generator(
        across.place(ground.weights), up.place(ground.biases), z, name="serial", fill_type=contourpy.FillType.OuterOffset
    )
    parts = []
    for band in range(LEVELS):
        filled = made.filled(float(levels[band]), float(levels[band + 1]))
        drawn = "".join(_ring(p[a:b]) for p, o in zip(*filled, strict=True) for a, b in pairwise(o.tolist()))
        if drawn:
            parts.append(f'<path class="band b{band}" d="{drawn}"/>')
    return "".join(parts)


def _ring(points: Array) -> str:
    return "M" + "L".join(f"{place(a)} {place(b)}" for a, b in points[:-1].tolist()) + "Z"
