"""A reference as a student would hand it in, ready to be written differently."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field

import libcst as cst

from grader.authoring.syntax.editing import Edit, edited
from grader.catalog import Entry
from grader.model.errors import AuthorError, NotebookError
from grader.model.exercise import Exercise, Task
from grader.notebooks import RawCell, WrittenCell, parse, to_ipynb
from grader.notebooks.document import grade_id_of
from grader.notebooks.scaffolds import is_solution
from grader.notebooks.stubs import regions

__all__ = ["Change", "Work", "work_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Cells written anew.

    trees: index of a solution cell -> what stands there now.  before, after: index of a cell -> sources of code cells put in
    front of it or behind it.
    """

    trees: Mapping[int, cst.Module] = field(default_factory=dict)
    before: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    after: Mapping[int, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Work:
    """A reference without its markers, as a submission.

    cells: in the order of the file, sources without markers and without the stub's commented lines.
    trees: index -> syntax tree, for the code cells that students fill in.
    """

    entry: Entry
    cells: tuple[RawCell, ...]
    metadata: Mapping[str, object]
    trees: Mapping[int, cst.Module]

    @property
    def exercise(self) -> Exercise:
        """What is asked."""
        return self.entry.exercise

    def task(self, cell: int) -> Task:
        """The task that a solution cell is for: the one named like the cell, else the first that trains, else the first."""
        name = grade_id_of(self.cells[cell].metadata)
        tasks = self.exercise.tasks
        named = next((task for task in tasks if task.id == name), None)
        return named or next((task for task in tasks if task.training is not None), tasks[0])

    def edited(self, cell: int, edits: Mapping[cst.CSTNode, Edit]) -> Mapping[int, cst.Module]:
        """One solution cell with some of its nodes replaced."""
        return {cell: edited(self.trees[cell], edits)}

    def given(self) -> str:
        """The code of the exercise's own cells, one after the other."""
        return "\n".join(raw.source for raw in self.cells if raw.kind == "code" and raw.index not in self.trees)

    def source(self, cell: int, change: Change) -> str:
        """The text of a cell after the change."""
        tree = change.trees.get(cell)
        return self.cells[cell].source if tree is None else tree.code.strip("\n")

    def written(self, change: Change | None = None, *, noted: Mapping[str, object] | None = None) -> bytes:
        """The notebook's bytes after the change; metadata and every other cell as they were.  noted: put into the metadata as well."""
        change = change or Change()
        cells: list[WrittenCell] = []
        for raw in self.cells:
            cells += [WrittenCell(kind="code", source=text) for text in change.before.get(raw.index, ())]
            cells.append(WrittenCell(kind=raw.kind, source=self.source(raw.index, change), metadata=raw.metadata))
            cells += [WrittenCell(kind="code", source=text) for text in change.after.get(raw.index, ())]
        return to_ipynb(cells, {**self.metadata, **(noted or {})})

    def difference(self, change: Change) -> str:
        """The change as a unified diff, cell by cell."""
        told: list[str] = []
        for raw in self.cells:
            for text in change.before.get(raw.index, ()):
                told += [f"@@ new cell before {raw.index} @@", *(f"+{line}" for line in text.split("\n"))]
            if raw.index in change.trees:
                lines = difflib.unified_diff(raw.source.split("\n"), self.source(raw.index, change).split("\n"), lineterm="")
                told += [f"cell {raw.index}", *list(lines)[2:]]
            for text in change.after.get(raw.index, ()):
                told += [f"@@ new cell after {raw.index} @@", *(f"+{line}" for line in text.split("\n"))]
        return "\n".join(told)


def work_of(entry: Entry) -> Work:
    """The reference of an exercise as a submission.  Raises AuthorError where it can't be read or parsed."""
    where = str(entry.reference)
    try:
        document = parse(entry.reference.read_bytes(), where)
    except NotebookError as error:
        raise AuthorError(error.what, where=where, remedy=error.remedy) from None
    except OSError as error:
        raise AuthorError(f"can't be read: {error.strerror}", where=where) from None
    cells = tuple(
        RawCell(index=raw.index, kind=raw.kind, source=_handed_in(raw, f"{where}, cell {raw.index}"), metadata=raw.metadata)
        for raw in document.cells
    )
    asked = (raw for raw in cells if raw.kind == "code" and is_solution(raw))
    trees = {raw.index: _parsed(raw.source, f"{where}, cell {raw.index}") for raw in asked}
    return Work(entry=entry, cells=cells, metadata=document.metadata, trees=trees)


def _handed_in(raw: RawCell, where: str) -> str:
    """A cell without markers, hidden tests and the lines that only the stub shows."""
    if raw.kind != "code":
        return raw.source
    return "\n".join(line for region in regions(raw.source, where) if region.kind in ("", "SOLUTION") for line in region.lines).strip("\n")


def _parsed(source: str, where: str) -> cst.Module:
    try:
        return cst.parse_module(source + "\n")
    except cst.ParserSyntaxError as error:
        raise AuthorError(f"a solution that is no Python: {error.message}", where=where, remedy="mend the cell") from None
