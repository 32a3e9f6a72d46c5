"""What every executor must do, as tests that a real one is put through.

Use: subclass `ExecutorContract` in a test module and give it a fixture `executor` (scope "class": kernels are dear).
A kernel that is confined passes the same tests; what it forbids beyond them has tests of its own.
"""

import time
from pathlib import Path

import pytest

from grader.model.exercise import Limits
from grader.model.notebook import Cell, Notebook
from grader.model.run import Job

SLACK = 30.0  # seconds; nothing is timed here: a hang would last until the limits of a cell (60 s) or of a notebook (180 s)
"""Seconds that a run may take beyond its limits: starting a kernel, on a busy machine."""


def job(*sources, **settings):
    """A job of code cells whose indices are 1, 3, 5, …: a text cell stands before each."""
    cells = []
    for number, source in enumerate(sources):
        cells.append(Cell(index=2 * number, kind="markdown", source="text"))
        cells.append(Cell(index=2 * number + 1, kind="code", source=source))
    return Job(notebook=Notebook(name="submission", cells=tuple(cells)), **settings)


def ended(outcome):
    """How each cell ended."""
    return [cell.status for cell in outcome.evidence.cells]


def number(outcome, name):
    """The last recorded value of a name."""
    return [float(value.values[0]) for value in outcome.evidence.values if value.name == name][-1]


def gone(pid):
    """True once there is no such process, or only its corpse."""
    give_up = time.monotonic() + 2
    while time.monotonic() < give_up:
        try:
            if Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[0] in "ZX":
                return True
        except OSError:
            return True
        time.sleep(0.02)
    return False


SECOND = "one = 1.0\nraise ValueError('\\x1b[31mred\\x1b[0m' + 'x' * 5000)"
FUNCTION = "def f(x):\n    return 1 / x\n\n\nf(0)"
TRAIN = """import torch
w = torch.tensor(2.0, requires_grad=True)
for _ in range(3):
    loss = (w * 3.0) ** 2
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
    w.grad = None
"""
ENVIRONMENT = """import os, sys, matplotlib
agg = float(matplotlib.get_backend().lower() == 'agg')
threads = float(os.environ['OMP_NUM_THREADS'] + '.0')
secret = float('GRADER_TEST_SECRET' in os.environ)
history = float(get_ipython().history_manager.enabled)
home = float(os.path.realpath(os.path.expanduser('~')) == os.environ.get('REAL_HOME', '?'))
rows = float(len(open('data/cars.csv').readlines()))
clean = float(os.listdir('.') == ['data'])
"""
URLS = """import time, urllib.request
import pandas as pd
began = time.perf_counter()
table = pd.read_csv('https://example.org/raw/abc123/cars.csv?raw=1')
mpg = float(table.mpg.sum())
path, _ = urllib.request.urlretrieve('http://example.org/raw/other/cars.csv', 'copy.csv')
lines = float(len(open('copy.csv').readlines()))
try:
    urllib.request.urlopen('https://nowhere.example/x.csv')
    refused = 0.0
except OSError as error:
    refused = float('no network' in str(error))
waited = time.perf_counter() - began
"""
INERT = """%load_ext grader
%grade
import grader
grader.check()
%matplotlib inline
%config InlineBackend.figure_format = 'svg'
%pip install something
!pip install something
import matplotlib.pyplot as plt
still = float(plt.get_backend().lower() == 'agg')
shell = float(get_ipython().run_line_magic('sx', 'pip install x; echo $?')[-1] + '.0')
from dataidea_science.plots import *
surface = plot_error_surfaces(15, 15, [1], [2], 30, go=False)
surface.set_para_loss(1.0, 2.0, 3.0)
surface.set_para_loss(object(), 3.0)
surface.plot_ps()
surface.final_plot()
get_surface.set_para_loss(1.0, 2.0, 3.0)
import nbdev
from nbdev.showdoc import show_doc
show_doc(surface)
exit()
"""


