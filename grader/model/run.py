"""One run of a submission: what is executed, and what came back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from grader.model.evidence import Evidence
from grader.model.exercise import Exercise, Limits, Variant
from grader.model.notebook import Notebook
from grader.model.report import RunStatus

__all__ = ["Drawn", "Executor", "Job", "Observed", "Outcome", "Ran"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A notebook to execute.

    files: data files laid into the working folder (name -> bytes).  served: URL -> bytes, answered without network.
    seed: where set, every seed that the notebook sets (or does not set) is replaced by one derived from it.
    chance: where set, random numbers begin at it until the notebook sets a seed of its own; so a run can be had again.
    """

    notebook: Notebook
    limits: Limits = Limits()
    files: Mapping[str, bytes] = field(default_factory=dict)
    served: Mapping[str, bytes] = field(default_factory=dict)
    seed: int | None = None
    chance: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a run gave: how it ended, under which isolation (`L0` to `L3`), wall seconds, and its decoded evidence.

    detail: one sentence on why the run ended as it did, '' when it completed.
    stream: the recorder's bytes as they were read, which `evidence` was decoded from: what is stored, and can be judged again.
    """

    status: RunStatus
    isolation: str
    seconds: float
    evidence: Evidence
    detail: str = ""
    stream: bytes = field(default=b"", repr=False)


class Executor(Protocol):
    """The port notebook -> evidence.  A plain kernel, a forked confined one and a fake all keep the same contract suite."""

    def run(self, job: Job) -> Outcome:
        """Execute every code cell in order, going on after a cell that raises.

        Raises ExecutionError only when the machine can't run a kernel at all; whatever the notebook does is an Outcome.
        """
        ...

    def close(self) -> None:
        """End every process that this executor started."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """A run as the judge sees it: the exercise as it was in that run (a variant changes its data), and the outcome.

    files: the data files as served in that run (name -> bytes); a `Table` gets its rows from here.
    """

    exercise: Exercise
    outcome: Outcome
    variant: Variant | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What the judge drew for its own run, so that this run can be seen again as it was, with nothing drawn anew.

    kind: the variant's name (`OtherSeed`, `OtherLine`, `OtherTable`).  seed, slope, intercept: where that variant has them.
    files: the data files that were not the exercise's own in this run (name -> bytes).
    """

    kind: str
    seed: int | None = None
    slope: float | None = None
    intercept: float | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A run as it is stored: all that is needed to judge it again, with nothing executed.

    drawn: None for the run as handed in.  environment: versions it ran under, by name.
    """

    outcome: Outcome
    drawn: Drawn | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
