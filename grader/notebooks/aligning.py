"""Which cell of a submission is which of the exercise: by grade id, else by equal text, else by nearly equal text in order.

Cells move, are copied, split and inserted, and most notebooks in the wild have lost their metadata; so alignment only says
what it is sure of.  What it leaves open is the student's (`added`) and judged on evidence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Literal

from grader.model.notebook import Cell, Notebook
from grader.notebooks.checking import is_check
from grader.notebooks.scaffolds import Scaffold, ScaffoldCell

__all__ = ["SIMILAR", "align"]

SIMILAR = 0.9
"""Least difflib ratio at which a code cell is taken for an edited one of the exercise."""
_WORK = 50_000_000  # products of lengths: difflib is quadratic at best, and the text is the student's (5 s at worst)
_COMPARED_BY_CHARACTER = 3000

Matches = dict[int, int]
"""Position in the scaffold -> position in the submission."""


def align(notebook: Notebook, scaffold: Scaffold) -> Notebook:
    """The notebook with `owner`, `grade_id`, `changed`, `aligned` and `missing` set; sources and positions stay.

    A grade id that the scaffold does not know is dropped; of cells with the same id (another exercise's may stand in the same
    file) one keeps it, the others are the student's: see `_identified`.  `aligned` is `metadata` where at least half of the
    scaffold's code cells matched by id, `content` where at least two code cells matched by text, else `nothing`: then a cell is
    the exercise's only where its id says so, and `missing` says little.  Cells of the student's check are nobody's work: they
    count as given, under no name.  Pure and total.
    """
    known = {cell.grade_id: at for at, cell in enumerate(scaffold.cells)}
    by_id = _identified(notebook, scaffold, known)
    # A copy of a cell that is there already is not looked at again: it would take the place of another with equal text.
    free = [at for at, cell in enumerate(notebook.cells) if cell.grade_id not in known and not _checks(cell)]
    by_text = _equal(notebook, scaffold, by_id, free)
    by_text |= _similar(notebook, scaffold, by_id | by_text, free)
    if not by_id:
        by_text |= _between(notebook, scaffold, by_text, free)
    aligned = _aligned(scaffold, by_id, by_text)
    matches = by_id if aligned == "nothing" else by_id | by_text
    named = {at: scaffold.cells[position] for position, at in matches.items()}
    return replace(
        notebook,
        cells=tuple(_settled(cell, named.get(at)) for at, cell in enumerate(notebook.cells)),
        aligned=aligned,
        missing=tuple(cell.grade_id for position, cell in enumerate(scaffold.cells) if position not in matches),
    )


def _identified(notebook: Notebook, scaffold: Scaffold, known: Mapping[str, int]) -> Matches:
    """Cells by their grade ids.  Of several with one id: a given cell with the exercise's own text, else the first that stands
    between those that are certain, else the first."""
    offered: dict[int, list[int]] = {}
    for at, cell in enumerate(notebook.cells):
        if cell.grade_id is not None and cell.grade_id in known:
            offered.setdefault(known[cell.grade_id], []).append(at)
    found: Matches = {}
    for position, candidates in offered.items():
        named = scaffold.cells[position]
        same = [at for at in candidates if named.owner == "given" and _text(notebook.cells[at].source) == _text(named.source)]
        if same or len(candidates) == 1:
            found[position] = [*same, *candidates][0]
    certain = dict(found)
    for position, candidates in offered.items():
        if position not in found:
            low, high = _bounds(position, certain, len(notebook.cells))
            found[position] = next((at for at in candidates if low < at < high), candidates[0])
    return found


def _aligned(scaffold: Scaffold, by_id: Matches, by_text: Matches) -> Literal["metadata", "content", "nothing"]:
    """How far the alignment can be relied on."""
    code = {position for position, cell in enumerate(scaffold.cells) if cell.kind == "code"}
    if by_id and 2 * len(code & by_id.keys()) >= len(code):
        return "metadata"
    return "content" if len(code & by_text.keys()) >= 2 else "nothing"


def _checks(cell: Cell) -> bool:
    """The cell is one of the student's check."""
    return cell.kind == "code" and is_check(cell.source)


