"""A run <-> the bytes that are stored of it: how it ended, what was drawn for it, and the recorder's stream as it was read.

    4 bytes  b"TGEV"      1 byte  version      the rest  zlib: 4 bytes length, header (JSON), stream, drawn files

The evidence itself is not stored: `decode` makes it again from the stream, so that what was not believed in a kernel's bytes
when they came is not believed later either.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from typing import Any, get_args

from grader.model.errors import EvidenceError
from grader.model.evidence import CellOutcome
from grader.model.report import RunStatus
from grader.model.run import Drawn, Outcome, Ran
from grader.wire import fields as f
from grader.wire.decoding import decode

__all__ = ["LARGEST", "pack", "unpack"]

MAGIC, VERSION = b"TGEV", 1
LARGEST_HEADER = 128 << 20
LARGEST = LARGEST_HEADER + (320 << 20)
"""Bytes of a run, unpacked, at most: the largest stream that is read is of 256 MiB, and files come with it."""
LEVEL = 3
"""Of zlib: base64 of floats hardly shrinks further, and a class is packed while it waits."""
CELLS, FILES = 10_000, 100


def pack(ran: Ran) -> bytes:
    """The run as bytes.  Equal runs give equal bytes."""
    outcome, drawn = ran.outcome, ran.drawn
    files = sorted(drawn.files.items()) if drawn is not None else []
    header = {
        "status": outcome.status,
        "isolation": outcome.isolation,
        "seconds": outcome.seconds,
        "detail": outcome.detail,
        "environment": dict(ran.environment),
        "cells": [[c.cell, c.status, c.error, c.message, c.line, c.seconds] for c in outcome.evidence.cells],
        "stream": len(outcome.stream),
        "drawn": None if drawn is None else _drawn_record(drawn),
    }
    told = json.dumps(header, separators=(",", ":"), sort_keys=True).encode("ascii")
    packing = zlib.compressobj(LEVEL)
    parts = [packing.compress(part) for part in (len(told).to_bytes(4, "big"), told, outcome.stream, *(data for _, data in files))]
    return b"".join([MAGIC, bytes([VERSION]), *parts, packing.flush()])


def unpack(data: bytes) -> Ran:
    """The run that `pack` was given.  Raises EvidenceError for anything that it did not write."""
    body = _unzipped(data)
    length = int.from_bytes(body[:4], "big")
    header = _header(body[4 : 4 + length], length)
    stream, files = f.integer(header, "stream"), _files(header)
    at = 4 + length
    if stream < 0 or at + stream + sum(size for _, size in files) != len(body):
        raise EvidenceError("the stored run has another length than it says")
    streamed = body[at : at + stream]
    at += stream
    held: dict[str, bytes] = {}
    for name, size in files:
        held[name] = body[at : at + size]
        at += size
    outcome = Outcome(
        status=_status(header),
        isolation=f.text(header, "isolation"),
        seconds=f.number(header, "seconds"),
        evidence=decode(streamed, _cells(header)),
        detail=f.text(header, "detail"),
        stream=streamed,
    )
    environment = {name: value for name, value in f.mapping(header, "environment").items() if isinstance(value, str)}
    return Ran(outcome=outcome, drawn=_drawn(header, held), environment=environment)


def _unzipped(data: bytes) -> bytes:
    if data[:4] != MAGIC:
        raise EvidenceError("no stored run")
    if data[4:5] != bytes([VERSION]):
        raise EvidenceError("a stored run of another version than this grader reads", remedy="use the newest grader")
    unpacking = zlib.decompressobj()
    try:
        body = unpacking.decompress(data[5:], LARGEST)
    except zlib.error:
        raise EvidenceError("the stored run is damaged") from None
    if not unpacking.eof or unpacking.unused_data:
        raise EvidenceError("the stored run is too large, cut off or followed by something else")
    return body


def _header(told: bytes, length: int) -> dict[str, Any]:
    if len(told) != length or length > LARGEST_HEADER:
        raise EvidenceError("the stored run has no whole header")
    try:
        header = json.loads(told)
    except (ValueError, RecursionError):
        raise EvidenceError("the stored run's header is not JSON") from None
    if not isinstance(header, dict):
        raise EvidenceError("the stored run's header is no object")
    return header


def _status(header: Mapping[str, Any]) -> RunStatus:
    told = header.get("status")
    for status in get_args(RunStatus):
        if told == status:
            known: RunStatus = status
            return known
    raise EvidenceError("the stored run ended in an unknown way")


def _cells(header: Mapping[str, Any]) -> tuple[CellOutcome, ...]:
    rows = header.get("cells")
    if not isinstance(rows, list) or len(rows) > CELLS or not all(isinstance(row, list) and len(row) == 6 for row in rows):
        raise EvidenceError("the stored run has no list of cells")
    return tuple(_cell(dict(zip(("cell", "status", "error", "message", "line", "seconds"), row, strict=True))) for row in rows)


def _cell(row: Mapping[str, Any]) -> CellOutcome:
    return CellOutcome(
        cell=f.integer(row, "cell"),
        status=f.text(row, "status"),
        error=f.text(row, "error"),
        message=f.text(row, "message"),
        line=None if row["line"] is None else f.integer(row, "line"),
        seconds=f.number(row, "seconds"),
    )


# ---- what was drawn --------------------------------------------------------------------------------------------------


def _drawn_record(drawn: Drawn) -> dict[str, Any]:
    files = [[name, len(data)] for name, data in sorted(drawn.files.items())]
    return {"kind": drawn.kind, "seed": drawn.seed, "slope": drawn.slope, "intercept": drawn.intercept, "files": files}


def _files(header: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Names and sizes of the drawn files, in their order."""
    drawn = header.get("drawn")
    if drawn is None:
        return []
    listed = drawn.get("files") if isinstance(drawn, dict) else None
    if not isinstance(listed, list) or len(listed) > FILES or not all(isinstance(one, list) and len(one) == 2 for one in listed):
        raise EvidenceError("the stored run has no list of drawn files")
    found = [(f.text({"n": name}, "n"), f.integer({"s": size}, "s")) for name, size in listed]
    if any(size < 0 for _, size in found) or len({name for name, _ in found}) != len(found):
        raise EvidenceError("the stored run has drawn files that can't be")
    return found


def _drawn(header: Mapping[str, Any], files: Mapping[str, bytes]) -> Drawn | None:
    told = header.get("drawn")
    if told is None:
        return None
    return Drawn(
        kind=f.text(told, "kind"),
        seed=None if told.get("seed") is None else f.integer(told, "seed"),
        slope=None if told.get("slope") is None else f.number(told, "slope"),
        intercept=None if told.get("intercept") is None else f.number(told, "intercept"),
        files=files,
    )
