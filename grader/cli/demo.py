"""Grade a bundled class: right work and typical mistakes, over every exercise of the course."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from grader.cli import course as courses
from grader.cli import running, writing
from grader.cli.options import CourseOption, Debug
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
    jobs: Annotated[int, typer.Option("--jobs", metavar="N", min=1, help="Notebooks graded side by side.")] = 2,
    course: CourseOption = None,
    debug: Debug = False,  # noqa: ARG001 - read by main
) -> None:
    """Grade the bundled class.  Returns through typer.Exit: 0, or 3 where the grader failed at a submission."""
    from functools import partial

    from grader.batch import Shelf, bundled_class, grade_class
    from grader.reports import class_table

    entries = courses.entries(courses.find(course), None)
    shelf = Shelf(out)
    submissions = bundled_class(entries)
    by_slug = {entry.exercise.slug: entry for entry in entries}
    executor = partial(running.executor, trusted=True, ready=jobs)  # the course's own work
    with Progress(f"Grading {len(submissions)} submissions") as progress:
        reports = grade_class(submissions, by_slug, executor=executor, shelf=shelf, jobs=jobs, progress=progress)
    writing.show(class_table(reports))
    typer.echo(f"\n{len(reports)} reports (JSON) and {shelf.SHEET} are in {out.resolve()}")
    writing.leave(3 if writing.exit_code(reports) == 3 else 0)
