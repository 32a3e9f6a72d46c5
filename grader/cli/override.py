"""A person's score, comment or excuse for a student's exercise: kept apart from the automatic score, and by every regrade."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from grader.cli import books
from grader.cli.options import GRADEBOOK, By, Debug, GradebookOption
from grader.model.errors import UsageError

if TYPE_CHECKING:
    from grader.model.grade import Grade

__all__ = ["EXAMPLES", "run", "told"]

EXAMPLES = """\b
Examples:
  grader override anna slope-and-bias --score 8 --comment "the plot is right, the grader could not see it"
  grader override anna slope-and-bias --excused --why "was ill"
  grader override anna slope-and-bias --seen
  grader override anna slope-and-bias --take-back
"""


def run(
    student: Annotated[str, typer.Argument(metavar="STUDENT", help="The id; or a name or e-mail address that only one has.")],
    exercise: Annotated[str, typer.Argument(metavar="SLUG", help="The exercise.")],
    score: Annotated[float | None, typer.Option("--score", metavar="POINTS", help="What the work earns, before lateness.")] = None,
    comment: Annotated[str | None, typer.Option("--comment", metavar="TEXT", help="What the student is told ('' removes it).")] = None,
    excused: Annotated[bool | None, typer.Option("--excused/--not-excused", help="None is needed.", show_default=False)] = None,
    seen: Annotated[bool, typer.Option("--seen", help="You have looked, and the automatic score is right.")] = False,
    take_back: Annotated[bool, typer.Option("--take-back", help="Forget all this: the automatic score holds again.")] = False,
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="The reason, for the audit.")] = "",
    gradebook: GradebookOption = GRADEBOOK,
    by: By = None,
    debug: Debug = False,  # noqa: ARG001 - read by main
) -> None:
    """Store it, and print the grade before and after."""
    from grader.gradebook import people

    said = people.Said(score=score, comment=comment, excused=excused, seen=seen)
    if take_back == (said != people.Said()):
        raise UsageError("nothing to say", remedy="give --score, --comment, --excused or --seen, or --take-back alone")
    deed = books.deed("override", by, why)
    with books.opened(gradebook) as book, book.writing() as session:
        if take_back:
            before, after = people.take_back(session, student, exercise, deed)
        else:
            before, after = people.override(session, student, exercise, said, deed)
    typer.echo(told(before, after))


def told(before: Grade, after: Grade) -> str:
    """A grade before and after, in a line."""
    from grader.model.harmless import plain

    return f"{plain(after.student.id, limit=60)}  {after.exercise}: {_words(before)} -> {_words(after)}"


def _words(grade: Grade) -> str:
    if grade.final is None:
        pending = f", {grade.pending:g} points pending" if grade.pending else ""
        return f"{grade.status}{pending}"
    parts = [f"{grade.final:g} of {grade.max_score:g}"]
    if grade.late_deduction:
        parts.append(f"{grade.score:g} less {grade.late_deduction:g} for lateness")
    if grade.overridden:
        automatic = "none" if grade.automatic is None else f"{grade.automatic:g}"
        parts.append(f"a person's; automatic {automatic}")
    return parts[0] + (f" ({'; '.join(parts[1:])})" if parts[1:] else "")
