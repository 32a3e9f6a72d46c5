"""The attack list: each payload runs as a notebook; canaries outside stay as they were, and the next notebook is run correctly."""

import os
import time
from pathlib import Path

import pytest

from grader.execution.forked.usage import descendants
from grader.model.exercise import Limits
from tests.execution.attacks.payloads import FLOODS, HELPERS, PROBES
from tests.execution.contract import TRAIN, job, number


def limits(statuses):
    """Two seconds where time is what runs out, else enough for a busy machine."""
    return Limits(cell_seconds=2.0 if "timed-out" in statuses else 10.0, memory_bytes=700_000_000, output_bytes=2_000_000)


def left_behind(executor):
    """Processes of kernels that are still there two seconds after a run."""
    give_up = time.monotonic() + 2
    while (alive := descendants(executor.parent.pid)) and time.monotonic() < give_up:
        time.sleep(0.05)
    named = [p for p in Path("/proc").glob("[0-9]*/cmdline") if b"86411" in _bytes(p)]
    return [*alive, *named]


def _bytes(path):
    try:
        return path.read_bytes()
    except OSError:
        return b""


def works_afterwards(executor):
    outcome = executor.run(job(TRAIN, "after = 2.0"))
    return outcome.status == "completed" and len(outcome.evidence.steps[0]) == 3 and number(outcome, "after") == 2.0


def test_nothing_outside_can_be_read_written_reached_or_signalled(executor, canaries):
    facts = {
        "folder": str(canaries.folder), "abstract": canaries.abstract, "grader": os.getpid(), "parent": executor.parent.pid,
    }  # fmt: skip
    sources = [HELPERS, *(source.format(**facts) for source in PROBES.values())]
    outcome = executor.run(job(*sources, limits=Limits(cell_seconds=20.0)))
    assert outcome.status == "completed", outcome.detail
    raised = {c.cell: (c.error, c.message) for c in outcome.evidence.cells if c.status != "ok"}
    assert not raised
    passed = {v.name: float(v.values[0]) for v in outcome.evidence.values if v.name in PROBES}
    assert {name for name in PROBES if passed.get(name) != 1.0} == set()
    assert "CANARY-" not in repr([v for v in outcome.evidence.values if v.text])
    assert canaries.state() == canaries.before
    assert left_behind(executor) == []
    assert works_afterwards(executor)


@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_ends_with_its_name_and_leaves_nothing(executor, canaries, name):
    source, statuses = FLOODS[name]
    parent = executor.parent.pid
    began = time.monotonic()
    source = source.format(folder=str(canaries.folder)) if "{folder" in source else source
    outcome = executor.run(job(TRAIN, HELPERS, source, limits=limits(statuses)))
    assert time.monotonic() - began < 20
    assert outcome.status in statuses, outcome.detail
    assert len(outcome.evidence.steps[0]) == 3  # training that finished before is still there
    assert executor.parent.pid == parent
    assert left_behind(executor) == []
    assert canaries.state() == canaries.before


def test_after_all_floods_the_next_notebook_runs(executor):
    assert works_afterwards(executor)
