"""Show an exercise's declaration as canonical JSON, with its digests."""

from __future__ import annotations

from typing import Annotated

import typer

from grader.cli import course as courses
from grader.cli import writing
from grader.cli.options import CourseOption, Debug

__all__ = ["EXAMPLES", "run"]

EXAMPLES = """\b
Examples:
  grader show slope-and-bias
  grader show slope-and-bias | jq .digests
  grader show slope-and-bias --tolerances
"""


def run(
    slug: Annotated[str, typer.Argument(metavar="SLUG", help="The exercise.")],
    tolerances: Annotated[bool, typer.Option("--tolerances", help="Per check: the widest right work and the nearest mistake.")] = False,
    course: CourseOption = None,
    debug: Debug = False,  # noqa: ARG001 - read by main
) -> None:
    """Print the exercise."""
    import json

    from grader.catalog import declared, execution_digest, judging_digest

    entry = courses.find(course).load(slug)
    if tolerances:
        from grader.authoring import margins

        writing.write(margins.shown(entry), "-")
        return
    shown = {
        "exercise": declared(entry.exercise),
        "digests": {"execution": execution_digest(entry), "judging": judging_digest(entry)},
    }
    writing.write(json.dumps(shown, indent=2, sort_keys=True, ensure_ascii=False) + "\n", "-")
