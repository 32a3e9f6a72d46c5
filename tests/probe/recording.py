"""A kernel without a kernel: cells executed in this very process under the real recorder, then decoded as any kernel's stream is."""

import os
import random
import sys
import warnings
from contextlib import contextmanager
from textwrap import dedent

import numpy as np
import torch

from grader.model.evidence import CellOutcome
from grader.probe.channel import FORMAT, Channel
from grader.probe.figures import Figures
from grader.probe.hooks import install
from grader.probe.recorder import Recorder
from grader.probe.values import Values
from grader.wire import decode

BUDGET = 192 << 20


class Kernel:
    """Runs cells one by one in one namespace.  `evidence()` closes the stream and decodes it.

    names: what the cells have defined.  stream: the bytes written, once closed.  raised: the exception of each cell, or None.
    """

    def __init__(self, path, *, seed=None, budget=BUDGET):
        self.path = path
        self.channel = Channel(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), budget=budget)
        self.channel.emit("begin", format=FORMAT, torch=torch.__version__, numpy=np.__version__)
        self.recorder = Recorder(self.channel)
        self.recorder.cell_of_file = lambda name: int(name[6:-1]) if name.startswith("<cell ") else -1
        self.values, self.figures = Values(self.recorder), Figures(self.recorder)
        self.names = {"__name__": "__main__"}
        self.outcomes, self.raised = [], []
        self.stop = install(self.recorder, seed=seed)
        self._closed = None

    def run(self, *cells, at=None):
        """Execute cells as numbers `at`, `at` + 1, … (going on from the last one); what one raises is kept, not passed on."""
        for number, source in enumerate(cells, len(self.outcomes) if at is None else at):
            self.recorder.begin_cell(number)
            error = None
            with warnings.catch_warnings():
                warnings.simplefilter("default")
                try:
                    exec(compile(dedent(source), f"<cell {number}>", "exec"), self.names)
                except Exception as raised:  # noqa: BLE001 - the cell loop: a cell may raise anything
                    error = raised
                self.figures.tell(self.names)
                self.values.tell(self.names)
                self.recorder.end_cell()
            self.raised.append(error)
            status = "ok" if error is None else "error"
            self.outcomes.append(
                CellOutcome(cell=number, status=status, error=type(error).__name__ if error else "", message=str(error or ""))
            )
        return self

    def close(self):
        """Stop listening and write the closing record; calling it again changes nothing."""
        if self._closed is None:
            self.stop()
            self.recorder.close()
            self._closed = self.path.read_bytes()

    @property
    def stream(self):
        self.close()
        return self._closed

    def evidence(self):
        """Everything that the cells left, decoded; the kernel is closed afterwards."""
        return decode(self.stream, tuple(self.outcomes))


@contextmanager
def undisturbed():
    """Random state, pyplot's patches and import hooks as they were, whatever a kernel does in between."""
    held = torch.get_rng_state(), np.random.get_state(), random.getstate()  # noqa: NPY002 - as below
    finders = list(sys.meta_path)
    import matplotlib.pyplot as plt
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    patched = [(plt, "show")] + [(Axes, n) for n in ("plot", "semilogy", "scatter")] + [(Figure, "show")]
    plain = [vars(owner)[name] for owner, name in patched]
    try:
        yield
    finally:
        plt.close("all")
        for (owner, name), value in zip(patched, plain, strict=True):
            setattr(owner, name, value)
        sys.meta_path[:] = finders
        torch.set_rng_state(held[0])
        np.random.set_state(held[1])  # noqa: NPY002 - the state that a notebook's np.random.seed() sets
        random.setstate(held[2])


@contextmanager
def kernels(folder):
    """A function that makes kernels with streams in `folder`; all are stopped at the end."""
    made = []

    def make(**settings):
        # Two recorders at once would each see the other's patches: one ends before the next begins.
        for kernel in made:
            kernel.close()
        made.append(Kernel(folder / f"stream-{len(made)}", **settings))
        return made[-1]

    with undisturbed():
        try:
            yield make
        finally:
            for kernel in made:
                kernel.close()
