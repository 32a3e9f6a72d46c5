"""Check a notebook of your own: run it from the top and show what a student may see, nothing hidden, no grade."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grader.cli import running, writing
from grader.cli.options import Debug
from grader.model.errors import NotebookError, UsageError

if TYPE_CHECKING:
    from grader.model.run import Outcome
    from grader.student.bundle import Bundle

__all__ = ["EXAMPLES", "run"]

EXAMPLES = """\b
Examples:
  grader check slope-and-bias.ipynb
  grader check slope-and-bias.ipynb --hint
  grader check slope-and-bias.ipynb --hint --hint

Needs the grader.json that came with the exercise, and its data, beside the notebook.  In the notebook itself: %load_ext grader in
the first cell, %grade in the last.

Leaves with 0 where all that can be seen passes, 1 where something does not, 2 for a wrong call, 3 where the grader failed.
"""


def run(
    notebook: Annotated[Path, typer.Argument(metavar="NOTEBOOK", help="Your .ipynb file, or a percent script (# %%).")],
    hint: Annotated[int, typer.Option("--hint", count=True, help="Give a hint as well; twice, say where exactly, and where to read.")] = 0,
    bundle: Annotated[
        str, typer.Option("--bundle", metavar="DIR", help="The folder of grader.json; by default that of the notebook."),
    ] = "",
    json: Annotated[str | None, typer.Option("--json", metavar="F", help="Write the report as JSON ('-' is standard output).")] = None,
    debug: Debug = False,  # noqa: ARG001 - read by main
) -> None:
    """Check one notebook.  Returns through typer.Exit with 0, 1 or 3."""
    from grader.student import bundle as bundles
    from grader.student import telling
    from grader.student.hints import PLAINEST
    from grader.student.judged import judged_run
    from grader.student.lines import lines

    data = running.submission_bytes(notebook)
    held = bundles.read(bundles.find(bundle, (notebook.parent,)))
    try:
        found = judged_run(data, notebook.name, _ran(data, notebook.name, held), held)
    except NotebookError as error:
        typer.echo(lines(telling.trouble(error)), nl=False)
        writing.leave(1)
        return
    if json:
        from grader import reports

        writing.write(reports.to_json(found.report), json)
    if json != "-":
        plainness = min(1 + hint, PLAINEST)
        more = ("For a hint: --hint", "To be shown where, and where to read: --hint --hint")[min(hint, 1)]
        answer = telling.told_of(found, held.claims, plainness=plainness, more=more, place=telling.in_file)
        typer.echo(lines(answer), nl=False)
    writing.leave(writing.exit_code([found.report]))


def _ran(data: bytes, name: str, held: Bundle) -> Outcome:
    """The notebook, executed from the top as any submission is, with the data that came with the exercise."""
    from contextlib import closing

    from grader import notebooks
    from grader.model.run import Job

    if sys.platform == "win32":
        raise UsageError("notebooks are not run from a terminal on Windows", where=name, remedy="open it and run %grade in its last cell")
    exercise = held.claims.exercise
    read = notebooks.align(notebooks.read(data, name), held.claims.scaffold)
    served = {url: held.files[file] for url, file in exercise.served.items() if file in held.files}
    files = {file: held.files[file] for file in exercise.files}
    with closing(running.executor(trusted=True, extra="student")) as executor:
        return executor.run(Job(notebook=read, limits=exercise.limits, files=files, served=served))
