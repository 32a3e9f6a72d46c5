"""What waits for a person: whose, why, and what to do next."""

from __future__ import annotations

from typing import Annotated

import typer

from grader.cli import books
from grader.cli.options import GRADEBOOK, Debug, GradebookOption, OneExercise

__all__ = ["EXAMPLES", "run"]

EXAMPLES = """\b
Examples:
  grader attention
  grader attention --exercise slope-and-bias
  grader attention --settle 3f2a9c01de
"""


def run(
    gradebook: GradebookOption = GRADEBOOK,
    exercise: OneExercise = None,
    settle: Annotated[str | None, typer.Option("--settle", metavar="NUMBER", help="A file set aside was seen to.")] = None,
    debug: Debug = False,  # noqa: ARG001 - read by main
) -> None:
    """Print the list, the most urgent first."""
    from grader.gradebook import attention
    from grader.model.harmless import plain

    with books.opened(gradebook) as book:
        if settle is not None:
            with book.writing() as session:
                typer.echo(f"settled: {plain(attention.settle(session, settle), limit=400)}")
            return
        with book.reading() as session:
            items = attention.attention(session, exercise=exercise)
    for item in items:
        whose = "  ".join(part for part in (plain(item.student, limit=60), item.exercise, plain(item.notebook, limit=60)) if part)
        typer.echo(f"{item.reason}: {whose or '(nobody known)'}")
        typer.echo(f"    {' '.join(plain(item.detail, limit=300).split())}")
        typer.echo(f"    -> {plain(item.step, limit=300)}")
    count = {0: "nothing waits", 1: "1 thing waits"}.get(len(items), f"{len(items)} things wait")
    typer.echo(f"{count} for a person")
