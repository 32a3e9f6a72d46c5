"""How a run ended, in the light of what the kernel's supervisor saw.  Pure."""

from __future__ import annotations

import signal
from dataclasses import replace

from grader.execution.forked.messages import Ended
from grader.execution.watch import megabytes
from grader.model.evidence import CellOutcome
from grader.model.exercise import Limits
from grader.model.report import RunStatus
from grader.model.run import Outcome

__all__ = ["named"]

_NAMES: dict[str, tuple[RunStatus, str, str]] = {
    "wall": ("timed-out", "TimeLimit", "the notebook's time was up"),
    "cpu": ("timed-out", "TimeLimit", "the notebook's processor time was up"),
    "cell-cpu": ("timed-out", "TimeLimit", "the cell's processor time was up"),
    "disk": ("died", "DiskLimit", "it wrote more to disk than allowed"),
}


_SIGSYS = -signal.SIGSYS if hasattr(signal, "SIGSYS") else None
"""How a kernel ends that called the system by another architecture's numbers: the filter lets nothing of that be tried."""


def _name(ended: Ended, limits: Limits) -> tuple[RunStatus, str, str] | None:
    """What the supervisor or the filter ended it for; None where it was the grader's wish or the kernel's own doing."""
    if not ended.reason and ended.code == _SIGSYS:
        return "forbidden", "Forbidden", "it made a system call that no notebook needs"
    if ended.reason in _NAMES:
        return _NAMES[ended.reason]
    if ended.reason == "memory" or (ended.oom_kills and ended.reason != "asked"):
        return "out-of-memory", "MemoryLimit", f"more than {megabytes(limits.memory_bytes)} of memory"
    return None


def named(outcome: Outcome, ended: Ended | None, limits: Limits) -> Outcome:
    """The outcome with the name of what really ended it: the driver can only see that the kernel died.

    >>> from grader.model.evidence import Evidence
    >>> died = Outcome(status="died", isolation="L3", seconds=1.0, evidence=Evidence())
    >>> named(died, Ended(reason="memory", code=-9), Limits()).status
    'out-of-memory'
    """
    found = _name(ended, limits) if ended is not None and outcome.status == "died" else None
    if found is None:
        return outcome
    status, error, why = found
    place = outcome.detail.partition(":")[0]
    detail = f"{place}: {why}" if place.startswith(("cell ", "after ")) else why

    def mend(cell: CellOutcome) -> CellOutcome:
        return replace(cell, error=error, message=why) if cell.error == "KernelDied" else cell

    cells = tuple(mend(cell) for cell in outcome.evidence.cells)
    return replace(outcome, status=status, detail=detail, evidence=replace(outcome.evidence, cells=cells))
