"""One job on one kernel: start the recorder, execute the cells in order, let the recorder close, read what it left."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass

from grader.execution.kernel import Kernel, Laid
from grader.execution.link import Link
from grader.execution.replies import Reply, outcome
from grader.execution.watch import Stop, Watch
from grader.model.errors import ExecutionError
from grader.model.evidence import CellOutcome
from grader.model.notebook import Cell
from grader.model.report import RunStatus
from grader.model.run import Job, Outcome
from grader.wire import decode

__all__ = ["execute", "start_code"]

START_SECONDS = 60.0
FINISH_SECONDS = 5.0
GRACE_SECONDS = 1.0
"""How long a kernel may take to answer after an interrupt."""

FINISH = '__import__("grader.probe.start", fromlist=["finish"]).finish()'
BLAME = {
    "timed-out": "TimeLimit",
    "out-of-memory": "MemoryLimit",
    "too-much-output": "OutputLimit",
    "died": "KernelDied",
}
"""The error that a cell is recorded with when it was the grader that ended it, or when it ended the kernel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ran:
    """How the cells went.  usable: the kernel still answers."""

    status: RunStatus
    detail: str
    outcomes: tuple[CellOutcome, ...]
    usable: bool


def execute(kernel: Kernel, job: Job) -> Outcome:
    """Run a job on a fresh kernel.  The kernel is dead afterwards; the caller discards it.

    `Outcome.seconds` is the time of the cells alone.  Raises ExecutionError where the kernel or the recorder won't start.
    """
    laid = kernel.lay(job)
    # Both limits hold while a message is read, so no message is larger than all the output allowed.
    link = Link(kernel.connection, largest_message=max(job.limits.output_bytes, 2**20))
    try:
        watch = Watch(kernel, link, job.limits)
        cells = job.notebook.code()
        _start(kernel, watch, start_code(cells, laid, job))
        began = time.monotonic()
        ran = _finish(watch, _cells(kernel, watch, cells, job))
        seconds = time.monotonic() - began
    finally:
        kernel.kill()
        link.close()
    stream = kernel.evidence()
    return Outcome(
        status=ran.status,
        isolation=kernel.isolation,
        seconds=seconds,
        evidence=decode(stream, ran.outcomes),
        detail=ran.detail,
        stream=stream,
    )


def start_code(cells: Sequence[Cell], laid: Laid, job: Job) -> str:
    """The one statement that starts the recorder, its settings as one JSON string literal."""
    settings = {
        "stream": laid.stream, "cells": [cell.index for cell in cells], "served": dict(laid.served), "seed": job.seed, "chance": job.chance,
    }  # fmt: skip
    return f'__import__("grader.probe.start", fromlist=["start"]).start({json.dumps(json.dumps(settings))})'


def _start(kernel: Kernel, watch: Watch, code: str) -> None:
    answer = watch.ask(code, until=time.monotonic() + START_SECONDS)
    remedy = "see `grader doctor`"
    if isinstance(answer, Stop):
        kernel.kill()
        said = kernel.complaint()
        raise ExecutionError(f"no kernel could be started: {answer.detail}{': ' if said else ''}{said}", remedy=remedy)
    if not answer.ok:
        raise ExecutionError(f"the recorder could not be started: {answer.error}: {answer.message}", remedy=remedy)
    watch.guarded = True


def _cells(kernel: Kernel, watch: Watch, cells: Sequence[Cell], job: Job) -> _Ran:
    """Execute cells until the last, going on after one that raises, or until something stops the run."""
    outcomes: list[CellOutcome] = []
    end = time.monotonic() + job.limits.notebook_seconds
    for position, cell in enumerate(cells):
        began = time.monotonic()
        until = min(end, began + job.limits.cell_seconds)
        request = watch.send(cell.source)
        answer = watch.answer(request, until=until)
        seconds = time.monotonic() - began
        if isinstance(answer, Reply):
            outcomes.append(outcome(cell.index, answer, seconds))
            continue
        late, stop = _interrupted(kernel, watch, request, answer, seconds)
        outcomes.append(_stopped(cell, stop, late, time.monotonic() - began))
        outcomes.extend(CellOutcome(cell=other.index, status="not-run") for other in cells[position + 1 :])
        return _Ran(status=stop.status, detail=f"cell {cell.index}: {stop.detail}", outcomes=tuple(outcomes), usable=late is not None)
    return _Ran(status="completed", detail="", outcomes=tuple(outcomes), usable=True)


def _interrupted(kernel: Kernel, watch: Watch, request: str, stop: Stop, seconds: float) -> tuple[Reply | None, Stop]:
    """Interrupt a cell that ran out of time: its late reply (None: it did not listen), and why the run stops here."""
    if stop.status != "timed-out":
        return None, stop
    kernel.interrupt()
    late = watch.answer(request, until=time.monotonic() + GRACE_SECONDS)
    return (late if isinstance(late, Reply) else None), Stop(status="timed-out", detail=f"still running after {seconds:.3g} s")


def _stopped(cell: Cell, stop: Stop, late: Reply | None, seconds: float) -> CellOutcome:
    line = outcome(cell.index, late, seconds).line if late is not None else None
    return CellOutcome(cell=cell.index, status="error", error=BLAME[stop.status], message=stop.detail, line=line, seconds=seconds)


def _finish(watch: Watch, ran: _Ran) -> _Ran:
    """Let the recorder write its closing record.  Where it doesn't, the evidence says so itself, by lacking that record."""
    if not ran.usable:
        return ran
    answer = watch.ask(FINISH, until=time.monotonic() + FINISH_SECONDS)
    if isinstance(answer, Reply) or answer.status == "timed-out" or ran.status != "completed":
        return ran
    return _Ran(status=answer.status, detail=f"after the last cell: {answer.detail}", outcomes=ran.outcomes, usable=False)
