"""The page that a student reads: the score, the one cause, the checks, the pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grader.model.report import CellError, CheckResult, Finding, Report
from grader.model.story import Story
from grader.reports.pages import rows
from grader.reports.pages.figures import figures_json
from grader.reports.pages.picture import Picture
from grader.reports.pages.pictures import pictures
from grader.reports.pages.rules import checks_of, told
from grader.reports.pages.shown import Shown, shown
from grader.reports.pages.svg import drawing
from grader.reports.pages.template import Scripts, render
from grader.reports.words import amount, place, plain, value

__all__ = ["report_page"]

ENDED: Mapping[str, str] = {
    "timed-out": "The run was ended: it took too long.",
    "out-of-memory": "The run was ended: it used too much memory.",
    "died": "The kernel died, and the run with it.",
    "too-much-output": "The run was ended: it printed too much.",
    "forbidden": "The run was ended: it tried something that is not allowed.",
    "fault": "The grader itself failed. That costs you nothing: a person will look.",
}
COMPARED: Mapping[str, str] = {
    "wrong-learning-rate": "learning rate",
    "wrong-update-sign": "learning rate",
    "wrong-step-count": "steps",
    "backward-outside-loop": "gradients",
    "wrong-batch-size": "rows a step",
    "wrong-start": "first parameters",
    "wrong-loss": "loss there",
    "broadcast-loss": "loss there",
    "shape-mismatch": "shape",
    "samples-ignored": "points",
    "not-converged": "slope, intercept",
}
"""Rules whose check compared the very thing that is wrong, and what its two numbers are."""
AROUND = 2
"""Lines of a cell that are shown on each side of the one that a finding names."""


@dataclass(frozen=True, slots=True)
class _Figure:
    """A picture with its place among the page's, and its static drawing."""

    index: int
    picture: Picture
    svg: str


def report_page(report: Report, story: Story | None = None, *, scripts: Scripts | None = None, everything: bool = False) -> str:
    """The page as HTML text, complete in itself where `scripts` is None: static pictures, no script.

    story: what there is to draw; without it the page has words alone.  scripts: the addresses, seen from the page, of those that
    draw the pictures anew.  everything: hidden checks are shown as well.
    """
    seen = shown(report, everything=everything)
    found = seen.report
    chapters = _chapters(seen, story)
    told_by = told(found.cause.rule) if found.cause is not None else None
    full = found.score >= found.max_score > 0 and not found.pending
    telling = None if full else _telling(chapters, found.cause, told_by.subject if told_by is not None else "")
    errors = [e for e in found.run.errors if (e.cell, e.line) not in {(f.cell, f.line) for f in found.findings}]  # those are told
    every = [figure for _, figures in chapters for figure in figures]
    return render(
        "report.html",
        scripts=scripts if every else None,
        figures_data=figures_json([f.picture for f in every]) if scripts is not None else "",
        title=plain(story.title if story is not None and story.title else found.exercise or "Report", limit=120),
        report=found,
        student=plain(found.student or "", limit=80),
        notebook=plain(found.notebook, limit=120),
        score=amount(found.score),
        max_score=amount(found.max_score),
        pending=amount(found.pending) if found.pending else "",
        share=rows.share(found),
        full=full,
        ended=ENDED.get(found.run.status, ""),
        detail=plain(found.run.detail, limit=300) if found.run.status not in ("completed", "unreadable") else "",
        cause=_finding(found.cause, story, found.checks) if found.cause is not None else None,
        telling=telling,
        others=[_finding(f, story, found.checks) for f in found.findings if f is not found.cause and not f.remark],
        remarks=[_finding(f, story, found.checks) for f in found.findings if f.remark],
        errors=[_error(e) for e in errors[:5]],
        more_errors=max(0, len(errors) - 5),
        tasks=rows.tasks(found),
        counts=rows.counts(found),
        hidden=seen.hidden,
        hidden_points=amount(seen.hidden_points) if seen.hidden_points else "",
        silent=seen.silent,
        chapters=[(task, [f for f in figures if f is not telling]) for task, figures in chapters],
        environment=[(plain(k, limit=40), plain(v, limit=80)) for k, v in sorted(found.environment.items())],
    )


