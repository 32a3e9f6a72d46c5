"""Changing a submission for a judge's run: only the exercise's own cells may be replaced."""

from __future__ import annotations

from dataclasses import replace

from grader.model.notebook import Notebook

__all__ = ["replace_source"]


def replace_source(notebook: Notebook, grade_id: str, source: str) -> Notebook | None:
    """The notebook with another source in the given cell `grade_id`; all else, positions included, stays.

    None where the aligned notebook holds no such cell, or where the cell is not the exercise's own (`given`): what a
    student wrote is never replaced.
    """
    at = next((i for i, cell in enumerate(notebook.cells) if cell.grade_id == grade_id and cell.owner == "given"), None)
    if at is None:
        return None
    cells = notebook.cells
    return replace(notebook, cells=(*cells[:at], replace(cells[at], source=source), *cells[at + 1 :]))
