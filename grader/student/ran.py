"""One execution of a cell, as IPython told of it."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass

from grader.model.evidence import CellOutcome

__all__ = ["Ran", "key_of", "outcome_of"]

LONGEST = 2000
"""Characters of an error's message that are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A cell that was executed.

    number: IPython's own, shown in brackets beside the cell.  cell: the front end's name for the cell, '' where it gives none.
    """

    number: int
    source: str
    cell: str
    outcome: CellOutcome

    @property
    def key(self) -> str:
        """See key_of."""
        return key_of(self.cell, self.source)

    @property
    def text(self) -> str:
        """The source without white space that means nothing."""
        return _text(self.source)


def key_of(cell: str, source: str) -> str:
    """What two executions of one cell share: its name, or where it has none its text, white space at line ends aside."""
    return f"id {cell}" if cell else f"text {_text(source)}"


def _text(source: str) -> str:
    return "\n".join(line.rstrip() for line in source.strip().splitlines())


def outcome_of(number: int, error: BaseException | None, seconds: float, here: Callable[[str], bool]) -> CellOutcome:
    """How a cell ended.  here: whether a file name is this cell's."""
    if error is None:
        return CellOutcome(cell=number, status="ok", seconds=seconds)
    said = "".join(traceback.format_exception_only(error)).strip()  # survives an error that can't say itself
    told = said.splitlines()[-1] if isinstance(error, SyntaxError) else said
    message = told.partition(": ")[2][:LONGEST]
    name = type(error).__name__[:200]
    return CellOutcome(cell=number, status="error", error=name, message=message, line=_line(error, here), seconds=seconds)


def _line(error: BaseException, here: Callable[[str], bool]) -> int | None:
    """The line, from 1, within the cell that raised: its innermost frame in this cell."""
    found = [line for frame, line in traceback.walk_tb(error.__traceback__) if here(frame.f_code.co_filename)]
    if found:
        return found[-1]
    return error.lineno if isinstance(error, SyntaxError) else None
