"""Write what students receive: each exercise's stub, its data and what the check in it needs; nothing that gives an answer away."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from grader.cli import course as courses
from grader.cli.options import CourseOption, Debug
from grader.model.errors import UsageError

__all__ = ["EXAMPLES", "run"]

EXAMPLES = """\b
Examples:
  grader release exercises/
  grader release slope-and-bias pytorch-way exercises/
  grader release --zip handouts/
"""


def run(
    names: Annotated[list[str], typer.Argument(metavar="[SLUG]... DIR", help="Exercises (all where none is named), and the folder.")],
    course: CourseOption = None,
    zipped: Annotated[bool, typer.Option("--zip", help="One zip for each exercise instead of a folder.")] = False,
    debug: Debug = False,  # noqa: ARG001 - read by main
) -> None:
    """Release the exercises into DIR/<slug>/, or DIR/<slug>.zip, and say what was written."""
    from grader.authoring.release import release, release_zip

    *slugs, folder = names
    found = courses.find(course)
    if folder in found.exercises() and not Path(folder).is_dir():
        raise UsageError(f"{folder!r} is an exercise; the last word must be the folder to write to", remedy="add the folder")
    for entry in courses.entries(found, slugs):
        for path in [release_zip(entry, Path(folder))] if zipped else release(entry, Path(folder)):
            typer.echo(str(path))
