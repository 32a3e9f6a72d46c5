"""What a report says of a mutant or an equivalent, set against what it must say."""

from __future__ import annotations

from typing import Literal

from grader.authoring.mutants.operator import Must
from grader.grading import proof
from grader.model.report import Report

__all__ = ["Verdict", "got", "of_equivalent", "of_mutant", "shortfall"]

Verdict = Literal["named", "misnamed", "missed", "equivalent", "kept", "lost"]
"""Of a mutant: `named` (lost points, its cause named; or cost nothing and was remarked on, where it must), `misnamed` (lost
points under another cause), `missed`, `equivalent` (left the reference's own evidence).  Of an equivalent: `kept`, `lost`."""


def of_mutant(report: Report, must: Must) -> Verdict:
    """`named`, `misnamed` or `missed`; whether a missed one is equivalent is for its evidence to say.

    Points that wait for a person are not lost: nobody may be told that such work is wrong, or that it is right.
    """
    if report.run.status == "fault":
        return "missed"
    full = report.score + report.pending >= report.max_score - 0.005
    cause = report.cause.rule if report.cause else ""
    if not must.costs:
        made = any(one.remark and one.rule == must.remark for one in report.findings)
        return "named" if made and not cause and report.score >= report.max_score else "misnamed"
    if full:
        return "missed"
    return "named" if cause in must.causes else "misnamed"


def of_equivalent(report: Report) -> Verdict:
    """`kept` where right work has every point and no cause against it, else `lost`."""
    return "kept" if report.score >= report.max_score and report.cause is None and report.run.status == "completed" else "lost"


def got(report: Report) -> str:
    """The score and every finding, the cause first: `6.5 of 10, wrong-loss (diverged)`."""
    causes = [one.rule for one in report.findings if not one.remark]
    remarks = [one.rule for one in report.findings if one.remark]
    waiting = f" and {report.pending:g} pending" if report.pending else ""
    more = f" (and {', '.join(causes[1:])})" if causes[1:] else ""
    said = f"{causes[0]}{more}" if causes else "no cause"
    return f"{report.score:g} of {report.max_score:g}{waiting}, {said}" + (f", remarks {', '.join(remarks)}" if remarks else "")


def shortfall(report: Report, verdict: Verdict, must: Must | None) -> tuple[str, ...]:
    """A sentence where the verdict is none that it may be."""
    where = f"{report.exercise} ({report.notebook})"
    if verdict == "lost":
        lost = [f"{check.id} {check.outcome}: {check.message}" for check in report.checks if check.outcome != "passed"][:3]
        why = f"; {'; '.join(lost)}" if lost else ""
        return (f"{where}: right work got {got(report)}{why} [{proof.versions(report)}]",)
    if verdict not in ("misnamed", "missed") or must is None:
        return ()
    wanted = " or ".join(must.causes) if must.costs else f"the remark {must.remark}, at no cost"
    return (f"{where}: got {got(report)}; must get {wanted} [{proof.versions(report)}]",)
