"""A new exercise, ready to edit: a line, one weight and one bias, full-batch descent, with all that `grader validate` asks for."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

from grader.authoring.release import release
from grader.catalog import Course
from grader.catalog.declaration import SLUG
from grader.model.errors import UsageError
from grader.notebooks import WrittenCell, to_ipynb

__all__ = ["begin"]

_CELL = re.compile(r"^# %% (?P<text>\[markdown\] )?(?P<id>[\w-]+)(?P<solution> solution)?\n", re.MULTILINE)
_TITLE = re.compile(r'[^\s"\\{}][^"\\{}\n]*')


def begin(course: Course, slug: str, title: str) -> tuple[Path, ...]:
    """Write `reference/<slug>/` with a declaration and a reference notebook, and `exercises/<slug>/` as students get it.

    Returns the paths written.  Raises UsageError for a name or title that can't be one, and where something of that name is there.
    """
    if not SLUG.fullmatch(slug):
        raise UsageError(f"{slug!r} is no name for an exercise", remedy="use small letters, digits and hyphens")
    if not _TITLE.fullmatch(title):
        raise UsageError(f"{title!r} is no title", remedy="use one line without quotation marks, backslashes and braces")
    folder = course.root / "reference" / slug
    for there in (folder, course.root / "exercises" / slug):
        if there.exists():
            raise UsageError("is there already", where=str(there), remedy="choose another name")
    folder.mkdir()
    declaration, notebook = folder / "exercise.py", folder / f"{slug}.ipynb"
    declaration.write_text(_starter("declaration.txt").format(slug=slug, title=title), encoding="utf-8")
    notebook.write_bytes(to_ipynb(_cells(_starter("notebook.txt").replace("{title}", title)), {}))
    return (declaration, notebook, *release(course.load(slug), course.root / "exercises"))


def _starter(name: str) -> str:
    return files("grader.authoring").joinpath("starter", name).read_text(encoding="utf-8")


def _cells(text: str) -> list[WrittenCell]:
    """The cells of a text in which each begins with `# %%`, `[markdown]` where it is text, its grade id, and `solution` where it is one."""
    marks = list(_CELL.finditer(text))
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    return [_cell(mark, text[mark.end() : end].strip("\n")) for mark, end in zip(marks, ends, strict=True)]


def _cell(mark: re.Match[str], source: str) -> WrittenCell:
    solution = bool(mark["solution"])
    nbgrader = {"schema_version": 3, "grade": False, "solution": solution, "locked": not solution, "task": False, "grade_id": mark["id"]}
    held = f"### BEGIN SOLUTION\n{source}\n### END SOLUTION" if solution else source
    return WrittenCell(kind="markdown" if mark["text"] else "code", source=held, id=mark["id"], metadata={"nbgrader": nbgrader})
