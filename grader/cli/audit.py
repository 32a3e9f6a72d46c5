"""Every change of a grade: who, what, when, before and after."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from grader.cli import books
from grader.cli.options import GRADEBOOK, Debug, GradebookOption, OneExercise

__all__ = ["EXAMPLES", "run"]

EXAMPLES = """\b
Examples:
  grader audit
  grader audit anna --exercise slope-and-bias
"""


def run(
    student: Annotated[str | None, typer.Argument(metavar="[STUDENT]", help="This student alone.")] = None,
    gradebook: GradebookOption = GRADEBOOK,
    exercise: OneExercise = None,
    debug: Debug = False,  # noqa: ARG001 - read by main
) -> None:
    """Print the changes in the order in which they were made."""
    from grader.gradebook.arriving import student_row
    from grader.gradebook.audit import history
    from grader.model.harmless import plain

    with books.opened(gradebook) as book, book.reading() as session:
        key = student_row(session, student).key if student is not None else None
        changes = history(session, student=key, exercise=exercise)
    for one in changes:
        when, who = f"{one.at.astimezone():%Y-%m-%d %H:%M:%S}", plain(one.who, limit=40)
        why = f" ({plain(one.why, limit=200)})" if one.why else ""
        typer.echo(f"{when}  {who}  {one.what}  {plain(one.student, limit=60)}  {one.exercise}: {_change(one.before, one.after)}{why}")


def _change(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    names = [name for name in after if before.get(name) != after[name]] + [name for name in before if name not in after]
    return ", ".join(f"{name} {_shown(before.get(name))} -> {_shown(after.get(name))}" for name in names)


def _shown(value: Any) -> str:
    from grader.model.harmless import plain

    if value is None or value == "":
        return "-"
    return f"{value:g}" if isinstance(value, float) else plain(str(value), limit=80)
