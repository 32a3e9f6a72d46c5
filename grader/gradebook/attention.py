"""What waits for a person: whose, why, and what to do next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.gradebook import tables as t
from grader.gradebook.counting import Row, late_rule, rows, withheld
from grader.model.errors import UsageError

__all__ = ["Item", "Reason", "attention", "settle"]

Reason = Literal["fault", "pending", "suspicion", "unread", "unreadable", "regrade-failed", "set-aside", "late-unknown", "note"]
"""Why a person has to look, the most urgent first."""

_ORDER: Mapping[Reason, int] = {reason: at for at, reason in enumerate(get_args(Reason))}
_SUSPICIOUS = {
    "hard-coded": "results are there without the training that gives them",
    "forbidden": "it tried what is not allowed",
    "code-from-text": "whose work it runs can't be told",
}
_TELLING = frozenset({*_SUSPICIOUS, "unread-training", "unreadable-notebook"})
_HARMLESS = frozenset({"by-product", "older-attempt", "same-bytes", "entry-twice"})
_ONLY_WITHOUT_ANOTHER = frozenset({"wrong-type", "several-files", "other-exercise"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing that a person has to look at.  Everything but reason and step may quote a stranger.

    exercise and notebook: '' where it is not about one.  detail: what was seen.  step: what to do next, as a command where it is one.
    """

    student: str
    exercise: str
    reason: Reason
    detail: str
    step: str
    notebook: str = ""


def attention(session: Session, *, exercise: str | None = None) -> tuple[Item, ...]:
    """Everything that waits, the most urgent first.

    What a person has answered is not here: a score or an excuse for what is pending, any word said since for the rest.
    """
    of = rows(session, exercise=exercise)
    seen = _Seen(session)
    items = [item for row in of for item in _of_row(row, seen)]
    if exercise is None:
        items += _set_aside(session, {row.student.key for row in of if row.submission is not None})
    return tuple(sorted(items, key=lambda item: (_ORDER[item.reason], item.student, item.exercise, item.detail)))


def settle(session: Session, number: str) -> str:
    """Say that a file set aside was looked at: where it lay.  number: the beginning of its digest.  Raises UsageError."""
    found = [row for row in session.scalars(select(t.SetAside)) if len(number) >= 6 and row.digest.startswith(number.lower())]
    if len(found) != 1:
        raise UsageError(f"no file set aside has the number {number!r}", remedy="`grader attention` shows the numbers")
    found[0].settled = True
    return found[0].source


class _Seen:
    """Of every report that holds, what asks for a person: read at once for the class."""

    def __init__(self, session: Session) -> None:
        self.findings: dict[int, dict[str, str]] = defaultdict(dict)
        told = select(t.FindingRow).join(t.Score, t.Score.report_id == t.FindingRow.report_id).where(t.FindingRow.rule.in_(_TELLING))
        for row in session.scalars(told):
            self.findings[row.report_id][row.rule] = row.message
        damaged = (
            select(t.Score.report_id)
            .join(t.Report, t.Report.id == t.Score.report_id)
            .join(t.ExerciseVersion, t.ExerciseVersion.id == t.Report.version_id)
            .join(t.Evidence, (t.Evidence.submission_id == t.Report.submission_id) & (t.Evidence.execution == t.ExerciseVersion.execution))
            .where(t.Evidence.damaged)
        )
        self.damaged = set(session.scalars(damaged))
        failed = (
            select(t.Score.report_id)
            .join(t.Report, t.Report.submission_id == t.Score.submission_id)
            .where(t.Report.status == "fault", t.Report.id > t.Score.report_id)
        )
        self.failed = set(session.scalars(failed))


def _of_row(row: Row, seen: _Seen) -> Iterator[Item]:
    submission, report, said = row.submission, row.report, row.override
    if submission is None or (said is not None and said.excused):
        return
    scored = said is not None and said.score is not None
    looked = said is not None and report is not None and said.seen_report == report.id
    name = f"{_quoted(row.student.key)} {row.exercise.slug}"

    def item(reason: Reason, detail: str, step: str) -> Item:
        return Item(
            student=row.student.key, exercise=row.exercise.slug, reason=reason, detail=detail, step=step, notebook=submission.name
        )  # fmt: skip

    look = f"look at the notebook, then: grader override {name} --score N, or --seen"
    if report is not None and withheld(report) and not scored:
        if report.status == "fault":
            step = f"grade it again; if it stays: grader override {name} --score N"
            yield item("fault", "the grader failed here, not the submission", step)
        else:
            points = f"{report.pending:g} of {report.max_score:g} points could not be judged"
            yield item("pending", points, f"look at the notebook, then: grader override {name} --score N")
    if report is not None and not looked:
        findings = seen.findings.get(report.id, {})
        for rule, why in _SUSPICIOUS.items():
            if rule in findings:
                yield item("suspicion", f"{why}: {findings[rule]}", look)
        if report.id in seen.damaged:
            yield item("suspicion", "the evidence did not arrive as it is written: something meddled with it", look)
        if "unread-training" in findings:
            yield item("unread", findings["unread-training"], look)
        if report.status == "unreadable":
            told = findings.get("unreadable-notebook", "the file can't be read as a notebook")
            yield item("unreadable", told, "ask for the right file, and grade that")
        if report.id in seen.failed:
            yield item("regrade-failed", "the grade of before holds, since grading it anew failed", "grade it again")
        if submission.late and submission.handed_in is None and late_rule(row.exercise).per_day:
            yield item("late-unknown", "marked late by the platform, which does not say when it came", f"grader override {name} --score N")
        if submission.note and report.status != "unreadable":  # then it says the same
            yield item("note", submission.note, look)


def _set_aside(session: Session, graded: Iterable[str]) -> list[Item]:
    """Files that nobody grades, unless that is as it should be or a person has settled it."""
    others = set(graded)
    found: dict[tuple[str, str], list[t.SetAside]] = defaultdict(list)
    for row in session.scalars(select(t.SetAside).order_by(t.SetAside.source)):
        expected = row.reason in _HARMLESS or (row.reason in _ONLY_WITHOUT_ANOTHER and row.student in others)
        if not row.settled and not expected:
            found[row.student, row.digest].append(row)
    return [
        Item(
            student=student,
            exercise="",
            reason="set-aside",
            detail=f"{row.source}: {row.reason}{f' ({row.detail})' if row.detail else ''}",
            step=f"see to the file, then: grader attention --settle {row.digest[:10]}",
        )
        for (student, _), group in found.items()
        for row in group
    ]


def _quoted(key: str) -> str:
    """A key as it is typed in a shell."""
    return key if key.replace("-", "").replace("_", "").replace(".", "").isalnum() else "'" + key.replace("'", "'\\''") + "'"
