"""What is graded already, and what evidence is there: the two questions of a plan."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.gradebook import tables as t
from grader.gradebook.records import Held, Packed, Standing

__all__ = ["held", "report_json", "runs", "standings"]

_FEW = 500


def held(session: Session, *, exercise: str | None = None) -> tuple[Held, ...]:
    """Every submission in the book, by student, exercise and attempt."""
    query = (
        select(t.Submission, t.Student.key, t.Exercise.slug)
        .join(t.Student, t.Student.id == t.Submission.student_id)
        .join(t.Exercise, t.Exercise.id == t.Submission.exercise_id)
    )
    if exercise is not None:
        query = query.where(t.Exercise.slug == exercise)
    found = [
        Held(id=row.id, student=student, exercise=slug, attempt=row.attempt, name=row.name, sha256=row.sha256)
        for row, student, slug in session.execute(query)
    ]
    return tuple(sorted(found, key=lambda one: (one.student, one.exercise, one.attempt)))  # a server's order of names is its own


def standings(session: Session, of: Sequence[Held], versions: dict[str, int]) -> tuple[Standing, ...]:
    """What there is of each, in their order.  versions: slug -> number of the exercise's version of now.

    A report counts where it is the one that holds; one of status `fault` is none: it is made again.
    """
    numbers = set(versions.values())
    executions = {row.id: row.execution for row in session.execute(select(t.ExerciseVersion.id, t.ExerciseVersion.execution))}
    holding = select(t.Report.submission_id, t.Report.version_id).join(t.Score, t.Score.report_id == t.Report.id)
    judged = holding.where(t.Report.version_id.in_(numbers), t.Report.status != "fault")
    stored = select(t.Evidence.submission_id, t.Evidence.execution).where(
        t.Evidence.position == 0, t.Evidence.execution.in_({executions[number] for number in numbers})
    )
    if len(of) <= _FEW:  # of a class all are asked for at once
        ids = [one.id for one in of]
        judged, stored = judged.where(t.Report.submission_id.in_(ids)), stored.where(t.Evidence.submission_id.in_(ids))
    there = {(submission, version) for submission, version in session.execute(judged)}
    evidence = {(submission, execution) for submission, execution in session.execute(stored)}
    return tuple(
        Standing(
            held=one,
            report=(one.id, versions[one.exercise]) in there,
            evidence=(one.id, executions[versions[one.exercise]]) in evidence,
        )
        for one in of
    )


def runs(session: Session, submission: int, execution: str) -> tuple[Packed, ...]:
    """The stored runs of a submission under an execution digest, in order."""
    query = select(t.Evidence.packed, t.Evidence.damaged).where(t.Evidence.submission_id == submission, t.Evidence.execution == execution)
    return tuple(Packed(data=packed, damaged=damaged) for packed, damaged in session.execute(query.order_by(t.Evidence.position)))


def report_json(session: Session, submission: int) -> str | None:
    """The report that holds for a submission, as JSON; None where there is none."""
    return session.scalar(
        select(t.Report.record).join(t.Score, t.Score.report_id == t.Report.id).where(t.Score.submission_id == submission)
    )
