"""A row for each change of a grade: who, what, when, before, after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.gradebook import tables as t
from grader.gradebook.counting import Pair, grade_of, rows
from grader.model.grade import Grade

__all__ = ["Changed", "Deed", "audited", "facts", "history"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Who does what, when, and why: `batch`, `rescore`, `override`, `late`, `extension`, `roster`."""

    who: str
    what: str
    at: datetime
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """One change of one grade, as the audit keeps it."""

    at: datetime
    who: str
    what: str
    student: str
    exercise: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    why: str = ""


@contextmanager
def audited(session: Session, deed: Deed, pairs: Iterable[Pair] | None, *, exercise: str | None = None) -> Iterator[None]:
    """Within the block these grades may change (all, or all of `exercise`, where None); each that does has a row."""
    named = None if pairs is None else set(pairs)
    before = _now(session, named, exercise)
    yield
    session.flush()
    after = _now(session, named, exercise)
    for key in sorted(before.keys() | after.keys()):
        if before.get(key) != after.get(key):
            student, exercise = key
            session.add(
                t.Audit(
                    at=deed.at, who=deed.who, what=deed.what, student=student, exercise=exercise,
                    before=before.get(key) or {}, after=after.get(key) or {}, why=deed.why,
                )
            )  # fmt: skip
    session.flush()


def _now(session: Session, pairs: set[Pair] | None, exercise: str | None) -> dict[tuple[str, str], dict[str, Any]]:
    grades = (grade_of(row) for row in rows(session, pairs, exercise=exercise))
    return {(one.student.id, one.exercise): facts(one) for one in grades if one.status != "missing" or one.comment}


def facts(grade: Grade) -> dict[str, Any]:
    """What of a grade is worth a row when it changes."""
    return {
        "status": grade.status,
        "automatic": grade.automatic,
        "score": grade.score,
        "pending": grade.pending,
        "late": grade.late_deduction,
        "final": grade.final,
        "max_score": grade.max_score,
        "overridden": grade.overridden,
        "comment": grade.comment,
        "attempt": grade.attempt,
    }


def history(session: Session, *, student: str | None = None, exercise: str | None = None) -> tuple[Changed, ...]:
    """The changes in the order in which they were made: of one student (by key), of one exercise, or all."""
    query = select(t.Audit).order_by(t.Audit.id)
    if student is not None:
        query = query.where(t.Audit.student == student)
    if exercise is not None:
        query = query.where(t.Audit.exercise == exercise)
    return tuple(
        Changed(
            at=row.at,
            who=row.who,
            what=row.what,
            student=row.student,
            exercise=row.exercise,
            before=row.before,
            after=row.after,
            why=row.why,
        )
        for row in session.scalars(query)
    )
