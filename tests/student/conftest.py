"""A shell in this very process: cells run in it as a kernel runs them, under the student's own check."""

import shutil
import warnings
from dataclasses import dataclass, field

import pytest

import grader
from tests.conftest import ROOT


@dataclass
class Shell:
    """An IPython shell in a student's folder.

    run: executes a cell, as `cell` where the front end names cells.  ask: runs a cell that asks, and gives what it shows.
    """

    shell: object
    results: list = field(default_factory=list)

    def run(self, source, cell=None):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a student's are the student's
            self.results.append(self.shell.run_cell(source, store_history=True, cell_id=cell))
        return self.results[-1]

    def ask(self, source="%grade"):
        from IPython.utils.capture import capture_output

        with capture_output() as captured:
            self.run(source)
        shown = [one.data for one in captured.outputs]
        return shown[-1] if shown else {"text/plain": captured.stdout, "text/html": ""}

    def cells(self, entry, changes=(), named=True):
        """Run every code cell of the exercise's right specimen, changed: (grade id, text, what stands there instead)."""
        from tests.exercises.students import right

        for cell in right(entry, changes):
            if cell.kind == "code":
                self.run(cell.source, cell.metadata["nbgrader"]["grade_id"] if named else None)


@pytest.fixture
def shell(tmp_path, monkeypatch, capsys):
    """A fresh shell in a folder with the bundle of slope-and-bias; every patch is undone at the end."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    from tests.probe.recording import undisturbed

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "agg")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    for path in (ROOT / "exercises" / "slope-and-bias").iterdir():
        shutil.copy(path, tmp_path)
    InteractiveShell.clear_instance()
    made = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    with undisturbed():
        try:
            yield Shell(made)
        finally:
            grader.unload_ipython_extension(made)
            InteractiveShell.clear_instance()


@pytest.fixture
def watched(shell):
    """The shell, with the check loaded by its first cell."""
    from grader.notebooks import LOAD

    shell.run(LOAD.source, "grader-load")
    return shell
