"""The receipt of one handing in: as text for the student, as JSON for the folder that it went to."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass

from grader.model.harmless import plain

__all__ = ["RECEIPT_NAME", "Receipt", "receipt_json", "receipt_name", "receipt_of", "receipt_text"]

RECEIPT_NAME = re.compile(r"(?P<sha256>[0-9a-f]{64})-(?P<student>[0-9a-f]{16})\.receipt\.json")
"""What a receipt's file is called: the submission's digest, and one of the student."""
_LONGEST = 2**16


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Who handed in which bytes for which exercise, and when (ISO 8601 with a zone).  size in bytes.  cells: code cells."""

    student: str
    exercise: str
    file: str
    sha256: str
    size: int
    handed_in: str
    cells: int = 0


def receipt_name(receipt: Receipt) -> str:
    """The name of the receipt's file.  Other bytes or another student never give the same one."""
    whose = hashlib.sha256(receipt.student.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{receipt.sha256}-{whose}.receipt.json"


def receipt_json(receipt: Receipt) -> str:
    """The receipt as JSON."""
    return json.dumps({"format": 1, **asdict(receipt)}, indent=2) + "\n"


def receipt_text(receipt: Receipt) -> str:
    """The receipt as a person keeps it."""
    return (
        f"handed in   {plain(receipt.file, limit=200)}\n"
        f"exercise    {plain(receipt.exercise, limit=100)}\n"
        f"student     {plain(receipt.student, limit=200)}\n"
        f"time        {receipt.handed_in}\n"
        f"size        {receipt.size} bytes, {receipt.cells} code cells\n"
        f"SHA-256     {receipt.sha256}\n"
    )


def receipt_of(data: bytes) -> Receipt | None:
    """The receipt in these bytes, None where there is none that is whole."""
    if len(data) > _LONGEST:
        return None
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or found.get("format") != 1:
        return None
    texts = {key: found.get(key) for key in ("student", "exercise", "file", "sha256", "handed_in")}
    numbers = {key: found.get(key) for key in ("size", "cells")}
    if not all(isinstance(value, str) for value in texts.values()) or not all(type(value) is int for value in numbers.values()):
        return None
    return Receipt(**{key: str(value) for key, value in texts.items()}, size=found["size"], cells=found["cells"])
