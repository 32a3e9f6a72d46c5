"""The bytes of a notebook as plain cells: the tolerant, capped parser that everything else in this room starts from.

Stored outputs and attachments are thrown away object by object while the JSON is parsed, so that a notebook with hundreds
of megabytes of pictures never stands in memory as a tree.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from grader.model.errors import NotebookError

__all__ = ["MAX_BYTES", "MAX_CELLS", "MAX_SOURCE", "Document", "Kind", "RawCell", "grade_id_of", "mended", "parse"]

MAX_BYTES = 512 * 2**20
"""Largest file read, in bytes."""
MAX_SOURCE = 2 * 2**20
"""Longest source of one cell, in characters."""
MAX_CELLS = 2000
"""Most cells in one notebook."""

Kind = Literal["code", "markdown", "raw"]
_KINDS: Mapping[object, Kind] = {"code": "code", "markdown": "markdown", "raw": "raw", "heading": "markdown"}
_SURROGATE = re.compile("[\ud800-\udfff]")
_GRADE_ID = re.compile(r"[A-Za-z0-9_\-]{1,128}")
_SAVE_AGAIN = "open it in Jupyter, save it and hand in that file"


@dataclass(frozen=True, slots=True, kw_only=True)
class RawCell:
    """One cell as it stands in the file: its position from 0, kind, source and untouched metadata ({} where malformed)."""

    index: int
    kind: Kind
    source: str
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A notebook's cells, the notebook's own metadata, and one sentence for each thing that had to be mended."""

    cells: tuple[RawCell, ...]
    metadata: Mapping[str, Any] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


def parse(data: bytes, name: str) -> Document:
    """Read a notebook's JSON, dropping stored outputs; `name` only says where in messages.

    Raises NotebookError for what is no nbformat 4 notebook, or goes beyond the caps.
    """
    tree = _tree(text_of(data, name), name)
    cells = _cells_of(tree, name)
    remarks: list[str] = []
    if "nbformat" not in tree:
        remarks.append("the file does not say its nbformat; it was read as version 4")
    shown = sum(1 for cell in cells if isinstance(cell, dict) and cell.get("outputs"))
    if shown:
        remarks.append(f"stored outputs of {shown} {'cell was' if shown == 1 else 'cells were'} dropped")
    read = tuple(_cell(index, cell, name, remarks) for index, cell in enumerate(cells))
    metadata = tree.get("metadata")
    return Document(cells=read, metadata=metadata if isinstance(metadata, dict) else {}, remarks=tuple(remarks))


def text_of(data: bytes, name: str) -> str:
    """Decode a file that must be UTF-8 text within the cap (a byte order mark is dropped).  Raises NotebookError."""
    if len(data) > MAX_BYTES:
        size = f"{len(data) / 2**20:.0f} MB"
        raise NotebookError(f"the file has {size}, more than {MAX_BYTES // 2**20} MB", where=name, remedy="clear its outputs and save it")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotebookError(f"not a text file in UTF-8 (byte {error.start})", where=name, remedy=_SAVE_AGAIN) from None


def grade_id_of(metadata: Mapping[str, Any]) -> str | None:
    """The well-formed nbgrader grade id in a cell's metadata, else None."""
    nbgrader = metadata.get("nbgrader")
    found = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    return found if isinstance(found, str) and _GRADE_ID.fullmatch(found) else None


def mended(source: str, index: int, name: str, remarks: list[str]) -> str:
    """A source with line ends as \\n and lone surrogates replaced (remarked).  Raises NotebookError beyond the cap."""
    if len(source) > MAX_SOURCE:
        what = f"cell {index} has {len(source)} characters, more than {MAX_SOURCE}"
        raise NotebookError(what, where=name, remedy="keep data in files, not in cells")
    source, replaced = _SURROGATE.subn("\ufffd", source)
    if replaced:
        remarks.append(f"cell {index}: {replaced} half {'character was' if replaced == 1 else 'characters were'} replaced")
    return source.replace("\r\n", "\n")


def _without_outputs(found: dict[str, Any]) -> dict[str, Any] | None:
    """Called for each JSON object as soon as it is complete: an output vanishes, a cell keeps only whether it had some."""
    if "output_type" in found:
        return None
    if "outputs" in found:
        found["outputs"] = bool(found["outputs"])
    found.pop("attachments", None)
    return found


