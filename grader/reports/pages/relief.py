"""A surface in 3-D as static SVG: seen from above and aside, its far parts drawn first."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import numpy as np

from grader.model.evidence import Array
from grader.model.story import Landscape
from grader.reports.pages.picture import Curve, Picture, number
from grader.reports.pages.scales import drawable, uneven
from grader.reports.pages.strokes import line_through, marks

__all__ = ["relief"]

TURN, TILT = np.deg2rad(-55.0), np.deg2rad(32.0)
"""How far the ground is turned about the upright, and how high the eye stands above it."""
TALL = 0.75
"""Height of the relief, where the ground is 2 by 2."""
ASIDE, ABOVE, BELOW = 34, 22, 30
"""Room at the sides, above and below."""
BANDS = 9


@dataclass(frozen=True, slots=True)
class _Eye:
    """From the ground's own numbers to places on the page: size, and where the middle of the unit box comes to lie."""

    ground: Landscape
    low: float
    high: float
    size: float = 1.0
    across: float = 0.0
    down: float = 0.0

    def see(self, w: Array, b: Array, z: Array) -> tuple[Array, Array, Array]:
        """Across, down, and how near."""
        g = self.ground
        u = 2 * (w - g.weights[0]) / (g.weights[-1] - g.weights[0]) - 1
        v = 2 * (b - g.biases[0]) / (g.biases[-1] - g.biases[0]) - 1
        h = TALL * 2 * np.clip((z - self.low) / (self.high - self.low), -0.05, 1.05) - TALL
        x, y = u * np.cos(TURN) - v * np.sin(TURN), u * np.sin(TURN) + v * np.cos(TURN)
        return self.across + self.size * x, self.down - self.size * (y * np.sin(TILT) + h * np.cos(TILT)), -y


def _fitted(ground: Landscape, width: float, height: float) -> _Eye:
    """The eye from which the whole box fills the picture, with room for its numbers."""
    z = ground.loss[drawable(ground.loss)]
    eye = _Eye(ground, float(z.min()), float(z.max()))
    w, b = np.meshgrid(ground.weights, ground.biases)
    seen = [eye.see(w, b, np.where(drawable(ground.loss), ground.loss, eye.low))[:2], eye.see(w, b, np.full(w.shape, eye.low))[:2]]
    xs, ys = (np.concatenate([one[i].ravel() for one in seen]) for i in (0, 1))
    size = min((width - 2 * ASIDE) / float(np.ptp(xs)), (height - ABOVE - BELOW) / float(np.ptp(ys)))
    middle = (float(xs.min() + xs.max()) / 2, float(ys.min() + ys.max()) / 2)
    return _Eye(ground, eye.low, eye.high, size, width / 2 - size * middle[0], (height + ABOVE - BELOW) / 2 - size * middle[1])


def relief(picture: Picture, width: float, height: float) -> str:
    """The inside of an SVG: the ground, the edges of its box with their numbers, the paths over it."""
    ground = picture.ground
    assert ground is not None
    z = ground.loss[drawable(ground.loss)]
    if not len(z) or not uneven(float(z.min()), float(z.max())):
        return ""
    eye = _fitted(ground, width, height)
    return "".join([_floor(eye, picture), _tiles(eye), *(_way(eye, c) for c in picture.curves)])


def _tiles(eye: _Eye) -> str:
    """The ground as four-cornered tiles, the far ones first; a tile with a corner that is no number is a hole."""
    g = eye.ground
    w, b = np.meshgrid(g.weights, g.biases)
    x, y, near = eye.see(w, b, g.loss)
    mean = (g.loss[:-1, :-1] + g.loss[:-1, 1:] + g.loss[1:, 1:] + g.loss[1:, :-1]) / 4
    share = np.sqrt(np.clip((mean - eye.low) / (eye.high - eye.low), 0, 1))
    band = np.minimum(np.nan_to_num(BANDS * share).astype(np.int64), BANDS - 1)
    whole = drawable(mean)
    at = np.where(np.isfinite(x + y), np.stack([x, y]), 0.0).round().astype(np.int64)
    word = [[f"{a} {c}" for a, c in zip(*row, strict=True)] for row in zip(at[0].tolist(), at[1].tolist(), strict=True)]
    rows, columns = np.unravel_index(np.argsort(near[:-1, :-1], axis=None, kind="stable"), mean.shape)
    parts = [
        f'<path class="b{band[i, j]}" d="M{word[i][j]}L{word[i][j + 1]}L{word[i + 1][j + 1]}L{word[i + 1][j]}Z"/>'
        for i, j in zip(rows.tolist(), columns.tolist(), strict=True)
        if whole[i, j]
    ]
    return f'<g class="tiles">{"".join(parts)}</g>'


def _floor(eye: _Eye, picture: Picture) -> str:
    """The box's bottom and its upright edge, with names and the first and last numbers of each."""
    g = eye.ground
    w, b, low, high = g.weights, g.biases, eye.low, eye.high
    corners = [(w[0], b[0]), (w[-1], b[0]), (w[-1], b[-1]), (w[0], b[-1])]
    x, y, near = eye.see(np.array([c[0] for c in corners]), np.array([c[1] for c in corners]), np.full(4, low))
    bottom = "M" + "L".join(f"{a:.0f} {c:.0f}" for a, c in zip(x, y, strict=True)) + "Z"
    left = int(np.argmin(x))
    upright = eye.see(np.array([corners[left][0]] * 2), np.array([corners[left][1]] * 2), np.array([low, high]))
    parts = [f'<path class="axis" d="{bottom}M{upright[0][0]:.0f} {upright[1][0]:.0f}V{upright[1][1]:.0f}"/>']
    parts.append(_said(upright[0][1], upright[1][1] - 6, f"{picture.z_label} {number(high)}", "middle"))
    front = int(np.argmax(near))
    for side in (1, 3):
        other = (front + side) % 4
        along_w = corners[front][1] == corners[other][1]
        name, index = (picture.x_label, 0) if along_w else (picture.y_label, 1)
        anchor = "end" if x[other] < x[front] else "start"
        shift = -6 if anchor == "end" else 6
        for corner, share in ((front, 0.12), (other, 0.08)):
            towards = other if corner == front else front
            a, c = x[corner] + share * (x[towards] - x[corner]), y[corner] + share * (y[towards] - y[corner])
            parts.append(_said(a + shift, c + 13, number(float(corners[corner][index])), anchor))
        parts.append(_said((x[front] + x[other]) / 2 + shift, (y[front] + y[other]) / 2 + 15, name, anchor, label=True))
    return "".join(parts)


def _said(x: float, y: float, text: str, anchor: str, *, label: bool = False) -> str:
    kind = ' class="label"' if label else ""
    return f'<text{kind} x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">{escape(text)}</text>'


def _way(eye: _Eye, curve: Curve) -> str:
    if curve.z is None or not len(curve.x):
        return ""
    x, y, _ = eye.see(curve.x, curve.y, curve.z)
    line = f'<path class="line {curve.role}" d="{line_through(x, y)}"/>' if curve.line and len(x) > 1 else ""
    return line + marks(curve.role, x, y)
