"""The stream of evidence: numbered JSON records, one a line, written as they arise so that a killed kernel leaves what it had."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import time
from collections.abc import Iterator, Mapping
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
        line = _line(self._number, kind, fields)
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

    def snapshot(self, faults: Mapping[str, int]) -> bytes:
        """The stream so far as if it were closed now, `faults` among its closing records; recording goes on.

        Only where the descriptor is a file that can be read as well.  Raises OSError where it can't.
        """
        self.flush()
        size = os.lseek(self.fd, 0, os.SEEK_CUR)
        os.lseek(self.fd, 0, os.SEEK_SET)
        parts, left = [], size
        try:
            while left and (part := os.read(self.fd, min(left, 1 << 24))):
                parts.append(part)
                left -= len(part)
        finally:
            os.lseek(self.fd, size, os.SEEK_SET)
        closing = [*(("fault", {"where": where, "count": count}) for where, count in sorted(faults.items())), *self._closing()]
        return b"".join([*parts, *(_line(self._number + i, kind, fields) for i, (kind, fields) in enumerate(closing))])

    def _closing(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """The records that a stream ends with: what was dropped, and the end."""
        for kind, count in sorted(self.dropped.items()):
            yield "dropped", {"what": kind, "count": count}
        yield "end", {}

    def close(self) -> None:
        """Say what was dropped, close the stream with an `end` record, and let go of the descriptor."""
        for kind, fields in list(self._closing()):
            self.emit(kind, **fields)
        self.flush()
        if os.getpid() == self._owner:
            with contextlib.suppress(OSError):
                os.close(self.fd)
        self.broken = True


def _line(number: int, kind: str, fields: Mapping[str, Any]) -> bytes:
    return json.dumps({"n": number, "k": kind, **fields}, separators=(",", ":"), allow_nan=True).encode("utf-8", "replace") + b"\n"
