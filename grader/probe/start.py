"""Starting and ending the recorder inside a kernel: the only functions that the executing side calls here.

`start` takes one JSON text, so that nothing but plain data crosses; neither function leaves a name behind.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

from grader.probe.channel import FORMAT, Channel
from grader.probe.figures import Figures
from grader.probe.recorder import Recorder
from grader.probe.values import Values

__all__ = ["Watch", "finish", "start"]

_running: list[Watch] = []


class Watch:
    """Follows one IPython shell: top-level cells in their order, and names and figures at the end of each.

    number: the number of the cell that IPython says is about to run.  looked_at: see Figures.
    """

    def __init__(self, recorder: Recorder, number: Callable[[Any], int], stop: Callable[[], None], *, looked_at: bool = False) -> None:
        self.recorder = recorder
        self.number = number
        self.stop = stop
        self.values = Values(recorder)
        self.figures = Figures(recorder, looked_at=looked_at)
        self._depth = 0
        self._files: dict[str, int] = {}
        recorder.cell_of_file = lambda name: self._files.get(name, -1)

    def attach(self, shell: Any) -> None:
        """Register with the shell's events and learn which file name stands for which cell."""
        self.figures.watch()
        shell.events.register("pre_run_cell", self.before)
        shell.events.register("post_run_cell", lambda result: self.after(shell.user_ns))
        self.learn_files(shell)

    def learn_files(self, shell: Any) -> Callable[[], None]:
        """From now on learn which file name stands for which cell; returns the function that ends it."""
        compiler, plain = shell.compile, shell.compile.cache

        def cache(*args: Any, **kwargs: Any) -> Any:
            name = plain(*args, **kwargs)
            self._files[name] = self.recorder.cell
            return name

        def undo() -> None:
            if vars(compiler).get("cache") is cache:
                del compiler.cache

        compiler.cache = cache
        return undo

    def before(self, info: Any = None) -> None:
        """A cell begins.  Cells run from within a cell belong to that cell."""
        self._depth += 1
        if self._depth == 1:
            self.recorder.begin_cell(self.number(info))

    def after(self, namespace: Any) -> None:
        """A cell has ended: tell of its figures, then its names, then its leaves."""
        self._depth = max(0, self._depth - 1)
        if self._depth == 0:
            self.figures.tell(namespace)
            self.values.tell(namespace)
            self.recorder.end_cell()


def start(settings: str) -> None:
    """Begin to record in this kernel.

    settings: JSON with `stream` (a path) or `fd` (an open descriptor), `cells` (notebook index of each cell that will be
    executed, in order), `served` (URL -> path), `seed` (int or null: replace the notebook's seeds), `chance` (int or null: where
    random numbers begin until the notebook sets a seed).
    """
    options = json.loads(settings)
    import numpy as np
    import torch
    from IPython import get_ipython

    from grader.probe import hooks, serving, shims

    fd = options.get("fd")
    if fd is None:
        fd = os.open(options["stream"], os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0), 0o600)
    channel = Channel(fd)
    channel.emit("begin", format=FORMAT, torch=torch.__version__, numpy=np.__version__)
    recorder = Recorder(channel)
    cells = iter(options["cells"])
    watch = Watch(recorder, lambda info: next(cells, -1), hooks.install(recorder, seed=options.get("seed"), chance=options.get("chance")))
    serving.install(options.get("served", {}))
    shims.install()
    _running.append(watch)
    watch.attach(get_ipython())
    _tell_before_the_end(watch, get_ipython().user_ns)
    channel.flush()


def _tell_before_the_end(watch: Watch, namespace: Any) -> None:
    """os._exit() and os.abort() end a process at once: what was seen of the cell until then is told first."""
    kernel = os.getpid()

    def telling(end: Any) -> Any:
        def tell(*args: int) -> None:
            if os.getpid() == kernel and watch in _running:  # not in a child that the notebook forked, nor when all is told
                watch.after(namespace)
                watch.recorder.flush()
            end(*args)

        return tell

    for name in ("_exit", "abort"):
        setattr(os, name, telling(getattr(os, name)))


def finish() -> None:
    """Write the closing record."""
    while _running:
        watch = _running.pop()
        watch.stop()
        watch.recorder.close()
