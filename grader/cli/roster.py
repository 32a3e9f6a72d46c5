"""Students in and out as CSV: without a file, the roster to standard output."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from grader.cli import books, running, writing
from grader.cli.options import GRADEBOOK, Debug, GradebookOption

__all__ = ["EXAMPLES", "run"]

EXAMPLES = """\b
Examples:
  grader roster class.csv
  grader roster canvas-gradebook-export.csv --whole
  grader roster > class.csv

A CSV of your own has at least the columns id and name; exports of Canvas, Moodle, Gradescope and GitHub Classroom are known.
"""


def run(
    file: Annotated[Path | None, typer.Argument(metavar="[CSV]", help="Students to add or to change.")] = None,
    whole: Annotated[bool, typer.Option("--whole", help="The file names everybody: who is not in it has left (their work stays).")] = False,
    everybody: Annotated[bool, typer.Option("--everybody", help="Print those too whom no roster names.")] = False,
    gradebook: GradebookOption = GRADEBOOK,
    debug: Debug = False,  # noqa: ARG001 - read by main
) -> None:
    """Read students in, or print them."""
    from grader.gradebook import arriving
    from grader.lms.roster import read_roster, write_roster

    if file is None:
        with books.opened(gradebook) as book, book.reading() as session:
            writing.write(write_roster(arriving.roster(session, everybody=everybody)), "-")
        return
    students = read_roster(running.submission_bytes(file), file.name)
    with books.opened(gradebook, create=True) as book:
        with book.writing() as session:
            new, changed = arriving.enrol(session, students, whole=whole)
            count = len(arriving.roster(session))
        typer.echo(f"{new} new, {changed} changed; {count} students are on the roster of {book.where}")
