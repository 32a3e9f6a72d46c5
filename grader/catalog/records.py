"""Frozen records as JSON, and strictly back: by their declared fields and types, with no code in between."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from grader.model.errors import AuthorError
from grader.model.exercise import OwnModule

__all__ = ["plain", "record"]

Record = TypeVar("Record")
LONGEST = 100_000
"""Entries of one list, or of one mapping."""


def plain(value: object, where: str = "the record") -> Any:
    """A record, and all that it holds, as plain JSON data: its type's name under `is`, and each field that is not at its default.

    Raises AuthorError for what has no such form: a function, a number that is not finite.
    """
    if isinstance(value, OwnModule):
        raise AuthorError("a Module of the exercise's own can't be written down", where=where)
    if is_dataclass(value) and not isinstance(value, type):
        told = {f.name: getattr(value, f.name) for f in fields(value) if getattr(value, f.name) != _default(f)}
        return {"is": type(value).__name__, **{name: plain(held, f"{where}.{name}") for name, held in told.items()}}
    if isinstance(value, Mapping):
        return {str(key): plain(held, f"{where}[{key!r}]") for key, held in value.items()}
    if isinstance(value, tuple | list):
        return [plain(held, f"{where}[{at}]") for at, held in enumerate(value)]
    if value is None or isinstance(value, bool | int | str) or (isinstance(value, float) and math.isfinite(value)):
        return value
    raise AuthorError(f"{value!r} can't be written down", where=where)


def record(raw: object, kind: type[Record], where: str = "the record") -> Record:
    """The record of type `kind` that `plain` wrote.

    Raises AuthorError for a type, a field or a value that `kind` does not declare, and for a field that is lacking.
    """
    found: Record = _read(raw, kind, where)
    return found


def _default(of: Field[Any]) -> object:
    if of.default_factory is not MISSING:
        return of.default_factory()
    return of.default


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    return get_type_hints(kind)


def _refuse(what: str, where: str) -> AuthorError:
    return AuthorError(what, where=where, remedy="take a fresh copy of the file")


def _read(raw: object, hint: Any, where: str) -> Any:
    """A value of the type that `hint` declares."""
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        return _one_of(raw, get_args(hint), where)
    if origin is Literal:
        if isinstance(raw, str) and raw in get_args(hint):
            return raw
        raise _refuse(f"{raw!r:.60} is none of {', '.join(get_args(hint))}", where)
    if origin is tuple:
        return _tuple(raw, get_args(hint), where)
    if origin is not None and issubclass(origin, Mapping):
        return _mapping(raw, get_args(hint)[1], where)
    if is_dataclass(hint) and isinstance(hint, type):
        return _fields(raw, hint, where)
    return _number_or_text(raw, hint, where)


def _one_of(raw: object, hints: tuple[Any, ...], where: str) -> Any:
    """A value of the first of these types that can hold it; records by their name."""
    if raw is None and NoneType in hints:
        return None
    if isinstance(raw, dict):
        named = [h for h in hints if isinstance(h, type) and is_dataclass(h) and h.__name__ == raw.get("is") and h is not OwnModule]
        if named:
            return _fields(raw, named[0], where)
        raise _refuse(f"nothing known is called {raw.get('is')!r:.60}", where)
    for hint in (h for h in hints if h is not NoneType and not is_dataclass(h)):
        try:
            return _read(raw, hint, where)
        except AuthorError:
            continue
    raise _refuse(f"{raw!r:.60} is not what may stand there", where)


def _fields(raw: object, kind: type, where: str) -> Any:
    if not isinstance(raw, dict) or raw.get("is") != kind.__name__ or kind is OwnModule:
        raise _refuse(f"no {kind.__name__} stands there", where)
    declared = {f.name: f for f in fields(kind)}
    if unknown := [name for name in raw if name not in declared and name != "is"]:
        raise _refuse(f"a {kind.__name__} has no {unknown[0]!r:.60}", where)
    if lacking := [name for name, f in declared.items() if name not in raw and _default(f) is MISSING]:
        raise _refuse(f"the {kind.__name__} lacks its {lacking[0]!r}", where)
    hints = _hints(kind)
    return kind(**{name: _read(held, hints[name], f"{where}.{name}") for name, held in raw.items() if name != "is"})


def _tuple(raw: object, hints: tuple[Any, ...], where: str) -> tuple[Any, ...]:
    if not isinstance(raw, list) or len(raw) > LONGEST:
        raise _refuse("no list stands there", where)
    each = [hints[0]] * len(raw) if len(hints) == 2 and hints[1] is Ellipsis else list(hints)
    if len(each) != len(raw):
        raise _refuse(f"{len(raw)} values stand there, not {len(each)}", where)
    return tuple(_read(held, hint, f"{where}[{at}]") for at, (held, hint) in enumerate(zip(raw, each, strict=True)))


def _mapping(raw: object, hint: Any, where: str) -> dict[str, Any]:
    if not isinstance(raw, dict) or len(raw) > LONGEST:
        raise _refuse("no mapping stands there", where)
    return {key: _read(held, hint, f"{where}[{key!r:.60}]") for key, held in raw.items()}


def _number_or_text(raw: object, hint: Any, where: str) -> Any:
    if hint is float and isinstance(raw, int | float) and not isinstance(raw, bool) and abs(raw) < 1e300:
        return raw
    if hint in (int, str, bool) and type(raw) is hint:
        return raw
    raise _refuse(f"{raw!r:.60} is no {getattr(hint, '__name__', 'value')}", where)
