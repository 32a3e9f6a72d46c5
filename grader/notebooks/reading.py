"""A submission's bytes to a `Notebook`: notebooks and percent scripts alike, tolerant of what real files get wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grader.model.errors import NotebookError
from grader.model.notebook import Cell, Notebook
from grader.notebooks.document import Document, RawCell, grade_id_of, parse
from grader.notebooks.scripts import parse_script

__all__ = ["read"]


def read(data: bytes, name: str) -> Notebook:
    """Read a submission: any nbformat 4 notebook, or a percent script where `name` ends in .py.

    Stored outputs, attachments and execution counts are dropped; every cell keeps its place in the file, and the grade id
    that its metadata names (which `align` verifies).  Nothing is executed and no output is believed.
    Raises NotebookError (one line: what, where, remedy) for what can't be read, is too large, or is not Python.
    """
    document = parse_script(data, name) if name.lower().endswith(".py") else parse(data, name)
    _refuse_language(document, name)
    return Notebook(name=name, cells=tuple(_cell(raw) for raw in document.cells), remarks=document.remarks)


def _cell(raw: RawCell) -> Cell:
    return Cell(index=raw.index, kind=raw.kind, source=raw.source, grade_id=grade_id_of(raw.metadata))


def _refuse_language(document: Document, name: str) -> None:
    """Raise NotebookError where the notebook says that it is written in another language; saying nothing means Python."""
    language = _text(document.metadata, "kernelspec", "language") or _text(document.metadata, "language_info", "name")
    if language and not language.lower().startswith(("python", "ipython")):
        shown = "".join(c if c.isprintable() else "?" for c in language[:40])
        raise NotebookError(f"written for {shown}, not for Python", where=name, remedy="choose a Python kernel and save it again")


def _text(metadata: Mapping[str, Any], group: str, key: str) -> str:
    """A text two levels down, or '' where either level is not what it should be."""
    inner = metadata.get(group)
    found = inner.get(key) if isinstance(inner, dict) else None
    return found.strip() if isinstance(found, str) else ""
