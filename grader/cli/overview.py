"""The class in numbers: how the scores lie, which checks fail, which causes there are and how many have each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import typer

from grader.cli import books
from grader.cli.options import GRADEBOOK, Debug, GradebookOption, OneExercise

if TYPE_CHECKING:
    from grader.gradebook.overview import Overview
    from grader.model.grade import GradeStatus

__all__ = ["EXAMPLES", "lines", "run"]

EXAMPLES = """\b
Examples:
  grader overview
  grader overview --exercise slope-and-bias
"""

_BAR = 30
_WORDS: Mapping[GradeStatus, str] = {
    "graded": "graded", "waiting": "wait for a person", "missing": "handed in nothing", "excused": "excused",
}  # fmt: skip


def run(
    gradebook: GradebookOption = GRADEBOOK,
    exercise: OneExercise = None,
    debug: Debug = False,  # noqa: ARG001 - read by main
) -> None:
    """Print each exercise over the class."""
    from grader.gradebook.arriving import exercise_row
    from grader.gradebook.overview import overview

    with books.opened(gradebook) as book, book.reading() as session:
        if exercise is not None:
            exercise_row(session, exercise)
        found = overview(session, exercise=exercise)
    typer.echo("\n\n".join("\n".join(lines(one)) for one in found) if found else "nothing is graded yet")


def lines(of: Overview) -> list[str]:
    """One exercise in lines of text."""
    from grader.model.harmless import plain

    told = [f"{of.statuses[status]} {said}" for status, said in _WORDS.items() if of.statuses.get(status)]
    shown = [f"{of.exercise}: {', '.join(told)}"]
    if of.finals:
        shown.append(f"  mean {of.mean:g}, median {of.median:g} of {of.max_score:g}")
        bins = of.bins()
        step, widest = of.max_score / len(bins), max(bins)
        for at, count in enumerate(bins):
            ends = "]" if at == len(bins) - 1 else ")"
            shown.append(f"  [{at * step:4g}, {(at + 1) * step:4g}{ends} {count:5d}  {'█' * round(_BAR * count / widest)}".rstrip())
    for check in of.checks:
        failed = check.of - check.outcomes.get("passed", 0)
        if failed:
            parts = ", ".join(f"{count} {outcome}" for outcome, count in check.outcomes.items() if outcome != "passed")
            shown.append(f"  {check.name:<20} {failed:4d} of {check.of} did not pass ({parts})")
    for cause in of.causes:
        mark = "remark, " if cause.remark else ""
        said = " ".join(plain(cause.message, limit=120).split())
        shown.append(f"  {cause.count:4d} of {cause.of}  {mark}{cause.rule}: {said}")
    return shown
