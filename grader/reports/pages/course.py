"""The pages that a teacher reads: where a class is stuck, and all classes of a course."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from grader.model.evidence import Array
from grader.model.report import Report
from grader.model.story import Story
from grader.reports.pages.curves import many_losses
from grader.reports.pages.rules import told
from grader.reports.pages.template import Scripts, render
from grader.reports.words import amount, check_name, place, plain, summary

__all__ = ["Entry", "Losses", "class_page", "course_page", "entry_of"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Losses:
    """The loss of one task's run, thinned: at (T,) in the unit named, losses (T,)."""

    task: str
    unit: str
    at: Array
    losses: Array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Entry:
    """One report in the class: what the class's page needs of it.  href: its own page, seen from the class's."""

    report: Report
    href: str
    title: str
    losses: tuple[Losses, ...]


def entry_of(report: Report, story: Story | None, href: str) -> Entry:
    """The little of a report and its story that the class's page shows."""
    told_losses = []
    for chapter in story.chapters if story is not None else ():
        if chapter.own is not None and len(chapter.own.losses) > 1:
            unit = chapter.words.get("epoch", "epoch") if chapter.unit == "epoch" else "step"
            some = np.unique(np.linspace(0, len(chapter.own.at) - 1, 60).round().astype(np.int64))
            told_losses.append(Losses(task=chapter.task, unit=unit, at=chapter.own.at[some], losses=chapter.own.losses[some]))
    return Entry(report=report, href=href, title=story.title if story is not None else "", losses=tuple(told_losses))


# ---- one class --------------------------------------------------------------------------------------------------------------


def class_page(entries: Sequence[Entry], *, scripts: Scripts | None = None, back: str = "") -> str:
    """The page of one exercise's class as HTML text.  back: the address of the course's page, '' where there is none."""
    reports = [e.report for e in entries]
    scores = np.array([r.score for r in reports])
    best = max((r.max_score for r in reports), default=0.0)
    return render(
        "class.html",
        scripts=scripts,
        back=back,
        title=plain(next((e.title for e in entries if e.title), "") or (reports[0].exercise if reports else "No submissions"), limit=120),
        total=len(reports),
        mean=amount(float(scores.mean())) if len(scores) else "–",
        median=amount(float(np.median(scores))) if len(scores) else "–",
        best=amount(best),
        full=sum(_full(r) for r in reports),
        waiting=sum(r.pending > 0 for r in reports),
        bars=_histogram(scores, best),
        causes=_causes(reports),
        checks=_checks(reports),
        losses=many_losses([(plain(e.report.student or e.report.notebook, limit=60), _full(e.report), e.losses) for e in entries]),
        rows=[_row(e) for e in entries],
    )


def _full(report: Report) -> bool:
    return report.score >= report.max_score > 0 and not report.pending


def _histogram(scores: Array, best: float) -> list[dict[str, Any]]:
    """Eleven bars or fewer: from 0 to the highest score, full marks on their own."""
    if not len(scores) or best <= 0:
        return []
    edges = np.linspace(0, best, 11)
    which = np.where(scores >= best - 1e-9, 10, np.clip(np.searchsorted(edges, scores + 1e-9, side="right") - 1, 0, 9))
    counts = np.bincount(which, minlength=11)
    most = max(1, int(counts.max()))
    names = [*(f"{amount(float(a))} to under {amount(float(b))}" for a, b in pairwise(edges)), f"full marks, {amount(best)}"]
    short = [*(amount(float(a)) for a in edges[:-1]), "full"]
    return [
        {"name": name, "short": at, "count": int(n), "height": round(100 * int(n) / most, 1)}
        for name, at, n in zip(names, short, counts, strict=True)
    ]  # fmt: skip


def _causes(reports: Sequence[Report]) -> list[dict[str, Any]]:
    counts = Counter(r.cause.rule for r in reports if r.cause is not None)
    out = []
    for rule, n in counts.most_common():
        about, share = told(rule), round(100 * n / len(reports), 1)
        out.append({"rule": rule, "count": n, "of_class": about.of_class, "headline": about.headline, "share": share})
    return out


def _checks(reports: Sequence[Report]) -> list[dict[str, Any]]:
    """Each check with how often it came out which way, what fails most first."""
    kinds = ("passed", "failed", "blocked", "unobserved", "fault")
    counts: dict[str, Counter[str]] = {}
    titles: dict[str, str] = {}
    for report in reports:
        for check in report.checks:
            name = check_name(check, report)
            counts.setdefault(name, Counter())[check.outcome] += 1
            titles[name] = plain(check.title, limit=160)
    out = []
    for name, outcomes in counts.items():
        total, at, parts = sum(outcomes.values()), 0.0, []
        for kind in kinds:
            if outcomes[kind]:
                width = 100 * outcomes[kind] / total
                parts.append((kind, round(at, 2), round(width, 2)))
                at += width
        said = ", ".join(f"{outcomes[kind]} {'not seen' if kind == 'unobserved' else kind}" for kind in kinds if outcomes[kind])
        out.append({"name": name, "title": titles[name], "parts": parts, "failed": outcomes["failed"], "said": said})
    return sorted(out, key=lambda row: -row["failed"])


def _row(entry: Entry) -> dict[str, Any]:
    r = entry.report
    cause = r.cause
    where = place(cause) if cause is not None else ""
    if cause is not None:
        said = told(cause.rule).headline
    elif _full(r):
        said = ""
    else:
        said = summary(r) or "see the checks"
    return {
        "student": plain(r.student or "–", limit=80), "notebook": plain(r.notebook, limit=80), "href": entry.href, "score": amount(r.score),
        "number": f"{r.score:.4f}", "pending": amount(r.pending) if r.pending else "", "full": _full(r),
        "rule": cause.rule if cause is not None else "", "said": said, "place": where,
        "status": "" if r.run.status == "completed" else r.run.status,
    }  # fmt: skip


# ---- the course -------------------------------------------------------------------------------------------------------------


def course_page(classes: Sequence[tuple[str, Sequence[Entry]]], *, scripts: Scripts | None = None) -> str:
    """The page of all classes as HTML text: (address of the class's page, its entries) for each exercise."""
    told_of = []
    for href, entries in classes:
        reports = [e.report for e in entries]
        scores = np.array([r.score for r in reports])
        best = max((r.max_score for r in reports), default=0.0)
        told_of.append(
            {
                "href": href, "title": plain(next((e.title for e in entries if e.title), "") or reports[0].exercise, limit=120),
                "total": len(reports), "mean": amount(float(scores.mean())), "best": amount(best), "full": sum(_full(r) for r in reports),
                "waiting": sum(r.pending > 0 for r in reports), "bars": _histogram(scores, best), "causes": _causes(reports)[:3],
            }
        )  # fmt: skip
    return render("course.html", scripts=scripts, classes=told_of, total=sum(len(entries) for _, entries in classes))
