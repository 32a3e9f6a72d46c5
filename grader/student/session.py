"""The recorder in the student's own kernel: every cell from the loading one on, and what it left behind."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from grader.model.errors import UsageError
from grader.notebooks import is_check
from grader.student.ran import Ran, key_of, outcome_of

__all__ = ["Session"]


class Session:
    """Listens to one IPython shell until `close`.

    ran: the executions so far, in order; cells of the check itself are left out.  late: cells had run before, with torch at hand.
    mixed: the cell that asks right now holds other code as well, whose evidence is not complete.
    """

    def __init__(self, shell: Any) -> None:
        had_torch = "torch" in sys.modules
        try:
            import torch
        except ImportError:
            raise UsageError("PyTorch is not installed in this kernel", remedy="install torch, then restart and run all cells") from None
        from grader.probe import hooks
        from grader.probe.channel import FORMAT, Channel
        from grader.probe.recorder import Recorder
        from grader.probe.start import Watch

        earlier = list(shell.user_ns.get("In", []))[:-1]
        self.shell = shell
        self.late = had_torch and any(isinstance(source, str) and source.strip() and not is_check(source) for source in earlier)
        self.ran: list[Ran] = []
        with tempfile.TemporaryFile(buffering=0) as file:  # it has no name, or loses it with the last hold on it
            self._channel = Channel(os.dup(file.fileno()))
        self._channel.emit("begin", format=FORMAT, torch=torch.__version__, numpy=np.__version__)
        self._recorder = Recorder(self._channel)
        self._watch = Watch(self._recorder, _number, hooks.install(self._recorder), looked_at=True)
        self._open: list[tuple[Any, float]] = []
        self._keys: set[str] = set()
        self._undo = self._attach()

    # ---- listening -------------------------------------------------------------------------------------------------------

    def _attach(self) -> list[Callable[[], None]]:
        events = self.shell.events
        self._watch.figures.watch()
        events.register("pre_run_cell", self._before)
        # First of all: the inline backend shows the figures at this moment, and closes them.
        events.callbacks["post_execute"].insert(0, self._drawn)
        events.register("post_run_cell", self._after)
        undo: list[Callable[[], None]] = [
            lambda: events.unregister("pre_run_cell", self._before),
            lambda: events.unregister("post_execute", self._drawn),
            lambda: events.unregister("post_run_cell", self._after),
            self._watch.learn_files(self.shell),
            self._watch.figures.unpatch,
            self._watch.stop,
        ]
        return undo

    def _before(self, info: Any = None) -> None:
        self._open.append((info, time.monotonic()))
        if len(self._open) == 1:
            key = key_of(_cell(info), info.raw_cell)
            if key in self._keys:  # what the first time left unchanged has to be told again
                self._watch.values.forget()
                self._watch.figures.forget()
            self._keys.add(key)
        self._watch.before(info)

    def _drawn(self) -> None:
        if self._open:
            self._watch.figures.tell(self.shell.user_ns)

    def _after(self, result: Any) -> None:
        self._watch.after(self.shell.user_ns)
        if not self._open:
            return  # the cell that loaded us
        info, began = self._open.pop()
        number = _number(info)
        if self._open or number < 0 or is_check(info.raw_cell) or not info.raw_cell.strip():
            return
        error = getattr(result, "error_before_exec", None) or getattr(result, "error_in_exec", None)
        outcome = outcome_of(number, error, time.monotonic() - began, lambda name: self._recorder.cell_of_file(name) == number)
        self.ran.append(Ran(number=number, source=info.raw_cell, cell=_cell(info), outcome=outcome))

    # ---- asking ----------------------------------------------------------------------------------------------------------

    @property
    def mixed(self) -> bool:
        """See the class."""
        return bool(self._open) and not is_check(self._open[0][0].raw_cell)

    def snapshot(self) -> bytes:
        """The recorder's stream as if it ended here; recording goes on."""
        self._recorder.flush()
        return self._channel.snapshot(self._recorder.faults)

    def close(self) -> None:
        """Stop listening, and leave the kernel as it was."""
        while self._undo:
            self._undo.pop(0)()
        self._recorder.close()


def _number(info: Any) -> int:
    """IPython's number of the cell that is about to run, -1 for what front ends run behind the student's back."""
    from IPython import get_ipython

    return int(get_ipython().execution_count) if getattr(info, "store_history", False) else -1


def _cell(info: Any) -> str:
    """The front end's name for the cell, '' where it (or an older IPython) gives none."""
    return str(getattr(info, "cell_id", None) or "")
