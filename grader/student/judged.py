"""From what a kernel left behind to a report, on what a student may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from grader.judging import Case
from grader.judging.story import story
from grader.model.evidence import Evidence
from grader.model.notebook import Notebook
from grader.model.report import Finding, Report
from grader.model.run import Observed, Outcome
from grader.model.story import Story
from grader.reports.pages.rules import checks_of
from grader.student.bundle import Bundle
from grader.student.orders import Order, orders, reordered, repeated, seen
from grader.student.ran import Ran
from grader.wire import decode

__all__ = ["Judged", "judged", "judged_run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What came of it.

    story: what there is to draw.  again: numbers of executions of one cell, for each of the student's that ran several times as it
    is now.  earlier: the first of them was judged, since later ones went on where it ended.  astray: a cell and one that stands
    above it but ran after it.  strange: the work is another exercise's.
    """

    report: Report
    story: Story
    again: tuple[tuple[int, ...], ...] = ()
    earlier: bool = False
    astray: tuple[int, int] | None = None
    strange: bool = False


def judged(ran: Sequence[Ran], stream: bytes, bundle: Bundle, name: str) -> Judged:
    """Judge what these executions left in the stream, as a clean run could have had it."""
    evidence = decode(stream, tuple(one.outcome for one in ran))
    best: tuple[Order, Report, Observed] | None = None
    for order in orders(ran, bundle.claims.scaffold, name):
        observed = _observed(bundle, seen(evidence, order), sum(one.outcome.seconds for one in ran))
        report = Case(bundle.claims.exercise, order.notebook).judge((observed,))
        if best is None or _worth(report) > _worth(best[1]):
            best = order, report, observed
        if _full(best[1]):
            break
    assert best is not None  # there is always the order of last executions
    order, report, observed = best
    chosen = set(order.kept.values())
    again = repeated(ran, order)
    return Judged(
        report=_shown(report, bundle),
        story=story(bundle.claims.exercise, order.notebook, (observed,)),
        again=again,
        earlier=any(numbers[0] in chosen for numbers in again),
        astray=reordered(order, bundle.claims.scaffold),
        strange=_strange(order.notebook, report),
    )


def judged_run(data: bytes, name: str, outcome: Outcome, bundle: Bundle) -> Judged:
    """Judge a run of a notebook's file from top to bottom.  Raises NotebookError where the bytes can't be read."""
    from grader import notebooks

    notebook = notebooks.align(notebooks.read(data, name), bundle.claims.scaffold)
    observed = Observed(exercise=bundle.claims.exercise, outcome=outcome, files=bundle.files)
    report = Case(bundle.claims.exercise, notebook).judge((observed,))
    return Judged(
        report=_shown(report, bundle),
        story=story(bundle.claims.exercise, notebook, (observed,)),
        strange=_strange(notebook, report),
    )


def _strange(notebook: Notebook, report: Report) -> bool:
    """Nothing was done and no cell is the exercise's; or cells are called as the exercise's own, and none of them is."""
    given = [cell for cell in notebook.cells if cell.grade_id is not None and cell.owner == "given" and cell.kind == "code"]
    if len(given) > 1:
        return all(cell.changed for cell in given)
    none = not any(cell.grade_id for cell in notebook.cells)
    return none and report.cause is not None and report.cause.rule == "not-attempted"


def _observed(bundle: Bundle, evidence: Evidence, seconds: float) -> Observed:
    outcome = Outcome(status="completed", isolation="L0", seconds=seconds, evidence=evidence)
    return Observed(exercise=bundle.claims.exercise, outcome=outcome, files=bundle.files)


def _full(report: Report) -> bool:
    return all(check.outcome == "passed" for check in report.checks)


def _worth(report: Report) -> tuple[float, int]:
    return report.score, sum(check.outcome == "passed" for check in report.checks)


def _shown(report: Report, bundle: Bundle) -> Report:
    """The report without findings that only a hidden check could explain."""
    hiding = {one.task for one in bundle.claims.later if one.why == "hidden"}
    return replace(report, findings=tuple(f for f in report.findings if f.task not in hiding or f.remark or _explains(f, report)))


def _explains(finding: Finding, report: Report) -> bool:
    """Whether the cause explains a visible check that did not pass, or no check in particular."""
    explained = checks_of(finding.rule)
    open_ones = {c.id for c in report.checks if c.task == finding.task and c.outcome not in ("passed", "blocked")}
    return not explained or bool(explained & open_ones)
