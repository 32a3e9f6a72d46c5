"""Rows held back until the next flush, as machine numbers in one block of bytes.

Python tuples and lists that outlive a step would wake the garbage collector every few hundred steps, which costs a student's
loop more than the recording itself; a block of bytes is no concern of the collector's, and takes a row ten times as fast as an
array of numbers does.
"""

from __future__ import annotations

from collections.abc import Mapping
from struct import Struct
from typing import Any

import numpy as np

from grader.probe.channel import packed

__all__ = ["Columns"]


class Columns:
    """Rows of integers, then floats.

    integers, reals: name of each column -> its width.  To add a row: `held += row(*integers, *reals)`, in the order of the columns.
    """

    def __init__(self, integers: Mapping[str, int], reals: Mapping[str, int]) -> None:
        self.integers, self.reals = integers, reals
        self.held = bytearray()
        widths = sum(integers.values()), sum(reals.values())
        layout = Struct(f"={widths[0]}q{widths[1]}d")
        self.row, self.size = layout.pack, layout.size
        self._table = np.dtype([("integers", "=i8", (widths[0],)), ("reals", "=f8", (widths[1],))])

    def __len__(self) -> int:
        return len(self.held) // self.size

    def packed(self) -> dict[str, Any]:
        """Every column as a packed array of shape (rows, width), and how many `rows`; the columns are empty afterwards."""
        out: dict[str, Any] = {"rows": len(self)}
        table = np.frombuffer(bytes(self.held), self._table)
        self.held.clear()
        for part, names in (("integers", self.integers), ("reals", self.reals)):
            at = 0
            for name, wide in names.items():
                out[name] = packed(table[part][:, at : at + wide])
                at += wide
        return out
