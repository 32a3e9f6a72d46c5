"""Handing in to a folder: the file under its SHA-256, and a receipt; each written whole or not at all."""

from __future__ import annotations

import hashlib
import os
import secrets
from datetime import datetime
from pathlib import Path

from grader.lms.receipts import Receipt, receipt_json, receipt_name, receipt_of
from grader.model.errors import UsageError

__all__ = ["hand_in"]


def hand_in(data: bytes, name: str, folder: Path, *, student: str, exercise: str, now: datetime, cells: int = 0) -> tuple[Receipt, bool]:
    """Store the bytes of the file `name` and return the receipt, and whether they are new.

    The same bytes from the same student give the receipt of the first time, unchanged.  What is stored can't be half there:
    files appear under their names when they are whole, and the receipt after the file.
    Raises UsageError where the folder can't be made or written to.
    """
    digest = hashlib.sha256(data).hexdigest()
    receipt = Receipt(
        student=student, exercise=exercise, file=name, sha256=digest, size=len(data), handed_in=now.isoformat(timespec="microseconds"),
        cells=cells,
    )  # fmt: skip
    try:
        folder.mkdir(parents=True, exist_ok=True)
        at = folder / receipt_name(receipt)
        before = _receipt(at)
        ending = ".py" if name.lower().endswith(".py") else ".ipynb"
        stored = folder / f"{digest}{ending}"
        if not _holds(stored, digest):
            _write(stored, data)
        if before is not None and (before.sha256, before.student, before.exercise) == (digest, student, exercise):
            return before, False
        _write(at, receipt_json(receipt).encode())
    except OSError as error:
        remedy = "name a folder that you may write to, or make room"
        raise UsageError(f"can't be handed in to: {error.strerror}", where=str(folder), remedy=remedy) from error
    return receipt, True


def _receipt(at: Path) -> Receipt | None:
    try:
        return receipt_of(at.read_bytes())
    except FileNotFoundError:
        return None


def _holds(stored: Path, digest: str) -> bool:
    """The file is there and is what its name says: one that a full disk cut short is written again."""
    try:
        return hashlib.sha256(stored.read_bytes()).hexdigest() == digest
    except FileNotFoundError:
        return False


def _write(at: Path, data: bytes) -> None:
    """Write a file under another name, force it to disk, then give it its own: readers see all of it or nothing."""
    half = at.with_name(f".{at.name}.{secrets.token_hex(4)}")
    try:
        with half.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        half.replace(at)
        handle = os.open(at.parent, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    finally:
        half.unlink(missing_ok=True)
