"""What students receive of an exercise: a stub made from the reference notebook, its data, the claims that their own check tests,
and nothing that gives an answer away."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from grader.catalog import Entry
from grader.catalog.claims import BUNDLE, claims_of, encode_claims
from grader.model.errors import AuthorError, NotebookError
from grader.notebooks import (
    CHECK,
    LOAD,
    Document,
    RawCell,
    ScaffoldCell,
    WrittenCell,
    checksum,
    parse,
    solution_lines,
    stub_source,
    to_ipynb,
)
from grader.notebooks.scaffolds import is_solution

__all__ = ["leaks", "release", "release_zip", "released", "stub_bytes"]

_TRIVIAL = 8
"""Shorter solution lines (in characters that are no white space) occur everywhere and give nothing away."""
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time of each file in a zip: the earliest that the format knows, so that equal files give equal archives."""
_KEPT = ("schema_version", "grade", "solution", "locked", "task", "grade_id", "points")


def release(entry: Entry, destination: Path) -> tuple[Path, ...]:
    """Write `<destination>/<slug>/` with every file of `released`; return the paths written.

    Files that already have the right bytes are left alone, others in the folder are not touched.
    Raises AuthorError where the stub gives a solution away (nothing is written then).
    """
    files = _checked(entry)
    folder = destination / entry.slug
    folder.mkdir(parents=True, exist_ok=True)
    return tuple(_kept(folder / name, data) for name, data in files.items())


def release_zip(entry: Entry, destination: Path) -> Path:
    """Write `<destination>/<slug>.zip`, which holds what `release` writes; return its path.  Raises AuthorError as that does."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in _checked(entry).items():
            member = zipfile.ZipInfo(f"{entry.slug}/{name}", date_time=_EPOCH)
            member.create_system, member.external_attr = 3, 0o644 << 16  # the same on every system
            archive.writestr(member, data)  # not packed: programs that pack differ in their bytes
    destination.mkdir(parents=True, exist_ok=True)
    return _kept(destination / f"{entry.slug}.zip", packed.getvalue())


def released(entry: Entry) -> Mapping[str, bytes]:
    """Every file that students receive, and no other: the stub, its claims, and the data files that the declaration names.

    Name -> bytes, the same bytes each time.
    """
    claims = claims_of(entry)
    data = {**{name: entry.served[url] for url, name in entry.exercise.served.items()}, **entry.files}
    return {
        f"{entry.slug}.ipynb": stub_bytes(entry),
        BUNDLE: encode_claims(claims),
        **{name: data[name] for name in claims.files},
    }


def stub_bytes(entry: Entry) -> bytes:
    """The stub as a notebook file: no solutions, hidden tests, outputs or counts; nbgrader checksums, ids from grade ids.

    Its first cell loads the student's own check, its last runs it.  Its metadata says which exercise it is, so that a submission
    made from it can be recognised.
    """
    cells = (_written(raw, source) for raw, source in _stub_cells(entry))
    return to_ipynb([_given(LOAD), *cells, _given(CHECK)], {"grader": {"exercise": entry.slug}})


def leaks(entry: Entry) -> tuple[str, ...]:
    """Lines of solutions and hidden tests that stand in the stub or in the words of its checks all the same, in order.

    Lines of fewer than eight characters (white space aside) and lines that given code cells hold as well do not count;
    a line that stands commented out, quoted or in the text does.
    """
    stub = list(_stub_cells(entry))
    words = (word for task in entry.exercise.tasks for word in (*(c.title for c in task.checks), *task.terms.values()))
    lecture = {_bare(line) for raw, source in stub if raw.kind == "code" and not is_solution(raw) for line in source.split("\n")}
    shown = {_bare(line) for raw, source in stub if raw.kind != "code" or is_solution(raw) for line in source.split("\n")}
    shown |= {_bare(word) for word in words}
    secret = (
        line.strip()
        for raw in _document(entry).cells
        for line in solution_lines(raw.source, solution=is_solution(raw), where=_where(entry, raw))
    )
    return tuple(dict.fromkeys(line for line in secret if len(_bare(line)) >= _TRIVIAL and _bare(line) in shown - lecture))


def _checked(entry: Entry) -> Mapping[str, bytes]:
    """What `released` gives.  Raises AuthorError where it gives a solution away."""
    if found := leaks(entry):
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        raise AuthorError(f"the stub would show a line of the solution: {found[0]!r}{more}", where=str(entry.reference))
    return released(entry)


def _kept(path: Path, data: bytes) -> Path:
    """The path, which holds these bytes now; a file that held them before is left alone."""
    if not path.is_file() or path.read_bytes() != data:
        path.write_bytes(data)
    return path


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


def _given(cell: ScaffoldCell) -> WrittenCell:
    """One of the two cells that every stub has: locked, as an exercise's own are."""
    kept = {"schema_version": 3, "grade": False, "solution": False, "locked": True, "task": False, "grade_id": cell.grade_id}
    nbgrader = {**kept, "cell_type": cell.kind, "checksum": checksum(cell.kind, cell.source, kept)}
    return WrittenCell(kind=cell.kind, source=cell.source, id=cell.grade_id, metadata={"nbgrader": nbgrader})
