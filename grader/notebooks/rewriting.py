"""Changing a submission for a judge's run: only the exercise's own cells may be replaced."""

from __future__ import annotations

from dataclasses import replace

from grader.model.notebook import Cell, Notebook

__all__ = ["replace_source"]


def replace_source(notebook: Notebook, grade_id: str, source: str) -> Notebook | None:
    """The notebook with another source in the given cell `grade_id`; all else, positions included, stays.

    Where the student has changed the cell, their lines run first, and the other source then has the last word.

    A copy of that cell, word for word, is replaced with it: where the work of two exercises on the same data stands in one
    file, the second copy would undo the first.  None where the aligned notebook holds no such cell, or where the cell is
    not the exercise's own (`given`): what a student wrote is never replaced.
    """
    found = next((cell for cell in notebook.cells if cell.grade_id == grade_id and cell.owner == "given"), None)
    if found is None:
        return None
    same = _content(found) if found.source.strip() else None
    if found.changed and found.source.strip():  # what the student added to it (a count, a device) is needed further on
        source = f"{found.source}\n\n{source}"
    cells = (replace(cell, source=source) if cell is found or _content(cell) == same else cell for cell in notebook.cells)
    return replace(notebook, cells=tuple(cells))


def _content(cell: Cell) -> tuple[str, str]:
    """A cell but for its white space."""
    return cell.kind, "".join(cell.source.split())
