"""New grades from stored evidence: nothing is executed, and who would gain or lose what is known before anything is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from grader.batch.intake import version_of
from grader.gradebook import Gradebook, Held, Result
from grader.gradebook.arriving import bytes_of, versions
from grader.gradebook.audit import Deed
from grader.gradebook.book import now, whoever
from grader.gradebook.keeping import keep
from grader.gradebook.standing import held, report_json, runs
from grader.grading import Edition, judge_again
from grader.model.errors import EvidenceError
from grader.model.report import Report
from grader.wire import from_json, unpack

__all__ = ["Rescored", "Verdict", "rescore"]

Verdict = Literal["same", "gains", "loses", "differs", "needs-run"]
"""`differs`: as many points, but other outcomes or findings.  `needs-run`: what is stored can't tell; `grader batch` runs it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescored:
    """One submission judged again.  before: the report that holds; after: the new one, None where it needs a run."""

    held: Held
    verdict: Verdict
    before: Report
    after: Report | None = None


def rescore(book: Gradebook, editions: Mapping[str, Edition], *, write: bool = False, who: str = "") -> Iterator[Rescored]:
    """Every submission that has a report, judged again under the exercises of now, one after the other.

    write: each new report is stored and holds from then on; without it, nothing is changed.  A person's words stay either way.
    """
    with book.reading() as session:
        waiting = [one for one in held(session) if one.exercise in editions]
    if write:
        with book.writing() as session:
            numbers = versions(session, [version_of(editions[slug]) for slug in sorted({one.exercise for one in waiting})], now())
    for one in waiting:
        found = _again(book, one, editions[one.exercise])
        if found is None:
            continue
        if write and found.after is not None and (found.verdict != "same" or found.after.digests != found.before.digests):
            deed = Deed(who=who or whoever(), what="rescore", at=now())
            with book.writing() as session:
                keep(session, Result(submission=one.id, report=found.after, runs=None), numbers[one.exercise], deed, again=True)
        yield found


def _again(book: Gradebook, one: Held, edition: Edition) -> Rescored | None:
    """None where there is no report yet, so that nothing can be scored again."""
    with book.reading() as session:
        record = report_json(session, one.id)
        if record is None:
            return None
        stored, data = runs(session, one.id, edition.execution), bytes_of(session, one.sha256)
    before = from_json(record)
    unreadable = before.run.status == "unreadable"
    if not stored and not unreadable:
        return Rescored(held=one, verdict="needs-run", before=before)
    try:
        again = judge_again(data, one.name, edition, [unpack(packed.data) for packed in stored], one.student)
    except EvidenceError:
        return Rescored(held=one, verdict="needs-run", before=before)
    if again.lacking or (unreadable and again.report.run.status != "unreadable"):
        return Rescored(held=one, verdict="needs-run", before=before)
    return Rescored(held=one, verdict=_verdict(before, again.report), before=before, after=again.report)


def _verdict(before: Report, after: Report) -> Verdict:
    if after.score != before.score:
        return "gains" if after.score > before.score else "loses"
    of_both = [(one.checks, one.findings, one.pending, one.max_score) for one in (before, after)]
    return "same" if of_both[0] == of_both[1] else "differs"