def _tree(text: str, name: str) -> dict[str, Any]:
    """The JSON object that the text holds, outputs dropped."""
    if not text.strip():
        raise NotebookError("the file is empty", where=name, remedy=_SAVE_AGAIN)
    try:
        tree = json.loads(text, object_hook=_without_outputs)
    except json.JSONDecodeError as error:
        raise _not_json(text, error, name) from None
    except RecursionError:
        raise NotebookError("JSON nested too deeply to be a notebook", where=name, remedy=_SAVE_AGAIN) from None
    except ValueError:  # an integer of more digits than Python converts
        raise NotebookError("a number in it has too many digits", where=name, remedy=_SAVE_AGAIN) from None
    if not isinstance(tree, dict):
        raise NotebookError("JSON, but no notebook", where=name, remedy="hand in the .ipynb file itself")
    return tree


def _not_json(text: str, error: json.JSONDecodeError, name: str) -> NotebookError:
    """What a file that is no JSON most likely is."""
    if text.lstrip().startswith("<"):
        return NotebookError("a web page, not a notebook", where=name, remedy="download the .ipynb file itself")
    if text.lstrip().startswith("{") and (error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string")):
        return NotebookError("the file breaks off before its end", where=name, remedy="save or upload it again")
    return NotebookError(f"not a notebook: no JSON at line {error.lineno}, column {error.colno}", where=name, remedy=_SAVE_AGAIN)


def _cells_of(tree: dict[str, Any], name: str) -> list[Any]:
    """The list of cells, after the version was seen to be one that is read here."""
    _refuse_version(tree.get("nbformat", 4), "cells" in tree or "worksheets" in tree or "nbformat" in tree, name)
    cells = tree.get("cells")
    if not isinstance(cells, list):
        raise NotebookError("JSON, but no notebook: it has no list of cells", where=name, remedy="hand in the .ipynb file itself")
    if len(cells) > MAX_CELLS:
        raise NotebookError(f"{len(cells)} cells, more than {MAX_CELLS}", where=name, remedy="hand in the exercise's notebook alone")
    return cells


def _refuse_version(version: object, notebook: bool, name: str) -> None:
    """Raise NotebookError unless the version is 4 (as a number, or written as text)."""
    if isinstance(version, str) and version.strip() == "4":
        return
    if version == 4 and not isinstance(version, bool):
        return
    if isinstance(version, int) and not isinstance(version, bool) and notebook:
        if version < 4:
            raise NotebookError(f"nbformat {version} is too old", where=name, remedy="save it with a current Jupyter")
        raise NotebookError(f"nbformat {str(version)[:20]} is not known here", where=name, remedy="save it as nbformat 4")
    raise NotebookError("JSON, but no notebook: its nbformat is no version number", where=name, remedy=_SAVE_AGAIN)


def _cell(index: int, found: object, name: str, remarks: list[str]) -> RawCell:
    """One cell, mended where it must be; what is no cell keeps its place as an empty raw one."""
    if not isinstance(found, dict):
        remarks.append(f"cell {index} is no cell and was left empty")
        return RawCell(index=index, kind="raw", source="")
    declared = found.get("cell_type")
    kind = _KINDS.get(declared) if isinstance(declared, str) else None
    if kind is None:
        remarks.append(f"cell {index} has no known type and was read as raw text")
    metadata = found.get("metadata")
    source = mended(_joined(index, found.get("source"), remarks), index, name, remarks)
    return RawCell(index=index, kind=kind or "raw", source=source, metadata=metadata if isinstance(metadata, dict) else {})


def _joined(index: int, source: object, remarks: list[str]) -> str:
    """A source as one string, whether the file has a string, a list of lines or nothing."""
    if isinstance(source, str):
        return source
    if not isinstance(source, list):
        if source is not None:
            remarks.append(f"cell {index}: its source is no text and was left out")
        return ""
    lines = [line for line in source if isinstance(line, str)]
    if len(lines) != len(source):
        remarks.append(f"cell {index}: {len(source) - len(lines)} of its lines are no text and were left out")
    return "".join(lines)
