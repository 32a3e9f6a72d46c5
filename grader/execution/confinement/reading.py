"""Opening a file that a student left behind, so that links, fifos and devices can't mislead."""

from __future__ import annotations

import ctypes
import errno
import os
import stat
import struct

from grader.execution.confinement import calls

__all__ = ["open_beneath", "read_beneath"]

_OPENAT2 = 437
_NO_MAGICLINKS, _NO_SYMLINKS, _BENEATH = 0x02, 0x04, 0x08


def open_beneath(folder: int, path: str) -> int:
    """Open a regular file below an open folder for reading, through no link and never outside; returns a descriptor.

    Raises OSError: ELOOP for a link, EXDEV for a way out, EINVAL for what is no regular file.
    """
    how = ctypes.create_string_buffer(
        struct.pack("=QQQ", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY, 0, _BENEATH | _NO_SYMLINKS | _NO_MAGICLINKS), 24
    )
    arguments = (ctypes.c_int(folder), ctypes.c_char_p(os.fsencode(path)), how, ctypes.c_size_t(24))
    file = calls.syscall(_OPENAT2, f"openat2 {path}", *arguments)
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise OSError(errno.EINVAL, f"{path}: not a regular file")
    return file


def read_beneath(folder: int, path: str, limit: int) -> bytes:
    """The bytes of such a file.

    Raises OSError as `open_beneath` does, and EFBIG for more than `limit` bytes (also where it grows while being read).
    """
    with open(open_beneath(folder, path), "rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise OSError(errno.EFBIG, f"{path}: more than {limit} bytes")
    return data
