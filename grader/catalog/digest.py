"""Digests of an exercise: one says whether stored evidence still holds, the other whether stored grades do.

The *execution* digest covers what a run depends on (scaffold, data, variants, the recorder), the *judging* digest what a
judgement depends on (the declaration and the code that judges).  A third is of code alone.  Source code is read as files, never imported.
"""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from importlib.resources import files
from typing import Any

from grader.catalog.course import Entry

__all__ = ["code_digest", "declared", "execution_digest", "judging_digest"]


def execution_digest(entry: Entry) -> str:
    """A digest (blake2b, 32 hex digits) of what decides the evidence: scaffold, files, served data, variants, recorder."""
    cells = [[cell.grade_id, cell.kind, cell.owner, cell.source] for cell in entry.scaffold.cells]
    variants = declared(entry.exercise.variants)
    data = [*sorted(entry.files.items()), *sorted(entry.served.items())]
    return _digest([_json(cells), _json(variants), *(part for name, held in data for part in (name.encode(), held)),
                    *_sources("probe")])


def judging_digest(entry: Entry) -> str:
    """A digest (blake2b, 32 hex digits) of what decides a grade, given evidence: the declaration, judging and comparing code."""
    return _digest([_json(declared(entry.exercise)), *_sources("judging")])


def code_digest(*rooms: str) -> str:
    """A digest (blake2b, 32 hex digits) of the source of these rooms of the grader, in this order."""
    return _digest(part for room in rooms for part in _sources(room))


def declared(value: Any) -> Any:
    """A declaration as plain JSON data, the same in every process.

    Records become dicts with their type's name under `is`; an author's function becomes its source.
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {"is": type(value).__name__, **{field.name: declared(getattr(value, field.name)) for field in fields(value)}}
    if isinstance(value, Mapping):
        return {str(key): declared(held) for key, held in value.items()}
    if isinstance(value, tuple | list):
        return [declared(held) for held in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    try:
        return {"is": getattr(value, "__qualname__", type(value).__name__), "source": inspect.getsource(value)}
    except (OSError, TypeError):
        return {"is": getattr(value, "__qualname__", type(value).__qualname__)}


def _json(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=True).encode()


def _sources(room: str) -> Iterable[bytes]:
    """Name and text of each module of a room, by name; line ends do not count."""
    held = sorted((files("grader") / room).iterdir(), key=lambda path: path.name)
    for path in held:
        if path.name.endswith(".py"):
            yield f"{room}/{path.name}".encode()
            yield path.read_bytes().replace(b"\r\n", b"\n")
        elif path.is_dir() and path.name.isidentifier() and path.name != "__pycache__":
            yield from _sources(f"{room}/{path.name}")


def _digest(parts: Iterable[bytes]) -> str:
    """Of parts with their lengths, so that nothing can slide from one into the next."""
    made = hashlib.blake2b(digest_size=16)
    for part in parts:
        made.update(len(part).to_bytes(8, "big"))
        made.update(part)
    return made.hexdigest()