# ---- words ------------------------------------------------------------------------------------------------------------------


def _finding(finding: Finding, story: Story | None, checks: Sequence[CheckResult]) -> dict[str, Any]:
    about = told(finding.rule)
    compared = _compared(finding, checks)
    return {
        "headline": about.headline,
        "rule": finding.rule,
        "place": place(finding),
        "message": plain(finding.message, limit=600),
        "hint": plain(finding.hint, limit=400),
        "likely": finding.certainty < 0.9,
        "reading": about.reading,
        "seen": value(compared.actual) if compared is not None else "",
        "what": COMPARED.get(finding.rule, ""),
        "expected": value(compared.expected) if compared is not None else "",
        "excerpt": _excerpt(finding, story),
    }


def _compared(finding: Finding, checks: Sequence[CheckResult]) -> CheckResult | None:
    """The failed check that this finding explains, where it compared one number with another."""
    if finding.rule not in COMPARED:
        return None
    explained = checks_of(finding.rule)
    failed = (c for c in checks if c.task == finding.task and c.id in explained and c.outcome == "failed")
    found = next(failed, None)
    if found is None or found.actual is None or found.expected is None or value(found.actual) == value(found.expected):
        return None
    return found


def _excerpt(finding: Finding, story: Story | None) -> list[tuple[int, str, bool]]:
    """Lines of the student's own cell around the one named: number, text, whether it is the one."""
    if story is None or finding.cell is None or finding.line is None:
        return []
    lines = plain(story.sources.get(finding.cell, ""), limit=20_000).split("\n")
    if not 1 <= finding.line <= len(lines):
        return []
    low, high = max(1, finding.line - AROUND), min(len(lines), finding.line + AROUND)
    return [(n, plain(lines[n - 1].replace("\t", "    "), limit=160), n == finding.line) for n in range(low, high + 1)]


def _error(error: CellError) -> dict[str, str]:
    where = f"cell {error.cell}" + (f", line {error.line}" if error.line is not None else "")
    first = plain(error.message, limit=200).partition("\n")[0]
    return {"place": where, "said": f"{plain(error.type, limit=60)}: {first}", "whose": "given" if error.scaffold else ""}


# ---- pictures ---------------------------------------------------------------------------------------------------------------


def _chapters(seen: Shown, story: Story | None) -> list[tuple[str, list[_Figure]]]:
    """The pictures of each task; where there are several all those of the cause's own task, and the plainest of the others."""
    if story is None:
        return []
    several = len(story.chapters) > 1
    first = seen.report.cause.task if seen.report.cause is not None else story.chapters[0].task
    out, index = [], 0
    for chapter in story.chapters:
        made = pictures(
            chapter,
            reference=chapter.task in seen.reference,
            fit=chapter.task in seen.fit,
            broken=frozenset(c.id for c in seen.report.checks if c.task == chapter.task and c.outcome == "failed"),
            brief=several and chapter.task != first,
        )
        figures = []
        for picture in made:
            figures.append(_Figure(index, picture, drawing(picture, title_id=f"t{index}", caption_id=f"c{index}")))
            index += 1
        if figures:
            out.append((plain(chapter.task, limit=60) if several else "", figures))
    return out


def _telling(chapters: list[tuple[str, list[_Figure]]], cause: Finding | None, subject: str) -> _Figure | None:
    """The picture that shows the cause: of its task and subject, else the first there is."""
    if not chapters or (cause is not None and not subject):
        return None
    task = cause.task if cause is not None else ""
    mine = next((figures for name, figures in chapters if name in (task, "")), chapters[0][1])
    return next((f for f in mine if f.picture.subject == subject), mine[0])
