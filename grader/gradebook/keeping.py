"""A result into the book: once, whole, with an audit row where a grade changes."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from grader.gradebook import tables as t
from grader.gradebook.audit import Deed, audited
from grader.gradebook.records import Packed, Result
from grader.model.report import Report
from grader.wire import to_json

__all__ = ["keep"]


def keep(session: Session, result: Result, version: int, deed: Deed, *, again: bool = False) -> bool:
    """Store a result under a version of its exercise: False where that was done before (by another batch), and nothing changes.

    again: replace what was stored under this very version.  A fault is stored, but never takes the place of a judgement that was
    made: the failure is ours.
    """
    row = session.get(t.Submission, result.submission)
    known = session.get(t.ExerciseVersion, version)
    assert row is not None
    assert known is not None
    before = session.scalar(select(t.Report).where(t.Report.submission_id == row.id, t.Report.version_id == version))
    holding = session.get(t.Score, row.id)
    holds = before is not None and holding is not None and holding.report_id == before.id
    if before is not None and before.status != "fault" and ((holds and not again) or result.report.run.status == "fault"):
        return False
    with audited(session, deed, [(row.student_id, row.exercise_id)]):
        report = _report(session, before, result.report, row.id, version, deed)
        if result.runs is not None:
            _evidence(session, row.id, known.execution, result.runs)
        _score(session, holding, row.id, report)
    return True


def _report(session: Session, row: t.Report | None, report: Report, submission: int, version: int, deed: Deed) -> t.Report:
    if row is None:
        row = t.Report(submission_id=submission, version_id=version)
        session.add(row)
    row.status, row.score, row.max_score, row.pending = report.run.status, report.score, report.max_score, report.pending
    row.record, row.made = to_json(report), deed.at
    session.flush()
    for table in (t.CheckRow, t.FindingRow):
        session.execute(delete(table).where(table.report_id == row.id))
    several = len(Counter(check.task for check in report.checks)) > 1
    session.add_all(
        t.CheckRow(
            report_id=row.id, position=position, name=f"{one.task}.{one.id}" if several else one.id, title=one.title, outcome=one.outcome,
            points=one.points, max_points=one.max_points, pending=one.pending,
        )
        for position, one in enumerate(report.checks)
    )  # fmt: skip
    session.add_all(
        t.FindingRow(report_id=row.id, position=position, rule=one.rule, task=one.task, message=one.message, remark=one.remark)
        for position, one in enumerate(report.findings)
    )
    session.flush()
    return row


def _evidence(session: Session, submission: int, execution: str, runs: tuple[Packed, ...]) -> None:
    mine = (t.Evidence.submission_id == submission, t.Evidence.execution == execution)
    session.execute(delete(t.Evidence).where(*mine))
    for position, one in enumerate(runs):
        row = t.Evidence(submission_id=submission, execution=execution, position=position, damaged=one.damaged, packed=one.data)
        session.add(row)
        session.flush()
        session.expunge(row)


def _score(session: Session, holding: t.Score | None, submission: int, report: t.Report) -> None:
    if holding is None:
        session.add(t.Score(submission_id=submission, report_id=report.id))
        return
    before = session.get(t.Report, holding.report_id)
    if report.status == "fault" and before is not None and before.status != "fault":
        return
    holding.report_id = report.id
