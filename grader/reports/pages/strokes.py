"""SVG path data: lines through places, and the marks that stand on them."""

from __future__ import annotations

import numpy as np

from grader.model.evidence import Array

__all__ = ["line_through", "marks", "place"]

POINTS = 240
"""Points of one line: more than these can't be told apart at this size."""
APART = 7.0
"""How far apart two marks on a line are at least."""


def place(value: float) -> str:
    """A coordinate with one decimal at most."""
    return f"{value:.1f}".removesuffix(".0")


def line_through(x: Array, y: Array) -> str:
    """SVG path data through (T,) places, thinned; a gap where one is not a number."""
    if len(x) > POINTS:
        x, y = _stretches(x, y)
    finite = np.isfinite(x) & np.isfinite(y)
    begins = finite & ~np.append(False, finite[:-1])
    pairs = zip(x[finite].tolist(), y[finite].tolist(), begins[finite].tolist(), strict=True)
    return "".join(f"{'M' if first else 'L'}{place(a)} {place(b)}" for a, b, first in pairs)


def _stretches(x: Array, y: Array) -> tuple[Array, Array]:
    """The lowest and the highest place of each stretch, so that a curve that shakes still shows how wide; its ends stay."""
    count = POINTS // 2
    width = -(-len(x) // count)
    padded = np.append(y, np.full(-len(y) % width, np.nan)).reshape(-1, width)
    starts = np.arange(len(padded)) * width
    lowest, highest = (starts + np.argmin(np.where(np.isnan(padded), np.inf, sign * padded), axis=1) for sign in (1, -1))
    some = np.unique(np.concatenate([[0, len(x) - 1], lowest, highest]))
    some = some[some < len(x)]
    return x[some], y[some]


def marks(role: str, x: Array, y: Array) -> str:
    """One mark for each place: crosses for the student's, rings for what was asked, dots for data."""
    kept = np.isfinite(x) & np.isfinite(y)
    x, y = x[kept], y[kept]
    if role != "data":
        x, y = _apart(x, y)
    places = list(zip(x.tolist(), y.tolist(), strict=True))
    if role == "own":
        drawn = "".join(f"M{place(a - 3)} {place(b - 3)}l6 6m0-6l-6 6" for a, b in places)
    else:
        r = 1.8 if role == "data" else 2.6
        drawn = "".join(f"M{place(a - r)} {place(b)}a{r} {r} 0 1 0 {2 * r:g} 0a{r} {r} 0 1 0 {-2 * r:g} 0" for a, b in places)
    return f'<path class="mark {role}" d="{drawn}"/>' if drawn else ""


def _apart(x: Array, y: Array) -> tuple[Array, Array]:
    """The places without those that would lie on one another; the first and the last stay."""
    if len(x) < 3:
        return x, y
    kept = [0]
    for i in range(1, len(x) - 1):
        if abs(x[i] - x[kept[-1]]) + abs(y[i] - y[kept[-1]]) >= APART:
            kept.append(i)
    return x[[*kept, len(x) - 1]], y[[*kept, len(x) - 1]]
