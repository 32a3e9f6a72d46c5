"""Axes: which numbers stand at the ticks, and where a number lies between the edges of a picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grader.model.evidence import Array

__all__ = ["Scale", "drawable", "scale_of", "uneven"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """From numbers in [low, high] to places in [first, last].  ticks: the numbers that are written, with their text."""

    low: float
    high: float
    first: float
    last: float
    log: bool
    ticks: tuple[tuple[float, str], ...]

    def place(self, values: Array) -> Array:
        """(T,) places of (T,) numbers; what lies outside is drawn at the edge, NaN stays NaN."""
        low, high = _of(self.low, self.log), _of(self.high, self.log)
        share = (_of(values, self.log) - low) / (high - low)
        return np.asarray(self.first + np.clip(share, -0.002, 1.002) * (self.last - self.first), np.float64)


def drawable(values: Array) -> NDArray[np.bool_]:
    """Which numbers can stand in a picture: finite, and not so large that differences of theirs overflow."""
    return np.asarray(np.abs(values) < 1e30)


def uneven(low: float, high: float) -> bool:
    """Whether two numbers are far enough apart for something to lie between them."""
    return high - low > max(1e-9 * max(abs(low), abs(high)), 1e-30)


def scale_of(values: Sequence[Array], first: float, last: float, *, log: bool = False, pad: float = 0.04) -> Scale:
    """A scale that shows all finite numbers (all positive ones where log), with ticks at round numbers."""
    flat = np.concatenate([np.ravel(v) for v in values]) if values else np.zeros(0)
    flat = flat[drawable(flat) & ((flat > 1e-30) | (not log))]
    low, high = (float(flat.min()), float(flat.max())) if len(flat) else (1.0, 10.0) if log else (0.0, 1.0)
    if log:
        low, high = low / 1.2, high * 1.2
        return Scale(low=low, high=high, first=first, last=last, log=True, ticks=_decades(low, high))
    if not uneven(low, high):
        wide = 0.5 * max(abs(low), abs(high), 1e-6)
        low, high = low - wide, high + wide
    gap = (high - low) * pad
    low, high = low - gap, high + gap
    return Scale(low=low, high=high, first=first, last=last, log=False, ticks=_round(low, high))


def _of(values: Array | float, log: bool) -> Array:
    return np.log10(values) if log else np.asarray(values, np.float64)


def _round(low: float, high: float) -> tuple[tuple[float, str], ...]:
    """Four to seven multiples of 1, 2 or 5 times a power of ten."""
    rough = (high - low) / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= rough * 0.999)
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    first = math.ceil(low / step - 1e-9)
    marks = [i * step for i in range(first, first + 12) if i * step <= high + 1e-9 * step]
    return tuple((mark, _text(mark, digits)) for mark in marks)


def _text(mark: float, digits: int) -> str:
    if abs(mark) >= 1e6 or digits > 5:
        return f"{mark:.1e}".replace("e-0", "e-").replace("e+0", "e").replace("e+", "e").replace(".0e", "e").replace("-", "−")
    return f"{mark + 0.0:.{digits}f}".replace("-", "−")


def _decades(low: float, high: float) -> tuple[tuple[float, str], ...]:
    """Powers of ten, at most six of them; with 2 and 5 times them where there are few."""
    a, b = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    if b - a >= 2:
        every = max(1, -(-(b - a) // 5))
        return tuple((10.0**e, _power(e)) for e in range(a, b + 1, every))
    marks = [m * 10.0**e for e in range(a - 1, b + 1) for m in (1, 2, 5)]
    return tuple((mark, f"{mark:.6g}") for mark in marks if low <= mark <= high)


_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def _power(exponent: int) -> str:
    return f"{10.0**exponent:g}" if -3 <= exponent <= 4 else f"10{str(exponent).translate(_RAISED)}"
