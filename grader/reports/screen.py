"""A report as a person reads it in a terminal: the score, the one cause, the checks, and what else there is to say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from grader.model.report import CellError, CheckResult, Finding, Outcome, Report
from grader.reports.words import MARKS, amount, check_name, comparison, place, plain, summary

__all__ = ["class_table", "terminal"]

_STYLES: dict[Outcome, str] = {"passed": "green", "failed": "red", "blocked": "dim", "unobserved": "yellow", "fault": "magenta"}


def terminal(report: Report) -> RenderableType:
    """The report as something rich can print.  Student text is never read as markup."""
    parts: list[RenderableType] = [_head(report), *_run(report)]
    others = [f for f in report.findings if f is not report.cause and not f.remark]
    if report.cause is not None:
        parts.append(_finding(report.cause, "bold red"))
    if report.checks:
        parts += [Text(""), _checks(report)]
    parts += [_finding(one, "bold") for one in others]
    parts += [_finding(one, "dim") for one in report.findings if one.remark]
    return Group(*parts)


def class_table(reports: Sequence[Report]) -> RenderableType:
    """One line for each report: student, exercise, score, cause."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("student", no_wrap=True)
    table.add_column("exercise", no_wrap=True)
    table.add_column("score", justify="right", no_wrap=True)
    table.add_column("cause")
    for report in reports:
        full = report.score >= report.max_score and not report.pending
        mark = "✓" if full else "?" if report.pending else "✗"
        score = Text(f"{mark} {amount(report.score)}/{amount(report.max_score)}", style="green" if full else "red")
        table.add_row(Text(plain(report.student or "–")), Text(report.exercise), score, Text(summary(report)))
    return table


def _head(report: Report) -> RenderableType:
    full = report.score >= report.max_score and not report.pending
    line = Text.assemble((report.exercise or "no exercise", "bold"), "   ", (plain(report.notebook, limit=120), "dim"))
    if report.student:
        line.append(f"   {plain(report.student, limit=80)}")
    score = Text(f"{amount(report.score)} of {amount(report.max_score)} points", style="bold green" if full else "bold")
    if report.pending:
        score.append(f"   {amount(report.pending)} wait for a person to look", style="yellow")
    return Group(line, Rule(style="dim", characters="─"), score)


def _run(report: Report) -> Iterable[RenderableType]:
    run = report.run
    if run.status not in ("completed", "unreadable"):  # what can't be read has its finding, and did not run
        yield Text(f"The run ended early: {run.status}. {plain(run.detail, limit=400)}".rstrip(), style="yellow")
    for error in run.errors[:3]:
        yield Text(_error(error), style="dim")
    if len(run.errors) > 3:
        yield Text(f"… and {len(run.errors) - 3} more cells raised", style="dim")


def _error(error: CellError) -> str:
    where = f"cell {error.cell}" + (f", line {error.line}" if error.line is not None else "")
    whose = " (the exercise's own cell: it costs nothing)" if error.scaffold else ""
    first = plain(error.message, limit=160).partition("\n")[0]
    return f"{where} raised {plain(error.type, limit=60)}: {first}{whose}"


def _finding(finding: Finding, style: str) -> RenderableType:
    head = Text("remark: " if finding.remark else "", style=style)
    head.append(finding.rule, style=style)
    where = place(finding)
    if where:
        head.append(f"   {where}")
    body = Text("\n".join(line for line in (plain(finding.message, limit=1200), plain(finding.hint, limit=600)) if line))
    return Group(Text(""), head, Padding(body, (0, 0, 0, 2)))


def _checks(report: Report) -> RenderableType:
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column("outcome", no_wrap=True)
    table.add_column("check", no_wrap=True)
    table.add_column("points", justify="right", no_wrap=True)
    table.add_column("sentence")
    said = ""
    for check in report.checks:
        style = _STYLES[check.outcome]
        outcome = Text(f"{MARKS[check.outcome]} {check.outcome}", style=style)
        earned = f"{amount(check.points)}/{amount(check.max_points)}" if check.max_points else ""
        again = check.outcome == "blocked" and check.message == said
        table.add_row(outcome, Text(check_name(check, report)), Text(earned), _sentence(check, again=again))
        said = check.message
    return table


def _sentence(check: CheckResult, *, again: bool) -> Text:
    """The check's sentence, and what came of it; `again`: the line above has just said why it is blocked."""
    text = Text(plain(check.title, limit=200))
    if check.outcome != "passed" and not again:
        told = [line for line in (plain(check.message, limit=600), comparison(check)) if line]
        for line in told:
            text.append(f"\n{line}", style="dim")
    return text
