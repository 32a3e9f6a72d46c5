"""A notebook as the judge sees it: cells in order, each told apart as the exercise's or the student's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Cell", "Notebook", "Owner"]

Owner = Literal["given", "asked", "added"]
"""`given`: the exercise's own cell; `asked`: a cell that the student fills in; `added`: not of the exercise (or unknown)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell of a submission.

    index: position in the file as handed in, counted from 0 over all cells.
    kind: `code`, `markdown` or `raw`.
    source: the text, stored outputs dropped.
    grade_id: the exercise's name of this cell where it aligned with one, else None.
    owner: whose cell it is; `added` where nothing aligned.
    changed: the source differs from the exercise's (only for `given` cells; white space aside).
    """

    index: int
    kind: Literal["code", "markdown", "raw"]
    source: str
    grade_id: str | None = None
    owner: Owner = "added"
    changed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Notebook:
    """A submission, read: its cells and how it was aligned with the exercise.

    aligned: `metadata` (nbgrader's grade ids), `content` (equal sources), or `nothing` (judged on evidence alone).
    missing: grade ids of cells of the exercise that the submission no longer holds.
    remarks: one sentence for each thing mended while reading (outputs stripped, lone surrogates replaced, …).
    """

    name: str
    cells: tuple[Cell, ...]
    language: str = "python"
    aligned: Literal["metadata", "content", "nothing"] = "nothing"
    missing: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    def code(self) -> tuple[Cell, ...]:
        """The code cells that hold anything to execute, in order."""
        return tuple(c for c in self.cells if c.kind == "code" and c.source.strip())
