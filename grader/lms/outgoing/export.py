"""What an export gives: a file, and what a person should know of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from grader.lms.outgoing.points import amount
from grader.model.grade import Grade
from grader.model.harmless import plain

__all__ = ["Export", "withheld"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A file.  written: how many grades stand in it.  notes: one sentence for each thing that is not as one might think."""

    data: bytes = field(repr=False)
    written: int
    notes: tuple[str, ...] = ()


def withheld(grades: Sequence[Grade]) -> list[str]:
    """A sentence for each grade that waits for a person."""
    return [f"{plain(one.student.id, limit=100)}: {why(one)}; withheld" for one in grades if one.status == "waiting"]


def why(grade: Grade) -> str:
    """What a grade waits for."""
    if grade.pending:
        return f"{amount(grade.pending)} points of {grade.exercise} wait for a person"
    return f"{grade.exercise} waits for a person" if grade.report is not None else f"{grade.exercise} is not graded yet"
