"""Cells to the bytes of a notebook: nbformat 4.5, no outputs, and the same bytes each time."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from grader.notebooks.document import Kind

__all__ = ["WrittenCell", "checksum", "to_ipynb"]

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenCell:
    """A cell to write: `id` is wished for (made well-formed and unique); metadata must be plain JSON."""

    kind: Kind
    source: str
    id: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)


def to_ipynb(cells: Iterable[WrittenCell], metadata: Mapping[str, Any] | None = None) -> bytes:
    """A Python notebook of these cells as UTF-8 bytes: keys sorted, one indent, a final line end, no outputs or counts.

    metadata: plain JSON, added to the notebook's own (the kernel's name and language).
    """
    written: list[dict[str, Any]] = []
    taken: set[str] = set()
    for position, cell in enumerate(cells):
        entry: dict[str, Any] = {
            "cell_type": cell.kind,
            "id": _free_id(cell.id, position, taken),
            "metadata": dict(cell.metadata),
            "source": cell.source.splitlines(keepends=True) if "\n" in cell.source else [cell.source] if cell.source else [],
        }
        if cell.kind == "code":
            entry |= {"execution_count": None, "outputs": []}
        written.append(entry)
    notebook = {
        "cells": written,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
            **(metadata or {}),
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return (json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def checksum(kind: Kind, source: str, nbgrader: Mapping[str, Any]) -> str:
    """nbgrader's checksum (v3) of a cell: md5 over source, type, flags, grade id and, where graded, points; 32 hex digits.

    Where nbgrader computes `locked`: a solution never is, a graded cell that is no solution always is.
    """
    grade, solution = bool(nbgrader.get("grade")), bool(nbgrader.get("solution"))
    locked = False if solution else True if grade else bool(nbgrader.get("locked"))
    parts = [source, kind, str(grade), str(solution), str(locked), str(nbgrader["grade_id"])]
    if grade:
        parts.append(str(float(nbgrader.get("points", 0))))
    return hashlib.md5("".join(parts).encode(), usedforsecurity=False).hexdigest()


def _free_id(wished: str, position: int, taken: set[str]) -> str:
    """A well-formed cell id that no earlier cell has."""
    base = wished if _ID.fullmatch(wished) else f"cell-{position:03d}"
    found, number = base, 1
    while found in taken:
        number += 1
        found = f"{base[:58]}-{number}"
    taken.add(found)
    return found
