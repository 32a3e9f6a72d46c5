"""The outcome of one check, before points: what was seen, what was expected, by how much they differ."""

from __future__ import annotations

from dataclasses import dataclass

from grader.model.report import Outcome, Value

__all__ = ["ENDED", "Judged", "apart", "blocked", "failed", "passed", "unobserved", "words"]

ENDED = ("TimeLimit", "MemoryLimit", "OutputLimit", "DiskLimit", "KernelDied", "Forbidden")
"""What a cell is recorded with where the grader ended the run: told as such, not as an error of the cell's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One check judged.  rule: the finding that explains a failure, '' where the checks' own message is all there is to say.

    cell: where what failed was seen, where that is not the run's own cell.
    ours: an `unobserved` whose reason is not the student's, so that its points wait for a person.
    """

    id: str
    outcome: Outcome
    message: str
    actual: Value = None
    expected: Value = None
    deviation: float | None = None
    tolerance: float | None = None
    rule: str = ""
    ours: bool = False
    cell: int | None = None
    note: str = ""


def passed(id: str, message: str, **more: object) -> Judged:
    """A passed check."""
    return Judged(id=id, outcome="passed", message=message, **more)  # type: ignore[arg-type]


def failed(id: str, message: str, **more: object) -> Judged:
    """A failed check."""
    return Judged(id=id, outcome="failed", message=message, **more)  # type: ignore[arg-type]


def blocked(id: str, cause: str) -> Judged:
    """A check that can't be judged until something else is mended."""
    return Judged(id=id, outcome="blocked", message=f"can't be judged until {cause}")


def unobserved(id: str, message: str, *, ours: bool = True) -> Judged:
    """No evidence either way."""
    return Judged(id=id, outcome="unobserved", message=message, ours=ours)


def apart(one: float, other: float) -> tuple[str, str]:
    """Two numbers with as many digits as it takes to see that they differ (at most ten)."""
    for digits in range(4, 11):
        shown = f"{one:.{digits}g}", f"{other:.{digits}g}"
        if shown[0] != shown[1]:
            break
    return shown


def words(value: float) -> str:
    """A number as a person would write it: four significant digits."""
    return f"{value:.4g}"
