"""Points as files write them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from grader.model.errors import UsageError

__all__ = ["amount", "number", "scaled", "two", "uses_comma"]

_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")


def amount(points: float) -> str:
    """Points with at most two decimals, no trailing zeros.

    >>> amount(2.0), amount(0.25)
    ('2', '0.25')
    """
    return f"{points:.2f}".rstrip("0").rstrip(".")


def two(points: float, *, comma: bool = False) -> str:
    """Points with two decimals.

    >>> two(7.5), two(7.5, comma=True)
    ('7.50', '7,50')
    """
    text = f"{points:.2f}"
    return text.replace(".", ",") if comma else text


def number(text: str) -> float | None:
    """The number that a cell holds, with a point or a comma; None where it holds none."""
    clean = text.strip()
    return float(clean.replace(",", ".")) if _NUMBER.fullmatch(clean) else None


def uses_comma(cells: Iterable[str]) -> bool:
    """Whether a file writes its decimals with a comma: some cell does, and none with a point."""
    numbers = [cell for cell in (one.strip() for one in cells) if _NUMBER.fullmatch(cell)]
    return any("," in one for one in numbers) and not any("." in one for one in numbers)


def scaled(points: float, of: float, to: float | None, *, allowed: bool, where: str) -> float:
    """Points `of` some most as points of `to`; None where the file says no most.

    Raises UsageError where the two differ and scaling was not allowed: 8 of 10 is not 8 of 20.
    """
    if to is None or not to or abs(to - of) < 0.005:
        return points
    if not allowed:
        what = f"the platform counts {amount(to)} points, the exercise {amount(of)}"
        raise UsageError(what, where=where, remedy="set the same in both, or say --scale to convert")
    return round(points * to / of, 2) if of else 0.0
