"""One file that may be read, and reading it within limits that are measured, not believed."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import IO

from grader.lms.collection import Limits, Reason

__all__ = ["Budget", "Listing", "Member", "Refusal", "RefusedError", "content"]

_PIECE = 2**16
# What the standard library raises on archives and files that are not what they say; zipfile wraps none of it.
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError, struct.error)


class RefusedError(Exception):
    """A file that is not read further, and why; caught where its refusal is recorded."""

    def __init__(self, reason: Reason, detail: str) -> None:
        self.reason, self.detail = reason, detail
        super().__init__(detail)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One file of a folder or archive.

    path: relative, with '/' between its parts, never leading outside.  size: unpacked bytes as claimed.  packed: bytes in the
    archive, None outside one.  open: a stream of its bytes, raising RefusedError or what the standard library raises.
    at: its path as a person finds it, where `path` begins further down; '' where they are the same.
    """

    path: str
    size: int
    open: Callable[[], AbstractContextManager[IO[bytes]]]
    packed: int | None = None
    at: str = ""

    @property
    def where(self) -> str:
        """Its path as a person finds it."""
        return self.at or self.path

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What a listing would not take in: its path as it may be shown, and why.  size: bytes as claimed."""

    path: str
    reason: Reason
    detail: str
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What lies in a folder or an archive."""

    members: Sequence[Member]
    refused: Sequence[Refusal] = ()


@dataclass(slots=True)
class Budget:
    """Bytes that may still be read."""

    left: int

    def take(self, size: int) -> None:
        """Use up `size` bytes.  Raises RefusedError where they are not left."""
        if size > self.left:
            raise RefusedError("too-many", "the limit of bytes in all is reached")
        self.left -= size


def content(member: Member, limits: Limits, *budgets: Budget) -> bytes:
    """The member's bytes.  Raises RefusedError where they are too many, unpack to far too much, or can't be read."""
    pieces: list[bytes] = []
    read = 0
    try:
        with member.open() as stream:
            while piece := stream.read(_PIECE):
                read += len(piece)
                _refuse(read, member, limits)
                for budget in budgets:
                    budget.take(len(piece))
                pieces.append(piece)
    except _BROKEN as error:
        raise RefusedError("damaged", f"can't be read: {_said(error)}") from None
    if member.packed is not None and read != member.size:
        raise RefusedError("damaged", f"the archive says {member.size} bytes; there are {read}")
    return b"".join(pieces)


def _refuse(read: int, member: Member, limits: Limits) -> None:
    if read > limits.file:
        raise RefusedError("too-large", f"more than {limits.file / 2**20:.0f} MB")
    if member.packed is not None and read > limits.small and read > limits.ratio * max(1, member.packed):
        raise RefusedError("bomb", f"{member.packed} bytes unpack to more than {limits.ratio} times as many")


def _said(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
