"""Whether two runs measured the same: every gradient, parameter, loss, value and figure, in order.

Only a mutant that left the very evidence of its reference may stay without a consequence: no grader could tell the two apart.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from grader.model.evidence import Evidence, Named

__all__ = ["CLOSE", "differences"]

CLOSE = 1e-6
"""Relative difference that is none: a few units of float32's last place (6e-8 each), which a sum taken in another order may lose."""

Values = NDArray[np.float64]


def differences(one: Evidence, other: Evidence, asked: Collection[str]) -> tuple[str, ...]:
    """A sentence for each kind of evidence in which two runs differ; none where they measured the same.

    asked: names that the exercise asks for.  Of those, shape and kind count as well as the values; of a name that nobody asked
    for (the student's `loss`, say) the values alone.
    """
    told = [
        _cells(one, other),
        *(_columns(name, _steps(one, name), _steps(other, name)) for name in ("loss", "theta", "grad")),
        _columns("parameters at the end of a cell", _ends(one), _ends(other)),
        _named(one, other, asked),
        _figures(one, other),
    ]
    return tuple(one for one in told if one)


def _same(a: Values, b: Values) -> bool:
    return a.shape == b.shape and bool(np.allclose(a, b, rtol=CLOSE, atol=1e-12, equal_nan=True))


def _cells(one: Evidence, other: Evidence) -> str:
    a, b = ([(cell.cell, cell.status, cell.error) for cell in evidence.cells] for evidence in (one, other))
    return "" if a == b else "cells end otherwise"


def _steps(evidence: Evidence, column: str) -> Values:
    """(n, ...) a column of every backward call in the order of time, all graphs together; empty where their widths differ."""
    parts = [getattr(steps, column).reshape(len(steps), -1) for steps in evidence.steps if len(steps)]
    if not parts or len({part.shape[1] for part in parts}) > 1:
        return np.array([float(part.size) for part in parts])
    order = np.argsort(np.concatenate([steps.seq for steps in evidence.steps if len(steps)]), kind="stable")
    return np.asarray(np.concatenate(parts)[order], np.float64)


def _ends(evidence: Evidence) -> Values:
    """All leaves' values at the ends of cells, one behind the other."""
    states = sorted(evidence.leaves, key=lambda state: (state.cell, state.seq, state.token))
    return np.concatenate([state.values.reshape(-1) for state in states]) if states else np.zeros(0)


def _columns(what: str, a: Values, b: Values) -> str:
    if _same(a, b):
        return ""
    return f"{what}: {len(a)} against {len(b)}" if len(a) != len(b) else f"{what} differs"


def _named(one: Evidence, other: Evidence, asked: Collection[str]) -> str:
    a, b = ({(value.cell, value.name): value for value in evidence.values} for evidence in (one, other))
    off = [name for (cell, name), value in a.items() if not _equal(value, b.get((cell, name)), whole=name in asked)]
    off += [name for (cell, name) in b if (cell, name) not in a]
    return f"values of {', '.join(sorted(set(off))[:4])}" if off else ""


def _equal(a: Named, b: Named | None, *, whole: bool) -> bool:
    if b is None:
        return False
    parts = ("kind", "dtype", "shape", "element", "aliased", "keys", "text") if whole else ("keys", "text")
    return all(getattr(a, part) == getattr(b, part) for part in parts) and _same(a.values.reshape(-1), b.values.reshape(-1))


def _figures(one: Evidence, other: Evidence) -> str:
    a, b = (
        [(axes.title, axes.xlabel, axes.ylabel, axes.xscale, axes.yscale, axes.legend, *(curve.label for curve in axes.curves))
         for figure in evidence.figures for axes in figure.axes]
        for evidence in (one, other)
    )  # fmt: skip
    if a != b:
        return "figures"
    pairs = zip(_curves(one), _curves(other), strict=True)
    return "" if all(_same(x, y) for x, y in pairs) else "curves"


def _curves(evidence: Evidence) -> list[Values]:
    return [values for figure in evidence.figures for axes in figure.axes for curve in axes.curves for values in (curve.x, curve.y)]
