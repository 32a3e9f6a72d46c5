"""How far a class is: a bar with rate and time left, on standard error and only on a terminal."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from grader.batch import Graded

__all__ = ["Progress", "pace"]


def pace(done: int, total: int, seconds: float) -> str:
    """Rate and time left in words, from what was really graded so far.

    >>> pace(6, 24, 3.0), pace(0, 24, 1.0)
    ('2.0 a second, 9 s left', '')
    """
    if done == 0 or seconds <= 0:
        return ""
    rate = done / seconds
    speed = f"{rate:.1f} a second" if rate >= 1 else f"{1 / rate:.1f} s each"
    left = (total - done) / rate
    return f"{speed}, {left:.0f} s left" if left < 120 else f"{speed}, {left / 60:.0f} min left"


class Progress:
    """A context manager to be called with each `Graded`.  Says nothing where standard error is no terminal."""

    def __init__(self, title: str) -> None:
        self._title, self._started, self._fresh, self._kept = title, time.monotonic(), 0, 0
        self._bar: _Bar | None = None

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            self._bar = _Bar(self._title)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.close()

    def __call__(self, graded: Graded) -> None:
        """Move the bar."""
        self.moved(graded.done, graded.total, fresh=graded.fresh)

    def moved(self, done: int, total: int, *, fresh: bool = True) -> None:
        """Move the bar: so many of all are done, the last of them now or (not fresh) long before."""
        self._fresh += fresh
        self._kept += not fresh
        if self._bar is not None:
            seconds = time.monotonic() - self._started
            self._bar.move(done, total, pace(self._fresh, total - self._kept, seconds))


class _Bar:
    """rich's bar, loaded only where it is seen."""

    def __init__(self, title: str) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
        from rich.progress import Progress as Bars

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[pace]}"))
        self._bars = Bars(*columns, console=Console(stderr=True), transient=True)
        self._task = self._bars.add_task(title, total=None, pace="starting kernels")
        self._bars.start()

    def move(self, done: int, total: int, said: str) -> None:
        """Show that so many of all are done."""
        self._bars.update(self._task, completed=done, total=total, pace=said)

    def close(self) -> None:
        """Take the bar off the screen."""
        self._bars.stop()
