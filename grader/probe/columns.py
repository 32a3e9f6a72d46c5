"""Rows held back until the next flush, as two flat arrays of machine numbers.

Python tuples and lists that outlive a step would wake the garbage collector every few hundred steps, which costs a student's
loop more than the recording itself; flat arrays are no concern of the collector's.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from typing import Any

import numpy as np

from grader.probe.channel import packed

__all__ = ["Columns"]


class Columns:
    """Rows of integers and of floats.

    integers, reals: name of each column -> its width; `whole` and `real` take one row each, in that order of columns.
    """

    def __init__(self, integers: Mapping[str, int], reals: Mapping[str, int]) -> None:
        self.integers, self.reals = integers, reals
        self.whole, self.real = array("q"), array("d")
        self._widths = sum(integers.values()), sum(reals.values())

    def __len__(self) -> int:
        return len(self.whole) // self._widths[0]

    def packed(self) -> dict[str, Any]:
        """Every column as a packed array of shape (rows, width), and how many `rows`; the columns are empty afterwards."""
        rows = len(self)
        out: dict[str, Any] = {"rows": rows}
        for held, names, dtype, width in (
            (self.whole, self.integers, np.int64, self._widths[0]),
            (self.real, self.reals, np.float64, self._widths[1]),
        ):
            table = np.array(held, dtype).reshape(rows, width)
            at = 0
            for name, wide in names.items():
                out[name] = packed(table[:, at : at + wide])
                at += wide
            del held[:]
        return out
