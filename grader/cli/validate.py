"""Is the grader right?  References earn everything, stubs nothing, specimens exactly what stands beside them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from grader.cli import course as courses
from grader.cli import running, writing
from grader.cli.options import CourseOption, Debug, JUnit, Slugs

if TYPE_CHECKING:
    from grader.batch import Tried

__all__ = ["EXAMPLES", "run"]

EXAMPLES = """\b
Examples:
  grader validate
  grader validate slope-and-bias --junit validation.xml

Leaves with 1 where anything is not as declared.
"""


def run(
    slugs: Slugs = None,
    course: CourseOption = None,
    junit: JUnit = None,
    jobs: Annotated[int, typer.Option("--jobs", metavar="N", min=1, help="Notebooks run side by side.")] = 2,
    debug: Debug = False,  # noqa: ARG001 - read by main
) -> None:
    """Validate, a line for each trial.  Returns through typer.Exit with 0 or 1."""
    from functools import partial

    from grader.batch import trials_of, validate
    from grader.reports import junit_of_trials

    entries = courses.entries(courses.find(course), slugs)
    trials = tuple(trial for entry in entries for trial in trials_of(entry))
    said = sys.stderr if junit == "-" else sys.stdout
    executor = partial(running.executor, trusted=True, ready=jobs)  # the course's own work
    done = validate(trials, executor=executor, jobs=jobs, progress=lambda one: typer.echo(_line(one), file=said))
    wrong = [one for one in done if one.shortfalls]
    if junit:
        writing.write(junit_of_trials([(one.trial.entry.exercise.slug, one.trial.id, one.shortfalls) for one in done]), junit)
    typer.echo(f"{len(done) - len(wrong)} of {len(done)} as declared", file=said)
    writing.leave(1 if wrong else 0)


def _line(one: Tried) -> str:
    mark = "✗" if one.shortfalls else "✓"
    return "\n".join([f"{mark} {one.trial.id}", *(f"    {shortfall}" for shortfall in one.shortfalls)])