class ExecutorContract:
    """The tests.  Few kernels, many assertions."""

    @pytest.fixture(scope="class")
    @classmethod
    def ordinary(cls, executor):
        """One notebook that holds everything which must not end a run."""
        task = job(
            TRAIN, SECOND, FUNCTION, "x = (", "f(0)", "1 +\n+", "input('name? ')", ENVIRONMENT, URLS, INERT, "import sys; sys.exit(1)",
            "# nothing but a remark", "%%bash\nexit 0", "last = one + 41.0",
            files={"data/cars.csv": b"a\n1\n2\n"},
            served={"https://example.org/raw/b999/cars.csv": b"name,mpg\nx,21.5\ny,20.5\n"},
        )  # fmt: skip
        return executor.run(task)

    def test_every_cell_is_executed_although_some_raise(self, ordinary):
        assert (ordinary.status, ordinary.detail) == ("completed", "")
        assert ended(ordinary) == ["ok", *["error"] * 6, "ok", "ok", "ok", "error", "ok", "ok", "ok"]
        assert [cell.cell for cell in ordinary.evidence.cells] == list(range(1, 29, 2))
        assert number(ordinary, "last") == 42.0
        assert ordinary.isolation in ("L0", "L1", "L2", "L3")
        assert 0 < sum(cell.seconds for cell in ordinary.evidence.cells) <= ordinary.seconds

    def test_an_error_has_its_type_its_message_and_its_line_in_the_cell(self, ordinary):
        seen = {c.cell: (c.error, c.line) for c in ordinary.evidence.cells if c.status == "error"}
        assert seen[3] == ("ValueError", 2)
        assert seen[5] == ("ZeroDivisionError", 2)
        assert seen[7] == ("SyntaxError", 1)
        assert seen[9] == ("ZeroDivisionError", 1)  # the function stands in another cell
        assert seen[11] == ("SyntaxError", 1)
        message = ordinary.evidence.cells[1].message
        assert message.startswith("redxxx")
        assert len(message) == 2000

    def test_the_training_left_evidence_at_the_right_cell(self, ordinary):
        assert ordinary.evidence.complete
        (steps,) = ordinary.evidence.steps
        assert steps.cell.tolist() == [1, 1, 1]
        assert steps.loss[0] == pytest.approx(36.0)
        assert number(ordinary, "last") == 42.0
        assert {value.cell for value in ordinary.evidence.values if value.name == "last"} == {27}

    def test_the_kernel_sees_its_files_and_nothing_of_the_grader(self, ordinary):
        for name, expected in {"agg": 1, "threads": 1, "secret": 0, "history": 0, "home": 0, "rows": 3, "clean": 1}.items():
            assert number(ordinary, name) == expected, name

    def test_declared_urls_are_answered_and_others_refused_at_once(self, ordinary):
        assert (number(ordinary, "mpg"), number(ordinary, "lines"), number(ordinary, "refused")) == (42.0, 3.0, 1.0)
        assert number(ordinary, "waited") < 2.0

    def test_magics_shims_and_exit_are_inert(self, ordinary):
        assert number(ordinary, "still") == 1.0
        assert number(ordinary, "shell") == 1.0

    def test_an_endless_cell_is_interrupted_and_its_evidence_kept(self, executor):
        began = time.monotonic()
        outcome = executor.run(job(TRAIN, "n = 0.0\nwhile True:\n    n += 1", "after = 1.0", limits=Limits(cell_seconds=2.0)))
        assert time.monotonic() - began < 2.0 + 1.0 + SLACK
        assert outcome.status == "timed-out"
        assert ended(outcome) == ["ok", "error", "not-run"]
        assert outcome.evidence.cells[1].error == "TimeLimit"
        assert outcome.evidence.cells[1].line in (2, 3)
        assert len(outcome.evidence.steps[0]) == 3
        assert "cell 3" in outcome.detail

    def test_a_cell_that_ignores_the_interrupt_is_killed_with_all_its_children(self, executor):
        source = (
            "import os, signal, subprocess, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nme = float(os.getpid())\n"
            "child = float(subprocess.Popen(['sleep', '300'], start_new_session=True).pid)"
        )
        hold = "try:\n    time.sleep(300)\nexcept BaseException:\n    time.sleep(300)"
        outcome = executor.run(job(source, hold, limits=Limits(cell_seconds=1.0)))
        assert outcome.status == "timed-out"
        assert ended(outcome) == ["ok", "error"]
        if outcome.isolation in ("L0", "L1"):  # elsewhere these numbers are of another world
            assert gone(int(number(outcome, "me")))
            assert gone(int(number(outcome, "child")))

    def test_the_notebook_has_a_limit_of_its_own(self, executor):
        outcome = executor.run(job(*["import time; time.sleep(0.6)"] * 4, limits=Limits(notebook_seconds=1.5)))
        assert outcome.status == "timed-out"
        assert ended(outcome) == ["ok", "ok", "error", "not-run"]

    @pytest.mark.parametrize(
        ("source", "words"),
        [("import os; os._exit(3)", "exit code 3"), ("import os; os.kill(os.getpid(), 11)", "SIGSEGV")],
        ids=["leaves", "crashes"],
    )
    def test_a_kernel_that_dies_is_no_pass_and_no_hang(self, executor, source, words):
        began = time.monotonic()
        outcome = executor.run(job("x = 1.0", source, "after = 1.0"))
        assert time.monotonic() - began < SLACK
        assert outcome.status == "died"
        assert words in outcome.detail
        assert ended(outcome) == ["ok", "error", "not-run"]
        assert outcome.evidence.cells[1].error == "KernelDied"
        assert not outcome.evidence.complete
        assert number(outcome, "x") == 1.0

    @pytest.mark.parametrize(
        "source",
        ["while True:\n    print('x' * 1000)", "import os\nwhile True:\n    os.write(1, b'x' * 4096)", "print('x' * 30_000_000)"],
        ids=["print", "write", "one"],
    )
    def test_a_flood_of_output_is_stopped(self, executor, source):
        outcome = executor.run(job("x = 1.0", source, "after = 1.0", limits=Limits(output_bytes=2_000_000, cell_seconds=20.0)))
        assert outcome.status == "too-much-output"
        assert ended(outcome) == ["ok", "error", "not-run"]
        assert number(outcome, "x") == 1.0

    def test_a_hungry_cell_is_stopped_and_one_that_asks_for_the_impossible_just_raises(self, executor):
        impossible = "import numpy\nnumpy.zeros(10**15)"
        growing = "import time\nheld = []\nwhile True:\n    held.append(b'x' * 20_000_000)\n    time.sleep(0.01)"
        outcome = executor.run(job(impossible, growing, limits=Limits(memory_bytes=1_500_000_000, cell_seconds=20.0)))
        first, second = outcome.evidence.cells
        assert first.error.endswith("MemoryError")
        # A confined kernel may be refused memory by its machine before it is caught with too much.
        assert outcome.status == "out-of-memory" or second.error == "MemoryError"

    def test_runs_share_nothing(self, executor):
        left = executor.run(job("import os, builtins\nbuiltins.mark = 1\nopen('left', 'w').close()\npid = float(os.getpid())"))
        found = executor.run(
            job("import os, builtins\nkept = float(hasattr(builtins, 'mark') or os.path.exists('left'))\npid = float(os.getpid())")
        )
        assert number(found, "kept") == 0.0
        if left.isolation in ("L0", "L1"):
            assert number(found, "pid") != number(left, "pid")
            assert gone(int(number(left, "pid")))

    def test_an_empty_notebook_completes(self, executor):
        outcome = executor.run(job())
        assert (outcome.status, outcome.evidence.cells) == ("completed", ())

    def test_what_the_recorder_left_may_be_torn(self, executor):
        """A student can reach the file: what is read of it must never hang or raise."""
        find = "import os, glob\nfds = [os.readlink(f) for f in glob.glob('/proc/self/fd/*') if os.path.exists(f)]\n"
        tear = "for f in fds:\n    if 'evidence' in f:\n        os.remove(f); os.mkfifo(f)"
        outcome = executor.run(job("x = 1.0", find + tear, "y = 2.0"))
        assert outcome.status == "completed"
        assert [cell.status for cell in outcome.evidence.cells][::2] == ["ok", "ok"]
