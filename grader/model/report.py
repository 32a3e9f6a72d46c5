"""What a judgement is: outcomes of checks, findings, a score, and what it ran under."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["CellError", "CheckResult", "Finding", "Outcome", "Report", "Run", "RunStatus", "Value"]

Outcome = Literal["passed", "failed", "blocked", "unobserved", "fault"]
RunStatus = Literal["completed", "timed-out", "out-of-memory", "died", "too-much-output", "forbidden", "unreadable", "fault"]
Value = float | int | str | bool | None | tuple[float, ...] | tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """The outcome of one check.

    deviation and tolerance are in the unit that the message names (relative unless it says otherwise).
    pending: points withheld until a person looks (`fault`, or `unobserved` for a reason on our side).
    """

    id: str
    task: str
    title: str
    outcome: Outcome
    points: float
    max_points: float
    visible: bool = True
    actual: Value = None
    expected: Value = None
    deviation: float | None = None
    tolerance: float | None = None
    message: str = ""
    pending: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A named cause: where, what was seen, what was expected, and a hint.  certainty is in [0, 1].

    remark: said, but costs nothing (`tensors-not-floats`, the lecture's function called through globals, …).
    """

    rule: str
    task: str
    certainty: float
    message: str
    hint: str
    cell: int | None = None
    line: int | None = None
    remark: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CellError:
    """A cell that raised.  scaffold: the cell is the exercise's own, so it costs the student nothing."""

    cell: int
    type: str
    message: str
    line: int | None = None
    scaffold: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """How the notebook ran.  isolation is L0 (plain kernel) to L3; seconds is wall time of the first run."""

    status: RunStatus
    isolation: str
    seconds: float
    cells: int
    errors: tuple[CellError, ...] = ()
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One submission, judged."""

    exercise: str
    notebook: str
    student: str | None
    run: Run
    score: float
    max_score: float
    pending: float
    checks: tuple[CheckResult, ...]
    findings: tuple[Finding, ...]
    digests: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def cause(self) -> Finding | None:
        """The finding that matters most: the first that is not a remark, else None."""
        return next((f for f in self.findings if not f.remark), None)

    def called(self, check: CheckResult) -> str:
        """How a check is known: its id, or `task.id` where the exercise has several tasks."""
        return f"{check.task}.{check.id}" if len({one.task for one in self.checks}) > 1 else check.id
