"""The recorder's file, read once after the run, with nothing of the kernel's left to trust about it."""

from __future__ import annotations

import os
import stat

__all__ = ["CAP", "read"]

CAP = 256 * 2**20
"""Bytes of evidence that are read at most."""


def read(path: str, cap: int = CAP) -> bytes:
    """The first `cap` bytes of a regular file; b'' for anything else (no file, a link, a pipe, a device, a folder).

    The kernel may have put anything in the file's place: O_NOFOLLOW refuses a link, O_NONBLOCK keeps a pipe from hanging us.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return b""
        with os.fdopen(handle, "rb", closefd=False) as file:
            return file.read(cap)
    finally:
        os.close(handle)
