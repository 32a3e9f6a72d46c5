"""Which exercise a submission is for, where nobody said so."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

from grader import notebooks
from grader.model.notebook import Notebook
from grader.notebooks import Scaffold

__all__ = ["named", "recognise"]

FEWEST = 2
"""Cells that must be the exercise's own before a guess is made."""


def recognise(data: bytes, name: str, scaffolds: Mapping[str, Scaffold]) -> str | None:
    """The slug among `scaffolds` that these bytes are a submission to, None where that can't be told.

    The notebook's own metadata decides (`{"grader": {"exercise": slug}}`), else the exercise most of whose cells stand in it
    unchanged; of two that fit equally well, neither.  Raises NotebookError where the bytes can't be read.
    """
    declared = _declared(data, name)
    if declared in scaffolds:
        return declared
    notebook = notebooks.read(data, name)
    # Grade ids are left out: `data` and `imports` are names of cells in many exercises.
    unnamed = replace(notebook, cells=tuple(replace(cell, grade_id=None) for cell in notebook.cells))
    shares = sorted(((_share(unnamed, scaffold), slug) for slug, scaffold in scaffolds.items()), reverse=True)
    shares = [pair for pair in shares if pair[0] > 0]
    if not shares or (len(shares) > 1 and shares[0][0] == shares[1][0]):
        return None
    return shares[0][1]


def named(path: Path, slugs: Collection[str]) -> str | None:
    """The slug that the file is called by (`slope-and-bias.ipynb`, `slope-and-bias_anna.ipynb`), else the nearest folder that is one."""
    stem = path.stem.lower()
    by_file = [slug for slug in slugs if stem == slug or stem.startswith((f"{slug}_", f"{slug} ", f"{slug}.", f"{slug}("))]
    return next(iter(by_file), None) or next((part for part in reversed(path.parts[:-1]) if part in slugs), None)


def _declared(data: bytes, name: str) -> str | None:
    """What the notebook's metadata calls it; a percent script has none."""
    if name.lower().endswith(".py"):
        return None
    found = notebooks.parse(data, name).metadata.get("grader")
    slug = found.get("exercise") if isinstance(found, dict) else found
    return slug if isinstance(slug, str) else None


def _share(notebook: Notebook, scaffold: Scaffold) -> float:
    """The share of the exercise's cells that the notebook holds, 0 where they are too few to mean anything."""
    matched = [cell for cell in notebooks.align(notebook, scaffold).cells if cell.grade_id is not None and not cell.changed]
    return len(matched) / len(scaffold.cells) if len(matched) >= FEWEST else 0.0
