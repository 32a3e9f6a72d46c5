"""What students receive of an exercise: a stub made from the reference notebook, its data, and nothing that gives an answer away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from grader.catalog import Entry
from grader.model.errors import AuthorError, NotebookError
from grader.notebooks import Document, RawCell, WrittenCell, checksum, parse, solution_lines, stub_source, to_ipynb
from grader.notebooks.scaffolds import is_solution

__all__ = ["leaks", "release", "released", "stub_bytes"]

_TRIVIAL = 8
"""Shorter solution lines (in characters that are no white space) occur everywhere and give nothing away."""
_KEPT = ("schema_version", "grade", "solution", "locked", "task", "grade_id", "points")


def release(entry: Entry, destination: Path) -> tuple[Path, ...]:
    """Write `<destination>/<slug>/`: the stub and the data files that the declaration names; return the paths written.

    Files that already have the right bytes are left alone, others in the folder are not touched.
    Raises AuthorError where the stub gives a solution away (nothing is written then).
    """
    if found := leaks(entry):
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        raise AuthorError(f"the stub would show a line of the solution: {found[0]!r}{more}", where=str(entry.reference))
    folder = destination / entry.slug
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, data in released(entry).items():
        path = folder / name
        if not path.is_file() or path.read_bytes() != data:
            path.write_bytes(data)
        written.append(path)
    return tuple(written)


def released(entry: Entry) -> Mapping[str, bytes]:
    """Every file of the released folder: name -> bytes, the same bytes each time."""
    return {f"{entry.slug}.ipynb": stub_bytes(entry), **{name: entry.files[name] for name in entry.exercise.files}}


def stub_bytes(entry: Entry) -> bytes:
    """The stub as a notebook file: no solutions, hidden tests, outputs or counts; nbgrader checksums, ids from grade ids.

    Its metadata says which exercise it is, so that a submission made from it can be recognised.
    """
    cells = (_written(raw, source) for raw, source in _stub_cells(entry))
    return to_ipynb(cells, {"grader": {"exercise": entry.slug}})


def leaks(entry: Entry) -> tuple[str, ...]:
    """Lines of solutions and hidden tests that stand in the stub all the same, in order.

    Lines of fewer than eight characters (white space aside) and lines that given code cells hold as well do not count;
    a line that stands commented out, quoted or in the text does.
    """
    stub = list(_stub_cells(entry))
    lecture = {_bare(line) for raw, source in stub if raw.kind == "code" and not is_solution(raw) for line in source.split("\n")}
    shown = {_bare(line) for raw, source in stub if raw.kind != "code" or is_solution(raw) for line in source.split("\n")}
    secret = (
        line.strip()
        for raw in _document(entry).cells
        for line in solution_lines(raw.source, solution=is_solution(raw), where=_where(entry, raw))
    )
    return tuple(dict.fromkeys(line for line in secret if len(_bare(line)) >= _TRIVIAL and _bare(line) in shown - lecture))


def _bare(line: str) -> str:
    """A line without white space, and without what comments it out, quotes or lists it."""
    return "".join(line.split()).lstrip("#>`*-").rstrip("`")


def _document(entry: Entry) -> Document:
    """The reference, parsed.  Raises AuthorError."""
    try:
        return parse(entry.reference.read_bytes(), str(entry.reference))
    except NotebookError as error:
        raise AuthorError(error.what, where=error.where, remedy=error.remedy) from None
    except OSError as error:
        raise AuthorError(f"can't be read: {error.strerror}", where=str(entry.reference)) from None


def _where(entry: Entry, raw: RawCell) -> str:
    return f"{entry.reference}, cell {raw.index}"


def _stub_cells(entry: Entry) -> Iterator[tuple[RawCell, str]]:
    """Each cell of the reference with the text that students receive of it."""
    for raw in _document(entry).cells:
        yield raw, stub_source(raw.kind, raw.source, solution=is_solution(raw), where=_where(entry, raw))


def _written(raw: RawCell, source: str) -> WrittenCell:
    """A cell of the stub: of its metadata only nbgrader's own keys and plain tags remain."""
    metadata: dict[str, Any] = {}
    nbgrader = raw.metadata.get("nbgrader")
    grade_id = ""
    if isinstance(nbgrader, dict) and isinstance(nbgrader.get("grade_id"), str):
        kept = {"schema_version": 3, "grade": False, "solution": False, "locked": False, "task": False}
        kept |= {key: nbgrader[key] for key in _KEPT if key in nbgrader and (key != "points" or nbgrader.get("grade"))}
        metadata["nbgrader"] = {**kept, "cell_type": raw.kind, "checksum": checksum(raw.kind, source, kept)}
        grade_id = nbgrader["grade_id"]
    tags = raw.metadata.get("tags")
    if isinstance(tags, list) and tags and all(isinstance(tag, str) for tag in tags):
        metadata["tags"] = tags
    return WrittenCell(kind=raw.kind, source=source, id=grade_id, metadata=metadata)
