"""What comes into the book, and what is told of it: plain records, so that no other room meets a table."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from grader.model.report import Report

__all__ = ["Arrival", "Aside", "Held", "Packed", "Result", "Standing", "Version", "student_key"]

_LONGEST_KEY = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """An exercise as it is declared, under the code of now.  declared: canonical JSON.  execution, judging: its digests."""

    slug: str
    title: str
    max_score: float
    execution: str
    judging: str
    declared: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One file handed in by one student for one exercise.  Names are a stranger's text.

    late: the platform's own mark, None where it gives none.  handed_in: None where nothing says when.
    note: one sentence for a person, where something was decided or doubtful.
    """

    student: str
    exercise: str
    name: str
    data: bytes = field(repr=False)
    source: str = ""
    late: bool | None = None
    handed_in: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """A file that is not graded: where it lay, why, and its bytes where they were read."""

    source: str
    reason: str
    detail: str
    student: str = ""
    size: int = 0
    data: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A submission in the book.  id: its number there.  sha256: of its bytes."""

    id: int
    student: str
    exercise: str
    attempt: int
    name: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What there is of a submission under one version of its exercise.

    report: whether it is judged under that version, and no fault.  evidence: whether its runs under that version's execution
    digest are stored.
    """

    held: Held
    report: bool
    evidence: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """A run as `wire.pack` wrote it.  damaged: its evidence did not arrive as the recorder writes it."""

    data: bytes = field(repr=False)
    damaged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What grading a submission gave.  runs: the evidence, in order; empty where nothing ran, None to leave what is stored."""

    submission: int
    report: Report
    runs: tuple[Packed, ...] | None = ()


def student_key(told: str) -> str:
    """The key that a student is stored under: `told` itself unless it is too long for an index, then its digest at the end."""
    clean = told.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")
    if len(clean) <= _LONGEST_KEY:
        return clean
    return f"{clean[: _LONGEST_KEY - 20]}… {hashlib.sha256(clean.encode()).hexdigest()[:16]}"
