"""Options that several verbs share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["By", "CourseOption", "Debug", "ExerciseOption", "GradebookOption", "JUnit", "Jobs", "OneExercise", "Slugs", "GRADEBOOK"]

GRADEBOOK = "gradebook.sqlite"
"""The gradebook where none is named: a file in the working folder."""

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
GradebookOption = Annotated[
    str,
    typer.Option("--gradebook", metavar="URL", envvar="GRADER_GRADEBOOK", show_envvar=True, help="A file, or postgresql://USER@HOST/DATABASE."),
]
Jobs = Annotated[int | None, typer.Option("--jobs", metavar="N", min=1, help="Notebooks side by side; else what cores and memory bear.")]
OneExercise = Annotated[str | None, typer.Option("--exercise", metavar="SLUG", help="This exercise alone.")]
By = Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who says so, for the audit; by default your user name.")]
