"""A picture as data: what is drawn, and the sentence that says it to those who can't see it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from grader.model.evidence import Array
from grader.model.story import Landscape

__all__ = ["Curve", "Picture", "Role", "number"]

Role = Literal["own", "asked", "fit", "data"]
"""Whose numbers they are: each has a colour, and a line and mark of its own, so that colour is never the only sign."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curve:
    """Points (T,) joined by a line, marked one by one, or both.  z: (T,) heights, only in reliefs."""

    name: str
    role: Role
    x: Array
    y: Array
    z: Array | None = None
    line: bool = True
    marks: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Picture:
    """One picture.

    kind: `curves` over two axes, `contour` of a ground seen from above, `relief` of it in 3-D.
    subject: what it shows (`loss`, `line`, `weight`, `bias`, `path`, `gradient`, `update`, `surface`), by which a cause finds its picture.
    caption: the numbers that matter, in a sentence or two.  broken: x of the first step that breaks a law.
    places: points that have a name, (x, y, name).  table: the same numbers in rows, the head first.
    """

    kind: Literal["curves", "contour", "relief"]
    subject: str
    title: str
    caption: str
    curves: tuple[Curve, ...]
    x_label: str
    y_label: str
    z_label: str = ""
    log: bool = False
    broken: float | None = None
    ground: Landscape | None = None
    places: tuple[tuple[float, float, str], ...] = ()
    table: tuple[tuple[str, ...], ...] = ()


def number(of: float) -> str:
    """A number as a person writes it: four significant digits, a true minus sign.

    >>> number(-0.30000000000000004), number(12345.678), number(float("inf"))
    ('−0.3', '12350', 'infinite')
    """
    if math.isnan(of):
        return "not a number"
    if math.isinf(of):
        return "infinite" if of > 0 else "minus infinite"
    text = f"{of:.4g}"
    if "e" in text and abs(of) < 1e7 and abs(of) >= 1:
        text = f"{float(text):.0f}"
    return text.replace("-", "−")
