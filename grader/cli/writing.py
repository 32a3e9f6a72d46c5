"""Results to files, to standard output and to screens."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from grader.model.errors import UsageError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from grader.model.report import Report

__all__ = ["exit_code", "show", "write", "write_bytes"]

NARROWEST = 100
"""Columns of a report that goes to a file or a pipe."""


def write(text: str, to: str) -> None:
    """Write to the file `to`, or to standard output where it is '-'.  Raises UsageError where the file can't be written."""
    if to == "-":
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    try:
        Path(to).write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise UsageError(f"can't be written: {error.strerror}", where=to, remedy="name a file in a folder that is there") from error


def write_bytes(data: bytes, to: str) -> None:
    """Write to the file `to`, or to standard output where it is '-'.  Raises UsageError where the file can't be written."""
    if to == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
        return
    try:
        Path(to).write_bytes(data)
    except OSError as error:
        raise UsageError(f"can't be written: {error.strerror}", where=to, remedy="name a file in a folder that is there") from error


def show(renderable: RenderableType) -> None:
    """Print for a person on standard output: in colour on a terminal, plain elsewhere."""
    from rich.console import Console

    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console = Console(highlight=False, markup=False, emoji=False, width=NARROWEST)
    console.print(renderable)


def exit_code(reports: Sequence[Report]) -> int:
    """0 where every report has full marks, 3 where the grader failed at one, else 1."""
    if any(report.run.status == "fault" or any(check.outcome == "fault" for check in report.checks) for report in reports):
        return 3
    return 0 if all(report.score >= report.max_score and not report.pending for report in reports) else 1


def leave(code: int) -> None:
    """End the verb with this exit code."""
    raise typer.Exit(code)
