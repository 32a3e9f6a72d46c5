"""The evidence pipe of one kernel: read by the grader as it is written, so that nothing can be unwritten.

A killed kernel leaves what it had; a kernel that writes too much finds the pipe closed.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading

__all__ = ["Drain"]

_PIPE_BYTES = 1 << 20
_SET_PIPE_SIZE = 1031
_JOIN_SECONDS = 5.0


class Drain:
    """A pipe whose inlet goes to the kernel, and a thread that reads the other end up to `limit` bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._outlet, self.inlet = os.pipe()
        with contextlib.suppress(OSError):  # a smaller pipe only makes the kernel wait now and then
            fcntl.fcntl(self._outlet, _SET_PIPE_SIZE, _PIPE_BYTES)
        self._data = bytearray()
        self._thread: threading.Thread | None = None

    def close_inlet(self) -> None:
        """Let go of the inlet after it was sent, and start to read."""
        if self.inlet >= 0:
            os.close(self.inlet)
            self.inlet = -1
            self._thread = threading.Thread(target=self._read, name="evidence", daemon=True)
            self._thread.start()

    def _read(self) -> None:
        try:
            while len(self._data) < self._limit:
                data = os.read(self._outlet, min(1 << 16, self._limit - len(self._data)))
                if not data:
                    break
                self._data += data
        finally:
            os.close(self._outlet)  # a kernel that goes on writing gets EPIPE

    def all(self) -> bytes:
        """Everything that was written; to be asked for when the kernel is dead."""
        if self._thread is not None:
            self._thread.join(_JOIN_SECONDS)
        return bytes(self._data)

    def close(self) -> None:
        """Let go of a pipe whose inlet never reached a kernel."""
        self.close_inlet()
