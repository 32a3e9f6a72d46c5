"""Limits, kept while a kernel works: one request at a time, until it is answered or something stops it."""

from __future__ import annotations

import signal
import time
from dataclasses import dataclass

from grader.execution.kernel import Kernel
from grader.execution.link import Heard, Link
from grader.execution.replies import Reply
from grader.model.exercise import Limits
from grader.model.report import RunStatus

__all__ = ["Stop", "Watch", "ending", "megabytes"]

TICK = 0.05
"""Seconds between looks at memory and at the kernel's pulse."""

BROKEN = 1.0
"""Seconds in which a broken connection is known to be the kernel's doing, if it is."""

GONE = 5.0
"""Seconds in which a kernel that broke its connections turns out to be dead, if it is: memory is given back first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Why a run can't go on."""

    status: RunStatus
    detail: str


class Watch:
    """One kernel under its limits, from its first cell to its last.  guarded: memory and output are limited (not while starting)."""

    def __init__(self, kernel: Kernel, link: Link, limits: Limits) -> None:
        self._kernel, self._link, self._limits = kernel, link, limits
        self._output = 0
        self._look = 0.0
        self.guarded = False

    def send(self, source: str) -> str:
        """Send a cell to be executed; the id of the request."""
        self._kernel.begin_cell()
        return self._link.request(source, silent=False)

    def ask(self, statement: str, *, until: float) -> Reply | Stop:
        """Have a statement of ours executed unseen; its reply, or what stopped it.  `until` is on the clock time.monotonic."""
        return self.answer(self._link.request(statement, silent=True), until=until)

    def answer(self, request: str, *, until: float) -> Reply | Stop:
        """Wait for the reply to a request that was sent."""
        while True:
            left = until - time.monotonic()
            heard = self._link.wait(min(TICK, max(0.0, left)))
            reply = next((r for r in heard.replies if r.parent == request), None)
            stop = self._check(heard)
            if stop is not None and not (reply and stop.status == "died"):
                return stop
            if reply is not None:
                return reply
            if left <= 0:
                return Stop(status="timed-out", detail="no answer in time")

    def _check(self, heard: Heard) -> Stop | None:
        """What has gone wrong, if anything; the kernel's death first, since it also breaks the connection."""
        code = self._gone() if heard.lost else self._kernel.poll()
        if code is not None:
            return Stop(status="died", detail=ending(code))
        if not self.guarded:
            return None
        self._output += heard.output
        if self._output > self._limits.output_bytes or heard.lost:
            return Stop(status="too-much-output", detail=f"more than {megabytes(self._limits.output_bytes)} of output")
        if self._heavy():
            return Stop(status="out-of-memory", detail=f"more than {megabytes(self._limits.memory_bytes)} of memory")
        return None

    def _gone(self) -> int | None:
        """The exit code of a kernel whose connection broke, or None where it lives."""
        began = time.monotonic()
        give_up = began + BROKEN
        while (code := self._kernel.poll()) is None and time.monotonic() < give_up:
            heard = self._link.wait(0.005)
            self._output += heard.output
            if heard.missed:
                give_up = began + GONE
        return code

    def _heavy(self) -> bool:
        now = time.monotonic()
        if now < self._look:
            return False
        self._look = now + TICK
        allowed = self._limits.memory_bytes  # workers that were forked share most of what they seem to hold: look twice
        return self._kernel.memory() > allowed and self._kernel.memory(exact=True) > allowed


def ending(code: int) -> str:
    """An exit code in words.

    >>> ending(0)
    'the kernel left with exit code 0'
    """
    if code >= 0:
        return f"the kernel left with exit code {code}"
    known = {s.value: s.name for s in signal.Signals}
    return f"the kernel was ended by signal {known.get(-code, -code)}"


def megabytes(count: int) -> str:
    """A number of bytes in words.

    >>> megabytes(700_000_000)
    '700 MB'
    """
    return f"{count / 1e6:g} MB"
