"""The port `model.run.Executor` with forked, confined kernels, a few of them ready before they are asked for."""

from __future__ import annotations

import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from grader.execution.confinement.level import Confinement
from grader.execution.confinement.policy import Allowance
from grader.execution.confinement.probing import probe_level
from grader.execution.forked.handle import LOST, Handle
from grader.execution.forked.kernel import ForkedKernel, allowance_for
from grader.execution.forked.messages import Ended
from grader.execution.forked.verdict import named
from grader.execution.forked.warm import Parent
from grader.model.errors import ExecutionError
from grader.model.exercise import Limits
from grader.model.run import Job, Outcome

__all__ = ["ForkedExecutor"]


class ForkedExecutor:
    """Runs every job on a fresh kernel forked from one warm parent.

    confinement: how kernels are confined (as well as this machine can, by default; `level.at_most` makes a lower one).
    ready: how many kernels wait for a job.  May be used from several threads.  A context manager.
    """

    def __init__(self, *, confinement: Confinement | None = None, ready: int = 1, python: str = sys.executable) -> None:
        self.confinement = probe_level() if confinement is None else confinement
        if not self.confinement.forked:
            why = "; ".join(self.confinement.reasons()) or "this system can't fork a warm process safely"
            raise ExecutionError(f"no forked kernels here: {why}", remedy="use a plain kernel")
        self._wanted = ready
        self._lock = threading.Lock()
        self._pool: list[Handle] = []
        self._busy: list[Handle] = []
        self._closed = False
        self._told: list[Callable[[Ended], None]] = []
        self.parent = Parent(python)
        self._at_exit = weakref.finalize(self, _close, self._pool, self._busy, self.parent)

    def warm(self) -> None:
        """Start the parent and fill the pool now instead of at the first job.  Raises ExecutionError where it can't."""
        self.parent.start()
        with self._lock:
            self._fill(allowance_for(Limits()))

    def run(self, job: Job) -> Outcome:
        """See model.run.Executor.  What the death of a parent or a supervisor took away is run once more, from its beginning."""
        try:
            outcome = self._once(job)
        except ExecutionError:
            if self._closed:
                raise
            outcome = self._once(job)
        if self._closed:
            raise ExecutionError("the executor was closed while this notebook ran")
        return outcome

    def _once(self, job: Job) -> Outcome:
        """The job on one kernel.  Raises ExecutionError where that was lost through no doing of the notebook's."""
        from grader.execution.run import execute  # pyzmq and jupyter_client are loaded when something runs

        handle = self._take(allowance_for(job.limits))
        try:
            outcome = named(execute(ForkedKernel(handle, self.confinement.level), job), handle.ended, job.limits)
        finally:
            with self._lock:
                if handle in self._busy:
                    self._busy.remove(handle)
            handle.discard()
            if handle.ended is not None:
                for told in self._told:
                    told(handle.ended)
        if outcome.status == "died" and handle.ended == LOST:
            raise ExecutionError("the process that looks after the kernel was lost", remedy="see whether this machine is short of memory")
        return outcome

    @contextmanager
    def watch_end(self, told: Callable[[Ended], None]) -> Iterator[None]:
        """Within the block, have every kernel's end told as its supervisor saw it."""
        self._told.append(told)
        try:
            yield
        finally:
            self._told.remove(told)

    def _fork(self, allowance: Allowance) -> Handle:
        return self.parent.fork(self.confinement, allowance)

    def _fill(self, allowance: Allowance) -> None:
        while len(self._pool) < self._wanted:
            self._pool.append(self._fork(allowance))

    def _take(self, allowance: Allowance) -> Handle:
        """A living kernel with these limits, ready early where there is one; and its successors set going."""
        with self._lock:
            if self._closed:
                raise ExecutionError("this executor is closed", remedy="make a new one")
            for other in [h for h in self._pool if h.allowance != allowance]:
                self._pool.remove(other)
                other.discard()
            handle = self._living(allowance)
            self._busy.append(handle)
            self._fill(allowance)
        try:
            handle.wait_ready()
        except ExecutionError:
            with self._lock:
                self._busy.remove(handle)
            handle.discard()
            raise
        return handle

    def _living(self, allowance: Allowance) -> Handle:
        while self._pool:
            handle = self._pool.pop(0)
            handle.hear()
            if handle.ended is None:
                return handle
            handle.discard()  # it died waiting, with its parent perhaps
        return self._fork(allowance)

    def close(self) -> None:
        """End every process that this executor started; it can't be used afterwards."""
        with self._lock:
            self._closed = True
            _close(self._pool, self._busy, self.parent)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def _close(pool: list[Handle], busy: list[Handle], parent: Parent) -> None:
    for group in (pool, busy):
        while group:
            group.pop().discard()
    parent.close()
