"""What of a report a student may see: hidden checks are counted, and nothing else is said of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from grader.model.report import CheckResult, Finding, Report
from grader.reports.pages.rules import checks_of

__all__ = ["Shown", "shown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A report without its hidden checks, nor the findings that come of them alone.

    hidden: how many checks are left out; hidden_points: what they are worth; silent: whether a cause was left out with them.
    reference, fit: tasks whose reference run, whose least squares may be shown.
    """

    report: Report
    hidden: int
    hidden_points: float
    silent: bool
    reference: frozenset[str]
    fit: frozenset[str]


def shown(report: Report, *, everything: bool = False) -> Shown:
    """The part of a report that students see; all of it where `everything` (after the deadline, or for a teacher)."""
    hidden = [] if everything else [c for c in report.checks if not c.visible]
    checks = tuple(c for c in report.checks if c not in hidden)
    findings = tuple(f for f in report.findings if not _gives_away(f, checks, hidden))
    tasks = {c.task for c in report.checks}
    return Shown(
        report=replace(
            report,
            checks=checks,
            findings=findings,
            score=round(sum(c.points for c in checks), 2) if hidden else report.score,
            max_score=round(sum(c.max_points for c in checks), 2) if hidden else report.max_score,
            pending=round(sum(c.pending for c in checks), 2) if hidden else report.pending,
        ),
        hidden=len(hidden),
        hidden_points=round(sum(c.max_points for c in hidden), 2),
        silent=len(findings) < len(report.findings),
        reference=frozenset(t for t in tasks if not _any(hidden, t, "trajectory", "learned", "loss", "gradient", "update", "surface")),
        fit=frozenset(t for t in tasks if not _any(hidden, t, "parity", "fitted")),
    )


def _any(hidden: list[CheckResult], task: str, *ids: str) -> bool:
    return any(c.task == task and c.id in ids for c in hidden)


def _gives_away(finding: Finding, visible: tuple[CheckResult, ...], hidden: list[CheckResult]) -> bool:
    """Whether a finding can only come of a hidden check: one that it explains failed, and no visible one that it explains did."""
    explained = checks_of(finding.rule)

    def failed(among: tuple[CheckResult, ...] | list[CheckResult]) -> bool:
        return any(c.task == finding.task and c.id in explained and c.outcome not in ("passed", "blocked") for c in among)

    return not finding.remark and failed(hidden) and not failed(visible)
