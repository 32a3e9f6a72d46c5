"""New grades from stored evidence, with nothing executed: who would gain or lose what; --write makes it so."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from grader.cli import books
from grader.cli import course as courses
from grader.cli.options import GRADEBOOK, By, CourseOption, Debug, GradebookOption, OneExercise

if TYPE_CHECKING:
    from grader.batch import Rescored

__all__ = ["EXAMPLES", "run"]

EXAMPLES = """\b
Examples:
  grader rescore
  grader rescore --exercise slope-and-bias --write

Without --write nothing is changed.  A person's scores and comments stay as they are either way.
"""


def run(
    gradebook: GradebookOption = GRADEBOOK,
    exercise: OneExercise = None,
    write: Annotated[bool, typer.Option("--write", help="Store the new grades.")] = False,
    course: CourseOption = None,
    by: By = None,
    debug: Debug = False,  # noqa: ARG001 - read by main
) -> None:
    """Judge again and say what changes."""
    from grader.batch import rescore
    from grader.grading import Edition

    with books.opened(gradebook) as book:
        found = courses.find(course)
        editions = {entry.slug: Edition.of(entry) for entry in courses.entries(found, [exercise] if exercise else None)}
        counts: Counter[str] = Counter()
        for one in rescore(book, editions, write=write, who=by or ""):
            counts[one.verdict] += 1
            if one.verdict != "same":
                typer.echo(_line(one))
        typer.echo(_sum(counts, written=write))


def _line(one: Rescored) -> str:
    from grader.model.harmless import plain

    who = f"{plain(one.held.student, limit=60)}  {one.held.exercise}"
    if one.after is None:
        return f"{who}  needs a run: grader batch"
    points = f"{one.before.score:g} -> {one.after.score:g}"
    pending = f", {one.after.pending:g} pending" if one.after.pending else ""
    changed = [
        f"{new.id} {old.outcome} -> {new.outcome}"
        for old, new in zip(one.before.checks, one.after.checks, strict=False)
        if (old.id, old.task) == (new.id, new.task) and old.outcome != new.outcome
    ]
    why = f" ({', '.join(changed)})" if changed else ""
    return f"{who}  {one.verdict}: {points}{pending}{why}"


def _sum(counts: Counter[str], *, written: bool) -> str:
    if not counts:
        return "nothing is graded yet"
    words = {"same": "as before", "gains": "gain", "loses": "lose", "differs": "for other reasons", "needs-run": "need a run"}
    told = ", ".join(f"{counts[verdict]} {said}" for verdict, said in words.items() if counts[verdict])
    changes = counts["gains"] + counts["loses"] + counts["differs"]
    end = "" if not changes else "; written" if written else "; nothing was written: --write does"
    return f"{counts.total()} judged again: {told}{end}"
