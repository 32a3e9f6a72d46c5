"""The kernels of one class on one worker: started by the first work, ended when nobody has needed them for a while."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from grader.model.errors import ExecutionError
from grader.model.run import Executor

__all__ = ["IDLE_SECONDS", "Kernels"]

IDLE_SECONDS = 300.0
"""So a client that died costs a worker no memory for long."""


class Kernels:
    """One executor for all threads of a worker.  make: starts it; may be called again after a rest."""

    def __init__(self, make: Callable[[], Executor], *, idle: float = IDLE_SECONDS) -> None:
        self._make, self._idle = make, idle
        self._lock = threading.Lock()
        self._executor: Executor | None = None
        self._rest: threading.Timer | None = None
        self._working, self._closed = 0, False

    @contextmanager
    def at_work(self) -> Iterator[Executor]:
        """The executor, which stays while anybody is within.  Raises ExecutionError after `close`."""
        with self._lock:
            if self._closed:
                raise ExecutionError("this class has ended")
            self._awake()
            if self._executor is None:
                self._executor = self._make()
            self._working += 1
            executor = self._executor
        try:
            yield executor
        finally:
            with self._lock:
                self._working -= 1
                if not self._working and not self._closed:
                    self._rest = threading.Timer(self._idle, self._end)
                    self._rest.daemon = True
                    self._rest.start()

    def close(self) -> None:
        """End the kernels, and whatever runs in them."""
        with self._lock:
            self._closed = True
        self._end()

    def _end(self) -> None:
        with self._lock:
            if self._working and not self._closed:
                return  # a work came just now
            self._awake()
            if self._executor is not None:
                self._executor.close()
                self._executor = None

    def _awake(self) -> None:
        if self._rest is not None:
            self._rest.cancel()
            self._rest = None
