"""Begin a new exercise: a declaration, a reference notebook and its stub, ready to edit, and valid as they are."""

from __future__ import annotations

from typing import Annotated

import typer

from grader.cli import course as courses
from grader.cli.options import CourseOption, Debug

__all__ = ["EXAMPLES", "run"]

EXAMPLES = """\b
Examples:
  grader new steep-line --title "A steeper line"
  grader validate steep-line

docs/authoring.md goes on from there.
"""


def run(
    slug: Annotated[str, typer.Argument(metavar="SLUG", help="Its name: small letters, digits and hyphens.")],
    title: Annotated[str | None, typer.Option("--title", metavar="TEXT", help="What students read; else made from the name.")] = None,
    course: CourseOption = None,
    debug: Debug = False,  # noqa: ARG001 - read by main
) -> None:
    """Write the files and say which, and what comes next."""
    from grader.authoring.beginning import begin

    for path in begin(courses.find(course), slug, title if title is not None else slug.replace("-", " ").capitalize()):
        typer.echo(str(path))
    typer.echo(f"edit the declaration and the notebook; then: grader release exercises/ && grader validate {slug}")
