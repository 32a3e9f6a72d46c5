"""The stream of evidence: numbered JSON records, one a line, written as they arise so that a killed kernel leaves what it had."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import time
from typing import Any

import numpy as np

__all__ = ["Channel", "packed"]

FORMAT = 1
FLUSH_BYTES = 1 << 16
FLUSH_SECONDS = 0.1
LINE_BYTES = 8 << 20
CODES = {"float64": "f8", "float32": "f4", "int64": "i8", "bool": "b1"}


def packed(array: Any) -> dict[str, Any]:
    """A numpy array as `{"t": dtype code, "s": shape, "b": base64 of its little-endian bytes}`; other dtypes become float64."""
    a = np.ascontiguousarray(array)
    if a.dtype.name not in CODES:
        a = a.astype(np.float64)
    return {"t": CODES[a.dtype.name], "s": list(np.shape(array)), "b": base64.b64encode(a.tobytes()).decode("ascii")}


class Channel:
    """Writes records to a file descriptor, within a budget of bytes.

    budget: bytes after which records are counted as dropped instead of written.  Records are whole or absent, never cut.
    """

    def __init__(self, fd: int, *, budget: int = 192 << 20) -> None:
        self.fd = fd
        self.left = budget
        self.dropped: dict[str, int] = {}
        self._number = 0
        self._lines: list[bytes] = []
        self._held = 0
        self._flushed = time.monotonic()
        self._owner = os.getpid()
        self.broken = False

    def emit(self, kind: str, /, **fields: Any) -> bool:
        """Queue one record; False where the budget is spent (the record is then counted in `dropped`)."""
        if self.broken or os.getpid() != self._owner:
            return False
        line = (
            json.dumps({"n": self._number, "k": kind, **fields}, separators=(",", ":"), allow_nan=True).encode("utf-8", "replace") + b"\n"
        )
        if len(line) > LINE_BYTES or (len(line) > self.left and kind not in ("dropped", "end")):
            self.dropped[kind] = self.dropped.get(kind, 0) + 1
            return False
        self._number += 1
        self.left -= len(line)
        self._lines.append(line)
        self._held += len(line)
        if self._held > FLUSH_BYTES:
            self.flush()
        return True

    def due(self) -> bool:
        """Whether the last flush lies far enough back for another."""
        return time.monotonic() - self._flushed > FLUSH_SECONDS

    def flush(self) -> None:
        """Write what is queued.  A reader that has gone away silences the channel instead of disturbing the student."""
        data, self._lines, self._held = b"".join(self._lines), [], 0
        self._flushed = time.monotonic()
        if os.getpid() != self._owner:
            return
        view = memoryview(data)
        while view and not self.broken:
            try:
                view = view[os.write(self.fd, view) :]
            except OSError:
                self.broken = True

    def close(self) -> None:
        """Say what was dropped, close the stream with an `end` record, and let go of the descriptor."""
        for kind, count in sorted(self.dropped.items()):
            self.emit("dropped", what=kind, count=count)
        self.emit("end")
        self.flush()
        if os.getpid() == self._owner:
            with contextlib.suppress(OSError):
                os.close(self.fd)
        self.broken = True
