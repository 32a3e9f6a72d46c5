"""What lies in a folder on disk: regular files alone, no link followed."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from grader.lms.collection import Limits
from grader.lms.incoming.members import Listing, Member, Refusal, RefusedError
from grader.lms.incoming.paths import by_product
from grader.model.errors import UsageError

__all__ = ["file_member", "folder_listing"]


def folder_listing(root: Path, limits: Limits) -> Listing:
    """All regular files below `root`, in order of their paths; folders that systems leave behind are one refusal each.

    Raises UsageError where the folder can't be read at all.
    """
    members: list[Member] = []
    refused: list[Refusal] = []
    seen = 0
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        try:
            entries = sorted(os.scandir(root / folder), key=lambda entry: entry.name)
        except OSError as error:
            if not folder:
                raise UsageError(f"can't be read: {error.strerror}", where=str(root), remedy="check its permissions") from error
            refused.append(Refusal(path=folder, reason="damaged", detail=f"the folder can't be read: {error.strerror}"))
            continue
        for entry in entries:
            seen += 1
            if seen > limits.members:
                refused.append(Refusal(path=folder or ".", reason="too-many", detail=f"more than {limits.members} files"))
                return _sorted(members, refused)
            path = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_dir(follow_symlinks=False):
                if by_product(f"{path}/x"):
                    refused.append(Refusal(path=f"{path}/", reason="by-product", detail="left behind by a system or an editor"))
                else:
                    waiting.append(path)
                continue
            _take(entry, path, root, members, refused)
    return _sorted(members, refused)


def _take(entry: os.DirEntry[str], path: str, root: Path, members: list[Member], refused: list[Refusal]) -> None:
    try:
        found = entry.stat(follow_symlinks=False)
    except OSError as error:
        refused.append(Refusal(path=path, reason="damaged", detail=f"can't be read: {error.strerror}"))
        return
    if not stat.S_ISREG(found.st_mode):
        kind = "a link" if stat.S_ISLNK(found.st_mode) else "no regular file"
        refused.append(Refusal(path=path, reason="link", detail=kind))
    elif by_product(path):
        detail = "left behind by a system or an editor"
        refused.append(Refusal(path=path, reason="by-product", detail=detail, size=found.st_size))
    else:
        members.append(file_member(root / path, path, found.st_size))


def file_member(at: Path, path: str, size: int) -> Member:
    """The regular file `at`, known as `path`."""
    return Member(path=path, size=size, open=lambda: _opened(at))


@contextmanager
def _opened(at: Path) -> Iterator[IO[bytes]]:
    """The file, if it is still a regular one: it may have been swapped for a link or a pipe since it was listed."""
    try:
        handle = os.open(at, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise RefusedError("damaged", f"can't be read: {error.strerror}") from None
    with os.fdopen(handle, "rb") as stream:
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            raise RefusedError("link", "no regular file")
        yield stream


def _sorted(members: list[Member], refused: list[Refusal]) -> Listing:
    return Listing(members=tuple(sorted(members, key=lambda member: member.path)), refused=tuple(refused))
