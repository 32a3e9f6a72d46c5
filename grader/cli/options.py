"""Options that several verbs share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["CourseOption", "Debug", "ExerciseOption", "JUnit", "Slugs"]

CourseOption = Annotated[
    Path | None,
    typer.Option(
        "--course", metavar="DIR", envvar="GRADER_COURSE", show_envvar=True,
        help="The folder with exercises/ and reference/; by default the nearest one above the working folder.",
    ),
]  # fmt: skip
ExerciseOption = Annotated[str | None, typer.Option("--exercise", metavar="SLUG", help="Which exercise; found out where it is left out.")]
JUnit = Annotated[str | None, typer.Option("--junit", metavar="F", help="Write JUnit XML to this file ('-' is standard output).")]
Slugs = Annotated[list[str] | None, typer.Argument(metavar="[SLUG]...", help="Exercises; all of the course where none is named.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show tracebacks and what happens within.")]
