"""One field of a record: its type, its range and its size, or an EvidenceError that names it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.model.errors import EvidenceError

__all__ = ["array", "integer", "integers", "mapping", "number", "shape", "text", "truth"]

DTYPES = {"f8": "<f8", "f4": "<f4", "i8": "<i8", "b1": "|b1"}
ELEMENTS = 4_000_000
TEXT = 4000
ITEMS = 100_000


def _refuse(name: str, what: str) -> EvidenceError:
    return EvidenceError(f"field '{name}' {what}")


def integer(record: Mapping[str, Any], name: str, default: int | None = None) -> int:
    """A whole number that fits in 62 bits."""
    value = record.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > 2**62:
        raise _refuse(name, "is no whole number")
    return value


def number(record: Mapping[str, Any], name: str, default: float = float("nan")) -> float:
    """A float, possibly not finite."""
    value = record.get(name, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or (isinstance(value, int) and abs(value) > 2**62):
        raise _refuse(name, "is no number")
    return float(value)


def truth(record: Mapping[str, Any], name: str) -> bool:
    """A boolean, False where absent."""
    value = record.get(name, False)
    if not isinstance(value, bool):
        raise _refuse(name, "is neither true nor false")
    return value


def text(record: Mapping[str, Any], name: str, default: str = "") -> str:
    """A string of at most TEXT characters, without characters that can't be written."""
    value = record.get(name, default)
    if not isinstance(value, str):
        raise _refuse(name, "is no text")
    return value[:TEXT].encode("utf-8", "replace").decode("utf-8")


def integers(record: Mapping[str, Any], name: str) -> tuple[int, ...]:
    """A list of whole numbers, empty where absent."""
    value = record.get(name, [])
    if not isinstance(value, list) or len(value) > ITEMS:
        raise _refuse(name, "is no list, or too long")
    return tuple(integer({"i": v}, "i") for v in value)


def shape(record: Mapping[str, Any], name: str) -> tuple[int, ...]:
    """The shape of an array: at most 16 sizes, none negative."""
    value = integers(record, name)
    if len(value) > 16 or any(v < 0 for v in value):
        raise _refuse(name, "is no shape")
    return value


def mapping(record: Mapping[str, Any], name: str) -> dict[str, float | str | bool | None]:
    """A small flat object of numbers, texts and truths."""
    value = record.get(name, {})
    if not isinstance(value, dict) or len(value) > 100:
        raise _refuse(name, "is no object, or too large")
    out: dict[str, float | str | bool | None] = {}
    for key, entry in value.items():
        if isinstance(entry, str):
            out[text({"k": key}, "k")] = text({"v": entry}, "v")
        elif isinstance(entry, bool) or entry is None:
            out[text({"k": key}, "k")] = entry
        else:
            out[text({"k": key}, "k")] = number({"v": entry}, "v")
    return out


def array(record: Mapping[str, Any], name: str, rows: int | None = None, *, whole: bool | None = None) -> NDArray[Any]:
    """A packed array `{"t", "s", "b"}`: float64, int64 or bool; with `rows`, its first size must be that.

    whole: True where it must be int64, False where it must be float64, None where it may be any.

    Its bytes must be exactly as many as its shape says, so that a lying header costs nothing.
    """
    value = record.get(name)
    if not isinstance(value, dict):
        raise _refuse(name, "is no array")
    code, sizes, data = value.get("t"), shape(value, "s"), value.get("b")
    if not isinstance(code, str) or code not in DTYPES or not isinstance(data, str):
        raise _refuse(name, "has no known dtype")
    if whole is not None and code not in (("i8",) if whole else ("f8", "f4")):
        raise _refuse(name, "has another dtype than its column")
    count = 1
    for size in sizes:
        count *= size
    if count > ELEMENTS or any(size > ELEMENTS for size in sizes) or (rows is not None and (not sizes or sizes[0] != rows)):
        raise _refuse(name, "has a shape that does not fit")
    try:
        raw = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise _refuse(name, "is not base64") from None
    dtype = np.dtype(DTYPES[code])
    if len(raw) != count * dtype.itemsize:
        raise _refuse(name, "has another number of bytes than its shape says")
    a = np.frombuffer(raw, dtype).reshape(sizes)
    return a.astype(np.float64) if code == "f4" else a
