"""Formats that a report is written in: `grader grade NOTEBOOK --write NAME=FILE`.

One module each, called as the format is: a docstring whose first line says what it is, and `text(report)`, the whole file.  A module
that lies here is a format; nothing else names it.
May import: what `grader.reports` may.  Side of the trust line: as there; a stranger's text goes through `words.plain`.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from grader.model.errors import UsageError
from grader.model.report import Report

__all__ = ["names", "text_of"]


def names() -> tuple[str, ...]:
    """Every format, in alphabetical order."""
    return tuple(sorted(one.name for one in iter_modules(__path__)))


def text_of(name: str, report: Report) -> str:
    """The report in this format.  Raises UsageError for a format that is not there."""
    if name not in names():
        raise UsageError(f"no format is called {name!r}", remedy=f"there are {', '.join(names())}")
    return str(import_module(f"{__name__}.{name}").text(report))
