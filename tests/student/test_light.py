"""What the student's part needs: tried in processes in which everything else can't be imported, forked or read."""

import os
import shutil
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.exercises.students import right

HEAVY = (
    "sqlalchemy", "alembic", "sklearn", "nbclient", "plotly", "jinja2", "pandas", "scipy", "jupytext", "libcst", "psutil", "zmq",
    "jupyter_client", "ipykernel", "psycopg", "contourpy", "seaborn", "matplotlib",
)  # fmt: skip

WALLED = """
import builtins, importlib.abc, os, socket, sys


class Wall(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in BLOCKED:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


sys.meta_path.insert(0, Wall())
torn = [name for name in ("fork", "forkpty", "waitid", "sched_getaffinity") if hasattr(os, name)]
for name in torn:
    delattr(os, name)
opened = builtins.open


def guarded(file, *args, **kwargs):
    assert not str(file).startswith("/proc"), file
    return opened(file, *args, **kwargs)


builtins.open = guarded


def refused(*args, **kwargs):
    raise OSError("no network")


socket.socket.connect = refused
"""

ASKED = """
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

shell = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
for source in CELLS:
    shell.run_cell(source, store_history=True)
print("HEAVY", [name for name in BLOCKED if name in sys.modules])
"""


def python(folder, *parts, blocked=HEAVY, **names):
    """What such a process prints."""
    program = "\n".join([f"BLOCKED = {tuple(blocked)!r}", *(f"{name} = {value!r}" for name, value in names.items()), *parts])
    environment = {**os.environ, "IPYTHONDIR": str(folder / "ipython"), "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    command = [sys.executable, "-c", program]
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False, timeout=240, encoding="utf-8")
    assert ran.returncode == 0, ran.stderr
    assert "Traceback" not in ran.stderr + ran.stdout
    return " ".join(ran.stdout.split())


@pytest.fixture
def folder(tmp_path):
    for path in (ROOT / "exercises" / "slope-and-bias").iterdir():
        shutil.copy(path, tmp_path)
    return tmp_path


def test_nothing_heavy_is_needed_nor_a_fork_nor_proc_nor_a_network(folder, entry):
    """Work without figures, since matplotlib is behind the wall as well; all else passes."""
    cells = [cell.source for cell in right(entry) if cell.kind == "code" and "plt" not in cell.source]
    said = python(folder, WALLED, ASKED, CELLS=["%load_ext grader", "import torch", *cells, "%grade"])
    assert "✗ 9 of 10 checks pass (8.5 of 9 points)" in said
    assert "Another figure" in said
    assert said.endswith("HEAVY []")


def test_without_torch_it_says_so_and_the_notebook_goes_on(folder):
    said = python(folder, WALLED, ASKED, blocked=("torch",), CELLS=["%load_ext grader", "%grade", "print('still', 'here')"])
    assert "PyTorch is not installed in this kernel. Install torch, then restart and run all cells." in said
    assert "The check is not loaded" in said
    assert "still here" in said


def test_in_plain_python_it_says_where_it_works(folder):
    said = python(folder, WALLED, "import grader\ngrader.check()\ngrader.check()\nassert 'torch' not in sys.modules")
    assert said.count("This works in a notebook: put %load_ext grader in its first cell and %grade in its last.") == 2
