"""System calls that Python has no name for, through ctypes; each raises OSError with the call's name.

Importing this module is safe on any system; a call on a system without it raises OSError(ENOSYS).
"""

from __future__ import annotations

import ctypes
import errno
import functools
import os
import platform
import sys

__all__ = ["LINUX", "machine", "mount", "pivot_root", "prctl", "sethostname", "syscall", "umount", "unshare"]

LINUX = sys.platform == "linux"

_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}


def machine() -> str:
    """The processor's name as the kernel gives it (`x86_64`, `aarch64`, …)."""
    return platform.machine()


@functools.cache
def _library() -> ctypes.CDLL:
    """The C library, opened on first use: importing this module does nothing."""
    if not LINUX:
        raise OSError(errno.ENOSYS, "only Linux has this call")
    library = ctypes.CDLL(None, use_errno=True)
    library.syscall.restype = ctypes.c_long
    return library


def _checked(result: int, name: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def syscall(number: int, name: str, *arguments: object) -> int:
    """Call the kernel by number; `name` is for the message."""
    return _checked(int(_library().syscall(ctypes.c_long(number), *arguments)), name)


def prctl(operation: int, first: int = 0, second: int = 0) -> int:
    """prctl(2)."""
    words = (ctypes.c_ulong(first), ctypes.c_ulong(second), ctypes.c_ulong(0), ctypes.c_ulong(0))
    return _checked(int(_library().prctl(ctypes.c_int(operation), *words)), f"prctl({operation})")


def unshare(flags: int) -> None:
    """unshare(2)."""
    _checked(int(_library().unshare(ctypes.c_int(flags))), f"unshare({flags:#x})")


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else os.fsencode(text)


def mount(source: str | None, target: str, kind: str | None = None, flags: int = 0, data: str | None = None) -> None:
    """mount(2)."""
    words = (_bytes(source), _bytes(target), _bytes(kind), ctypes.c_ulong(flags), _bytes(data))
    _checked(int(_library().mount(*words)), f"mount {kind or source} on {target}")


def umount(target: str, flags: int = 2) -> None:
    """umount2(2); flags 2 is MNT_DETACH."""
    _checked(int(_library().umount2(_bytes(target), ctypes.c_int(flags))), f"umount {target}")


def pivot_root(new: str, old: str) -> None:
    """pivot_root(2)."""
    number = _PIVOT_ROOT.get(machine())
    if number is None:
        raise OSError(errno.ENOSYS, f"pivot_root has no known number on {machine()}")
    syscall(number, "pivot_root", ctypes.c_char_p(_bytes(new)), ctypes.c_char_p(_bytes(old)))


def sethostname(name: str) -> None:
    """sethostname(2)."""
    text = name.encode()
    _checked(int(_library().sethostname(text, ctypes.c_size_t(len(text)))), "sethostname")
