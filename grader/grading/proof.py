"""Is the grader right?  What a submission of the course must get, set against what it got: one sentence for each difference.

A reference must earn every point, the untouched stub none, and a specimen exactly what stands beside it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from grader.model.report import CheckResult, Report

__all__ = ["of_check", "of_reference", "of_specimen", "of_stub", "same_words", "versions"]

_NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d+)?(?:e[-+]?\d+)?|\binf\b|\bnan\b)")
"""What differs from run to run in a message that is the same."""


def of_reference(report: Report) -> tuple[str, ...]:
    """Sentences on each check that the reference did not pass, and on points that are not ten in all; none where all is well."""
    told = [one for check in report.checks for one in of_check(report, check)]
    if not told and report.score < report.max_score:
        told.append(_sentence(report, "score", report.score, report.max_score))
    return (*told, *_unrun(report))


def of_stub(report: Report) -> tuple[str, ...]:
    """Sentences on points that the untouched stub earned or has pending, and on a missing cause."""
    told = [
        _sentence(report, check.id, f"{check.points:g} points ({check.outcome})", "none for the untouched stub")
        for check in report.checks
        if check.points or check.pending
    ]
    if report.cause is None:
        told.append(_sentence(report, "cause", "none named", "a named cause for the untouched stub"))
    return (*told, *_unrun(report))


def of_specimen(
    report: Report, *, score: float, finding: str, remarks: Collection[str] = (), checks: Mapping[str, str], says: Mapping[str, str] = {}
) -> tuple[str, ...]:
    """Sentences on each difference from what stands beside the specimen.

    finding: the rule of the cause, '' where there must be none.  remarks: rules that must be among the remarks.
    checks: id (or `task.id`) -> outcome.  says: rule -> the message of a finding that must be there, but for its numbers.
    """
    told = []
    cause = report.cause.rule if report.cause else ""
    if cause != finding:
        told.append(_sentence(report, "cause", cause or "none", finding or "none"))
    made = {one.rule for one in report.findings if one.remark}
    told += [_sentence(report, "remark", "not made", rule) for rule in remarks if rule not in made]
    for rule, wanted in says.items():
        said = [one.message for one in report.findings if one.rule == rule]
        if not any(same_words(wanted, one) for one in said):
            told.append(_sentence(report, f"message of {rule}", repr(said[0]) if said else "no such finding", repr(wanted)))
    got = {f"{check.task}.{check.id}": check for check in report.checks}
    several = len({check.task for check in report.checks}) > 1
    for name, outcome in checks.items():
        full = name if "." in name or several else f"{report.checks[0].task if report.checks else 'practice'}.{name}"
        check = got.get(full)
        if check is None:
            told.append(_sentence(report, name, "no such check", outcome))
        elif check.outcome != outcome:
            why = f" ({check.message})" if check.message else ""
            told.append(_sentence(report, name, f"{check.outcome}{why}", outcome))
    if abs(report.score - score) > 0.005:
        told.append(_sentence(report, "score", report.score, score))
    return tuple(told)


def same_words(one: str, other: str) -> bool:
    """Whether two messages are the same but for their numbers.

    >>> same_words("LOSS2 holds 15 values.", "LOSS2 holds 1e3 values.")
    True
    """
    return _NUMBER.sub("#", one) == _NUMBER.sub("#", other)


def of_check(report: Report, check: CheckResult) -> tuple[str, ...]:
    """One sentence where the check did not pass: exercise, check, actual, expected, tolerance, versions."""
    if check.outcome == "passed":
        return ()
    seen = check.outcome if check.actual is None else f"{check.outcome}, {check.actual!r}"
    why = f": {check.message}" if check.message else ""
    expected = "passed" if check.expected is None else repr(check.expected)
    return (_sentence(report, check.id, f"{seen}{why}", expected, tolerance=check.tolerance),)


def versions(report: Report) -> str:
    """What the report was made under, in brackets' shortness: `torch 2.13.0, numpy 2.4.6, python 3.11.7`."""
    wanted = ("torch", "numpy", "scikit-learn", "python")
    return ", ".join(f"{name} {report.environment[name]}" for name in wanted if report.environment.get(name))


def _unrun(report: Report) -> tuple[str, ...]:
    if report.run.status == "completed":
        return ()
    return (_sentence(report, "run", f"{report.run.status} {report.run.detail}".strip(), "completed"),)


def _sentence(report: Report, check: str, actual: object, expected: object, *, tolerance: float | None = None) -> str:
    allowed = f", tolerance {tolerance:g}" if tolerance is not None else ""
    said = f"{report.exercise} ({report.notebook}), {check}: got {actual}, expected {expected}{allowed} [{versions(report)}]"
    return " ".join(said.split())