def _settled(cell: Cell, found: ScaffoldCell | None) -> Cell:
    """The cell as the scaffold's `found`, or as one of the student's own."""
    if found is None and _checks(cell):
        return replace(cell, grade_id=None, owner="given", changed=False)
    if found is None:
        return replace(cell, grade_id=None, owner="added", changed=False)
    changed = found.owner == "given" and (cell.kind != found.kind or _text(cell.source) != _text(found.source))
    return replace(cell, grade_id=found.grade_id, owner=found.owner, changed=changed)


def _text(source: str) -> str:
    """A source without white space that means nothing in Python: at line ends, and lines without anything."""
    return "\n".join(line.rstrip() for line in source.expandtabs(8).splitlines() if line.strip())


def _marks(source: str) -> str:
    """A source without any white space: equal for cells that differ by reformatting at most."""
    return "".join(source.split())


def _equal(notebook: Notebook, scaffold: Scaffold, taken: Matches, free: list[int]) -> Matches:
    """Cells of equal text.  Texts that occur several times match in order, and only where none of them is lost."""
    offered: dict[tuple[str, str], list[int]] = {}
    for at in free:
        cell = notebook.cells[at]
        offered.setdefault((cell.kind, _marks(cell.source)), []).append(at)
    wanted: dict[tuple[str, str], list[int]] = {}
    for position, named in enumerate(scaffold.cells):
        if position not in taken:
            wanted.setdefault((named.kind, _marks(named.source)), []).append(position)
    found: Matches = {}
    for key, positions in wanted.items():
        candidates = offered.get(key, [])
        if key[1] and (len(positions) == 1 or len(positions) == len(candidates)):
            found |= dict(zip(positions, candidates, strict=False))
    return found


def _similar(notebook: Notebook, scaffold: Scaffold, taken: Matches, free: list[int]) -> Matches:
    """Given code cells that the student edited a little: the likest free cell between the neighbours that did match."""
    found: Matches = {}
    work = 0
    for position, cell in enumerate(scaffold.cells):
        if position in taken or cell.owner != "given" or cell.kind != "code":
            continue
        low, high = _bounds(position, taken | found, len(notebook.cells))
        used = set(taken.values()) | set(found.values())
        best, likeness = -1, SIMILAR
        for at in free:
            other = notebook.cells[at]
            if not low < at < high or at in used or other.kind != "code" or work > _WORK or not _near(cell.source, other.source):
                continue
            work += len(cell.source) * len(other.source)
            ratio = _ratio(cell.source, other.source)
            if ratio >= likeness and (best < 0 or ratio > likeness):
                best, likeness = at, ratio
        if best >= 0:
            found[position] = best
    return found


def _between(notebook: Notebook, scaffold: Scaffold, taken: Matches, free: list[int]) -> Matches:
    """Cells asked for, filled in and stripped of metadata: between two neighbours that matched stand just as many free ones."""
    code = [position for position, cell in enumerate(scaffold.cells) if cell.kind == "code"]
    anchors = [(-1, -1), *((place, taken[position]) for place, position in enumerate(code) if position in taken)]
    found: Matches = {}
    for (place, low), (next_place, high) in pairwise([*anchors, (len(code), len(notebook.cells))]):
        lost = code[place + 1 : next_place]
        written = [at for at in free if low < at < high and notebook.cells[at].kind == "code" and notebook.cells[at].source.strip()]
        if low >= 0 and len(written) == len(lost) and all(scaffold.cells[position].owner == "asked" for position in lost):
            found |= dict(zip(lost, written, strict=True))
    return found


def _bounds(position: int, matches: Mapping[int, int], end: int) -> tuple[int, int]:
    """Between which positions of the submission a scaffold cell must lie to keep the order."""
    low = max((at for other, at in matches.items() if other < position), default=-1)
    high = min((at for other, at in matches.items() if other > position), default=end)
    return low, high


def _matcher(one: str, other: str) -> SequenceMatcher[str]:
    by_line = max(len(one), len(other)) > _COMPARED_BY_CHARACTER
    return SequenceMatcher(None, one.splitlines() if by_line else one, other.splitlines() if by_line else other, autojunk=False)


def _near(one: str, other: str) -> bool:
    """Lengths and letters alone do not rule out a ratio of SIMILAR (linear time)."""
    if min(len(one), len(other)) < SIMILAR / (2 - SIMILAR) * max(len(one), len(other)):
        return False
    return _matcher(one, other).quick_ratio() >= SIMILAR


def _ratio(one: str, other: str) -> float:
    return _matcher(one, other).ratio()
