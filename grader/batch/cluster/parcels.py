"""What travels between client and worker: bytes, with a head of JSON and what it tells the lengths of.

    4 bytes  length of the head      the head (JSON)      the blobs, one after the other, `sizes` in the head

Plain values and bytes alone; no object is ever made of a student's.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from grader.batch.place import Done, Work
from grader.gradebook import Packed
from grader.model.errors import AuthorError, EvidenceError, GraderError

__all__ = ["done_of", "done_parcel", "error_parcel", "work_of", "work_parcel"]


def work_parcel(work: Work) -> bytes:
    """A work as bytes."""
    return _wrapped({"key": work.key, "student": work.student, "exercise": work.exercise, "name": work.name}, [work.data])


def work_of(parcel: bytes) -> Work:
    """The work that `work_parcel` was given.  Raises EvidenceError for anything that it did not write."""
    head, blobs = _unwrapped(parcel)
    key, (student, exercise, name) = head.get("key"), (head.get(part) for part in ("student", "exercise", "name"))
    if not (isinstance(key, int) and isinstance(student, str) and isinstance(exercise, str) and isinstance(name, str) and len(blobs) == 1):
        raise _broken()
    return Work(key=key, student=student, exercise=exercise, name=name, data=blobs[0])


def done_parcel(done: Done) -> bytes:
    """What came of a work, as bytes."""
    head = {"key": done.key, "damaged": [run.damaged for run in done.runs]}
    return _wrapped(head, [done.report.encode("utf-8", "surrogatepass"), *(run.data for run in done.runs)])


def error_parcel(error: GraderError) -> bytes:
    """What is wrong with the exercise itself, where, and how to mend it, as bytes."""
    return _wrapped({"what": error.what, "where": error.where, "remedy": error.remedy}, [])


def done_of(parcel: bytes) -> Done:
    """What `done_parcel` was given.

    Raises AuthorError where it is an `error_parcel`, EvidenceError for anything that neither of them wrote.
    """
    head, blobs = _unwrapped(parcel)
    if "what" in head:
        raise AuthorError(str(head["what"]), where=str(head.get("where", "")), remedy=str(head.get("remedy", "")))
    key, damaged = head.get("key"), head.get("damaged")
    if not isinstance(key, int) or not isinstance(damaged, list) or len(blobs) != len(damaged) + 1:
        raise _broken()
    runs = tuple(Packed(data=data, damaged=bool(spoilt)) for data, spoilt in zip(blobs[1:], damaged, strict=True))
    return Done(key=key, report=blobs[0].decode("utf-8", "surrogatepass"), runs=runs)


def _wrapped(head: dict[str, Any], blobs: Sequence[bytes]) -> bytes:
    told = json.dumps({**head, "sizes": [len(blob) for blob in blobs]}).encode("ascii")
    return b"".join([len(told).to_bytes(4, "big"), told, *blobs])


def _unwrapped(parcel: bytes) -> tuple[dict[str, Any], list[bytes]]:
    length = int.from_bytes(parcel[:4], "big")
    try:
        head = json.loads(parcel[4 : 4 + length])
    except (ValueError, RecursionError):
        raise _broken() from None
    sizes = head.get("sizes") if isinstance(head, dict) else None
    if not isinstance(sizes, list) or not all(isinstance(size, int) and size >= 0 for size in sizes):
        raise _broken()
    at, blobs = 4 + length, []
    if at + sum(sizes) != len(parcel):
        raise _broken()
    for size in sizes:
        blobs.append(parcel[at : at + size])
        at += size
    return head, blobs


def _broken() -> EvidenceError:
    return EvidenceError("a parcel that no grader of this version made", remedy="use the same version on every machine")
