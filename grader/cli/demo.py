"""Grade a bundled class: right work and typical mistakes, over every exercise of the course."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from grader.cli import books, running, writing
from grader.cli import course as courses
from grader.cli.options import GRADEBOOK, CourseOption, Debug, Jobs
from grader.cli.progress import Progress

__all__ = ["EXAMPLES", "run"]

EXAMPLES = """\b
Examples:
  grader demo
  grader demo --out /tmp/demo --jobs 4

What is graded already is not graded again: remove the folder to start anew.
"""


def run(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder for the reports.")] = Path("demo-grades"),
    jobs: Jobs = None,
    course: CourseOption = None,
    debug: Debug = False,  # noqa: ARG001 - read by main
) -> None:
    """Grade the bundled class.  Returns through typer.Exit: 0, or 3 where the grader failed at a submission."""
    from functools import partial

    from grader.batch import Here, Shelf, bundled_class, default_jobs, grade_class, plan_of, publish, taken_in
    from grader.grading import Edition
    from grader.reports import class_table

    entries = courses.entries(courses.find(course), None)
    Shelf(out)  # a folder that can't be is said before anything is graded
    editions = {entry.slug: Edition.of(entry) for entry in entries}
    side_by_side = jobs or default_jobs()
    with books.opened(str(out / GRADEBOOK), create=True, name="demo") as book:
        of = taken_in(book, bundled_class(entries), editions)
        plan = plan_of(book, of)
        executor = partial(running.executor, trusted=True, ready=side_by_side)  # the course's own work
        place = Here(of.editions, executor=executor, secret=book.secret(), jobs=side_by_side)
        with Progress(f"Grading {plan.total} submissions") as progress:
            grade_class(book, of, plan, place, progress=progress)
        made = publish(book, of, out)
    writing.show(class_table(made.reports))
    typer.echo(f"\n{len(made.reports)} reports (JSON, HTML), {made.index.name}, {Shelf.SHEET} and {GRADEBOOK} are in {out.resolve()}")
    if made.lost:
        raise made.lost[0]
    writing.leave(3 if writing.exit_code(made.reports) == 3 else 0)
