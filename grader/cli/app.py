"""The command `grader`: its verbs, and how it ends."""

from __future__ import annotations

import gc
import sys
from typing import NoReturn

import typer

from grader.cli import (
    attention,
    audit,
    batch,
    check,
    demo,
    doctor,
    export,
    grade,
    late,
    new,
    override,
    overview,
    release,
    rescore,
    roster,
    show,
    submit,
    validate,
)
from grader.model.errors import ExecutionError, GraderError

__all__ = ["app", "main"]

app = typer.Typer(
    name="grader",
    help="Grades PyTorch training exercises from the evidence of how a model was trained, and names the cause of what went wrong.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
CLASS = (batch, rescore, overview, attention, override, late, roster, export, audit)
for verb in (grade, check, *CLASS, demo, new, validate, show, release, submit, doctor):
    app.command(verb.__name__.rpartition(".")[2], help=verb.__doc__, epilog=verb.EXAMPLES)(verb.run)


@app.callback(invoke_without_command=True)
def _top(version: bool = typer.Option(False, "--version", help="Show the version and leave.")) -> None:
    if version:
        from grader import __version__

        typer.echo(f"grader {__version__}")
        raise typer.Exit


def main() -> NoReturn:
    """Run the command line and leave with its exit code.

    A GraderError is one line on standard error and code 2; a failure of our own is one line and code 3.  With --debug, both
    come as tracebacks.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal without UTF-8 shows a question mark, not a traceback
    gc.set_threshold(100_000, 20, 20)  # judging makes many small objects, which live as long as a report: looking for garbage took a fifth
    debug = "--debug" in sys.argv[1:]
    if debug:
        import logging

        logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
        logging.getLogger("asyncio").setLevel(logging.WARNING)
    try:
        app(prog_name="grader")
    except GraderError as error:
        if debug:
            raise
        _leave(str(error), 3 if isinstance(error, ExecutionError) else 2)
    except Exception as error:
        if debug:
            raise
        _leave(f"the grader's own fault ({type(error).__name__}: {error}); run it with --debug and report what it shows", 3)
    sys.exit(0)


def _leave(said: str, code: int) -> NoReturn:
    line = "".join(one if one.isprintable() else "?" for one in " ".join(said.split()))
    print(f"grader: {line}", file=sys.stderr)  # noqa: T201 - the one line
    sys.exit(code)
