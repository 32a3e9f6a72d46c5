"""Late rules, and more time for one student: what lateness takes is shown beside what the work earned."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated

import typer

from grader.cli import books
from grader.cli.options import GRADEBOOK, By, Debug, GradebookOption
from grader.cli.override import told
from grader.model.errors import UsageError

__all__ = ["EXAMPLES", "duration", "moment", "run", "share"]

EXAMPLES = """\b
Examples:
  grader late
  grader late slope-and-bias --due "2026-03-01 23:59" --grace 15m --per-day 10% --most 50%
  grader late slope-and-bias --student anna --until "2026-03-04 12:00" --why "was ill"
  grader late slope-and-bias --student anna --waive
  grader late slope-and-bias --due never

Days are begun days after the due moment; within the grace nothing is taken.  A moment without a zone is this machine's time.
"""

_UNITS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}


def run(
    exercise: Annotated[str | None, typer.Argument(metavar="[SLUG]", help="The exercise; without one, every rule is shown.")] = None,
    due: Annotated[str | None, typer.Option("--due", metavar="MOMENT", help="When it is due; 'never' takes the rule away.")] = None,
    grace: Annotated[str | None, typer.Option("--grace", metavar="TIME", help="How late costs nothing: 15m, 2h, 1d.")] = None,
    per_day: Annotated[str | None, typer.Option("--per-day", metavar="SHARE", help="Of the points, for each begun day: 10%.")] = None,
    most: Annotated[str | None, typer.Option("--most", metavar="SHARE", help="Of the points, at most: 50%.")] = None,
    student: Annotated[str | None, typer.Option("--student", metavar="STUDENT", help="More time for this student alone.")] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="MOMENT", help="Their due moment.")] = None,
    waive: Annotated[bool, typer.Option("--waive", help="Lateness takes nothing from them.")] = False,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="The rule holds for them again.")] = False,
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="The reason, for the audit.")] = "",
    gradebook: GradebookOption = GRADEBOOK,
    by: By = None,
    debug: Debug = False,  # noqa: ARG001 - read by main
) -> None:
    """Show or set late rules and extensions."""
    ruled, extended = any(one is not None for one in (due, grace, per_day, most)), until is not None or waive or withdraw
    if (student is not None) != extended or (ruled and extended) or (exercise is None and (ruled or extended)):
        remedy = "SLUG with --due …, or SLUG with --student and --until, --waive or --withdraw"
        raise UsageError("this does not fit together", remedy=remedy)
    if extended and (until is not None) + waive + withdraw != 1:
        raise UsageError("these exclude each other", remedy="give one of --until, --waive and --withdraw")
    if exercise is not None and student is not None:
        _extend(gradebook, student, exercise, until=until, withdraw=withdraw, by=by, why=why)
    elif exercise is not None and ruled:
        _rule(gradebook, exercise, due=due, grace=grace, per_day=per_day, most=most, by=by, why=why)
    else:
        _show(gradebook, exercise)


def _extend(gradebook: str, student: str, exercise: str, *, until: str | None, withdraw: bool, by: str | None, why: str) -> None:
    from grader.gradebook import people

    given = moment(until) if until is not None else None
    with books.opened(gradebook) as book, book.writing() as session:
        before, after = people.extend(session, student, exercise, books.deed("extension", by, why), until=given, withdrawn=withdraw)
    typer.echo(told(before, after))


def _rule(
    gradebook: str, exercise: str, *, due: str | None, grace: str | None, per_day: str | None, most: str | None, by: str | None, why: str
) -> None:
    from grader.gradebook.arriving import exercise_row
    from grader.gradebook.counting import late_rule
    from grader.gradebook.people import set_late_rule

    with books.opened(gradebook) as book, book.writing() as session:
        rule = late_rule(exercise_row(session, exercise))
        if due is not None:
            rule = replace(rule, due=None if due == "never" else moment(due))
        rule = replace(
            rule,
            grace=duration(grace) if grace is not None else rule.grace,
            per_day=share(per_day) if per_day is not None else rule.per_day,
            most=share(most) if most is not None else rule.most,
        )
        changed = set_late_rule(session, exercise, rule, books.deed("late", by, why))
    typer.echo(f"{exercise}: {rule.sentence()}; {changed} {'grade' if changed == 1 else 'grades'} changed")


def _show(gradebook: str, exercise: str | None) -> None:
    from grader.gradebook.people import extensions, late_rules

    with books.opened(gradebook) as book, book.reading() as session:
        rules, more = late_rules(session), extensions(session)
    for slug, rule in rules.items():
        if exercise in {None, slug}:
            typer.echo(f"{slug}: {rule.sentence()}")
    for one in more:
        if exercise in {None, one.exercise}:
            when = "lateness is waived" if one.until is None else f"until {one.until:%Y-%m-%d %H:%M %Z}"
            typer.echo(f"  {one.student}  {one.exercise}: {when}{f' ({one.why})' if one.why else ''}")


def moment(text: str) -> datetime:
    """A date, or a date and a time, with this machine's zone where it has none.  Raises UsageError."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(f"no moment: {text!r}", remedy="write it as 2026-03-01 23:59, or with a zone: 2026-03-01T23:59+01:00") from None
    return found.astimezone() if found.tzinfo is None else found


def duration(text: str) -> timedelta:
    """A length of time.  Raises UsageError.

    >>> duration("15m"), duration("1.5h")
    (datetime.timedelta(seconds=900), datetime.timedelta(seconds=5400))
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(s|m|min|h|d)", text.strip())
    if found is None:
        raise UsageError(f"no length of time: {text!r}", remedy="write 30s, 15m, 2h or 1d")
    return timedelta(seconds=float(found[1]) * _UNITS[found[2]])


def share(text: str) -> float:
    """A share of the points, from 0 to 1.  Raises UsageError.

    >>> share("10%"), share("0.1")
    (0.1, 0.1)
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(%?)", text.strip())
    value = float(found[1]) / (100 if found[2] else 1) if found is not None else -1.0
    if not 0 <= value <= 1:
        raise UsageError(f"no share of the points: {text!r}", remedy="write 10%, or 0.1")
    return value
