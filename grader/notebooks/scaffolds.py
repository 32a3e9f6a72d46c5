"""The scaffold of an exercise: which cells it gives and which it asks for, read from the reference's nbgrader metadata."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from grader.model.errors import AuthorError, NotebookError
from grader.notebooks.document import Kind, RawCell, grade_id_of, parse
from grader.notebooks.stubs import stub_source

__all__ = ["Scaffold", "ScaffoldCell", "is_solution", "owner_of", "scaffold"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaffoldCell:
    """A cell of the exercise: source is what students receive, owner whether it is theirs to fill in (`asked`) or not."""

    grade_id: str
    kind: Kind
    source: str
    owner: Literal["given", "asked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaffold:
    """An exercise's named cells, in order; no grade id occurs twice."""

    cells: tuple[ScaffoldCell, ...]

    def find(self, grade_id: str) -> ScaffoldCell | None:
        """The cell of that name, or None."""
        return next((cell for cell in self.cells if cell.grade_id == grade_id), None)


def scaffold(reference: bytes, name: str = "the reference") -> Scaffold:
    """Read a reference notebook's scaffold.

    Every code cell must carry nbgrader metadata with a grade id of its own; text without any is left out, and so is a cell
    that is neither a solution nor locked nor graded (students may do with it what they like).
    Raises AuthorError for what is no notebook, a code cell without a grade id, a grade id used twice, or broken markers.
    """
    try:
        document = parse(reference, name)
    except NotebookError as error:
        raise AuthorError(error.what, where=error.where, remedy=error.remedy) from None
    cells: list[ScaffoldCell] = []
    seen: set[str] = set()
    for raw in document.cells:
        grade_id = _named(raw, name)
        if grade_id is None:
            continue
        if grade_id in seen:
            raise AuthorError(f"grade id {grade_id!r} is used twice", where=f"{name}, cell {raw.index}", remedy="give each cell its own")
        seen.add(grade_id)
        source = stub_source(raw.kind, raw.source, solution=is_solution(raw), where=f"{name}, cell {raw.index}")
        owner = owner_of(raw)
        if owner is not None:
            cells.append(ScaffoldCell(grade_id=grade_id, kind=raw.kind, source=source, owner=owner))
    if not cells:
        raise AuthorError("no cell is given or asked for", where=name, remedy="set nbgrader's metadata on its cells")
    return Scaffold(cells=tuple(cells))


def is_solution(raw: RawCell) -> bool:
    """The cell is one that students fill in."""
    return _flag(raw, "solution")


def owner_of(raw: RawCell) -> Literal["given", "asked"] | None:
    """Whose cell it is by nbgrader's flags: solution means asked for, locked or graded means given, else nobody's."""
    if is_solution(raw):
        return "asked"
    return "given" if _flag(raw, "locked") or _flag(raw, "grade") else None


def _flag(raw: RawCell, key: str) -> bool:
    nbgrader = raw.metadata.get("nbgrader")
    return isinstance(nbgrader, dict) and nbgrader.get(key) is True


def _named(raw: RawCell, name: str) -> str | None:
    """The cell's grade id; None for text without one.  Raises AuthorError for code without one."""
    grade_id = grade_id_of(raw.metadata)
    if grade_id is None and raw.kind == "code" and raw.source.strip():
        what = "a code cell has no grade id" if "nbgrader" not in raw.metadata else "a code cell's grade id is malformed"
        raise AuthorError(what, where=f"{name}, cell {raw.index}", remedy="name it in metadata.nbgrader.grade_id")
    return grade_id
