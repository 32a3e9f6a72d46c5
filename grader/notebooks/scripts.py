"""Percent scripts (`# %%`) as cells, through jupytext, with the parts of it that hostile text could upset kept away.

The YAML header is read as lines, never as YAML (aliases can be made to explode), and cell metadata that jupytext chokes on
is dropped with a remark rather than failing the submission.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Mapping
from itertools import dropwhile
from typing import Any

from grader.model.errors import NotebookError, UsageError
from grader.notebooks.document import MAX_CELLS, Document, Kind, RawCell, mended, text_of

__all__ = ["MAX_SCRIPT", "parse_script"]

MAX_SCRIPT = 8 * 2**20
"""Longest percent script read, in characters."""
_MAX_MARKER = 4000
_MARKER = re.compile(r"#\s*%%(?!%)")
_KIND = re.compile(r"#\s*%%.*?(\[markdown\]|\[md\]|\[raw\])")
_LANGUAGE = re.compile(r"#\s+language:\s*([\w.+#-]{1,40})\s*")
_FIRST_LINES = re.compile(r"#!|#.*?coding[:=]")
_KINDS: Mapping[str, Kind] = {"code": "code", "markdown": "markdown"}
# What jupytext and the validation inside it were seen to raise on odd metadata (its ValidationError is an Exception of
# jsonschema's, which is named in `_cells`).
_UPSET = (ValueError, TypeError, AttributeError, LookupError, SyntaxError, RecursionError, MemoryError)


def parse_script(data: bytes, name: str) -> Document:
    """Read a percent script; a script without any marker is one code cell.  Raises NotebookError.

    Raises UsageError where jupytext is not installed.
    """
    text = text_of(data, name).replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > MAX_SCRIPT:
        raise NotebookError(f"the script has {len(text)} characters, more than {MAX_SCRIPT}", where=name, remedy="keep data in files")
    language, lines = _without_header(text.split("\n"))
    lines = list(dropwhile(lambda line: not line.strip(), lines))  # jupytext makes an empty cell of leading blank lines
    if not lines:
        raise NotebookError("the script holds no cells", where=name, remedy="hand in the script that you worked in")
    if (count := sum(1 for line in lines if _MARKER.match(line))) > MAX_CELLS:
        raise NotebookError(f"{count} cells, more than {MAX_CELLS}", where=name, remedy="hand in the exercise's script alone")
    remarks: list[str] = []
    cells = tuple(
        RawCell(index=index, kind=kind, source=mended(source, index, name, remarks), metadata=metadata)
        for index, (kind, source, metadata) in enumerate(_cells(lines, name, remarks))
    )
    if not cells:
        raise NotebookError("the script holds no cells", where=name, remedy="hand in the script that you worked in")
    metadata = {"kernelspec": {"language": language}} if language else {}
    return Document(cells=cells, metadata=metadata, remarks=tuple(remarks))


def _without_header(lines: list[str]) -> tuple[str, list[str]]:
    """The kernel's language as the header names it ('' where it does not), and the lines after the header."""
    start = 0
    while start < min(2, len(lines)) and _FIRST_LINES.match(lines[start]):
        start += 1
    while start < len(lines) and not lines[start].strip():
        start += 1
    if start == len(lines) or lines[start].rstrip() != "# ---":
        return "", lines[start:]
    end = next((i for i in range(start + 1, len(lines)) if not lines[i].startswith("#") or lines[i].rstrip() == "# ---"), len(lines))
    if end == len(lines) or lines[end].rstrip() != "# ---":
        return "", lines[start:]
    named = (_LANGUAGE.fullmatch(line) for line in lines[start:end])
    return next((found[1] for found in named if found), ""), lines[end + 1 :]


def _cells(lines: list[str], name: str, remarks: list[str]) -> list[tuple[Kind, str, Mapping[str, Any]]]:
    """Kind, source and metadata of each cell; with bare markers where jupytext can't read what the markers say."""
    from nbformat import ValidationError

    kept = [_bare(line) if _MARKER.match(line) and len(line) > _MAX_MARKER else line for line in lines]
    if kept != lines:
        remarks.append("overlong cell metadata was left out")
    try:
        return _through_jupytext(kept)
    except (*_UPSET, ValidationError):
        remarks.append("cell metadata of the script is malformed and was left out")
    try:
        return _through_jupytext(_bare(line) if _MARKER.match(line) else line for line in lines)
    except (*_UPSET, ValidationError):
        raise NotebookError("not a percent script that jupytext can read", where=name, remedy="hand in the .ipynb file") from None


def _through_jupytext(lines: Iterable[str]) -> list[tuple[Kind, str, Mapping[str, Any]]]:
    """What jupytext makes of the text.  Raises whatever jupytext does."""
    try:
        import jupytext
    except ImportError:
        raise UsageError("percent scripts are read through jupytext, which is missing", remedy="pip install jupytext") from None

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its remarks on ids and metadata are no business of the reader's
        notebook = jupytext.reads("\n".join(lines), fmt="py:percent")
    return [(_KINDS.get(cell.cell_type, "raw"), str(cell.source), dict(cell.metadata)) for cell in notebook.cells]


def _bare(marker: str) -> str:
    """A cell marker with nothing but the cell's kind."""
    found = _KIND.match(marker[:_MAX_MARKER])
    return f"# %% {found[1]}" if found else "# %%"
