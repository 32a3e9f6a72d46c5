"""Processor time: counted over all processes of a kernel, anew for each cell, and for the whole notebook."""

import time
from dataclasses import replace

from grader.execution.confinement.policy import Allowance
from grader.execution.forked.kernel import ForkedKernel
from grader.execution.forked.verdict import named
from grader.execution.run import execute
from grader.model.exercise import Limits
from tests.execution.contract import ended, job

BURN = "import time\nbegan = time.process_time()\nwhile time.process_time() - began < {seconds}: pass"
TOGETHER = "import os\nfor _ in range(3): os.fork()\nwhile True: pass"


def run(warm, task, **allowed):
    """The outcome of a task in a kernel with an allowance of CPU seconds that its wall limits don't give away."""
    handle = warm.parent.fork(warm.confinement, replace(Allowance(), **allowed))
    try:
        handle.wait_ready()
        return named(execute(ForkedKernel(handle, warm.confinement.level), task), handle.ended, task.limits)
    finally:
        handle.discard()


def test_a_cell_that_uses_too_much_is_ended_by_name_and_the_count_begins_anew_with_each_cell(warm):
    began = time.monotonic()
    within = BURN.format(seconds=0.6)
    task = job("x = 1.0", within, within, within, BURN.format(seconds=60), "after = 1.0")
    outcome = run(warm, task, cell_cpu_seconds=1.0)
    assert (outcome.status, outcome.detail) == ("timed-out", "cell 9: the cell's processor time was up")
    assert ended(outcome) == ["ok"] * 4 + ["error", "not-run"]
    assert outcome.evidence.cells[4].error == "TimeLimit"
    assert time.monotonic() - began < 30


def test_processes_of_one_cell_count_together(warm):
    outcome = run(warm, job(TOGETHER, limits=Limits(cell_seconds=20.0)), cell_cpu_seconds=1.0)
    assert (outcome.status, outcome.detail) == ("timed-out", "cell 1: the cell's processor time was up")
    assert outcome.seconds < 10


def test_the_notebook_has_processor_time_of_its_own(warm):
    task = job(*[BURN.format(seconds=0.6)] * 6, limits=Limits(notebook_seconds=2.0, cell_seconds=60.0))
    outcome = run(warm, task)
    assert outcome.status == "timed-out"
    assert ended(outcome)[0] == "ok"
    assert ended(outcome)[-1] == "not-run"
