"""Landlock: the kernel's rules on paths, TCP ports and (from ABI 6) signals and abstract sockets, for this process and its children.

Source: https://docs.kernel.org/userspace-api/landlock.html
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct

from grader.execution.confinement import calls
from grader.execution.confinement.policy import PathRules

__all__ = ["SIGNAL_ABI", "abi", "restrict"]

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF, _RULE_PATH, _VERSION = 444, 445, 446, 1, 1
_PR_SET_NO_NEW_PRIVS = 38
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _MAKE_CHAR, _MAKE_BLOCK = 1, 2, 4, 8, 64, 2048
_REFER, _TRUNCATE, _IOCTL_DEVICE = 8192, 16384, 32768
_ON_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEVICE
_FIRST_ABI = (1 << 13) - 1

SIGNAL_ABI = 6
"""From this version on Landlock keeps signals within the process's own domain."""


def abi() -> int:
    """Landlock's version here, 0 where there is none."""
    try:
        return calls.syscall(_CREATE_RULESET, "landlock_create_ruleset", None, ctypes.c_size_t(0), ctypes.c_uint(_VERSION))
    except OSError:
        return 0


def _handled(version: int) -> int:
    """Every kind of access on files that this version knows."""
    later = ((2, _REFER), (3, _TRUNCATE), (5, _IOCTL_DEVICE))
    return _FIRST_ABI | sum(bit for since, bit in later if version >= since)


def _attributes(version: int) -> bytes:
    """struct landlock_ruleset_attr: files; TCP bind and connect from version 4; signals and abstract sockets from 6."""
    words = struct.pack("=QQQ", _handled(version), 3, 3)
    return words[: 8 if version < 4 else 16 if version < SIGNAL_ABI else 24]


def _allow(ruleset: int, path: str, access: int) -> None:
    try:
        folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.EACCES, errno.ELOOP):
            return  # what is not there can't be used either
        raise
    try:
        allowed = access if os.path.isdir(path) else access & _ON_FILES
        rule = ctypes.create_string_buffer(struct.pack("=Qi", allowed, folder), 12)
        calls.syscall(_ADD_RULE, f"landlock_add_rule {path}", ctypes.c_int(ruleset), ctypes.c_uint(_RULE_PATH), rule, ctypes.c_uint(0))
    finally:
        os.close(folder)


def restrict(rules: PathRules) -> int:
    """Put this thread and all its later children under the rules, for good; returns the version.

    Call it before any thread is started.  Raises OSError where Landlock is missing.
    """
    version = abi()
    if not version:
        raise OSError(errno.ENOSYS, "landlock: not in this kernel")
    words = _attributes(version)
    buffer = ctypes.create_string_buffer(words, len(words))
    ruleset = calls.syscall(_CREATE_RULESET, "landlock_create_ruleset", buffer, ctypes.c_size_t(len(words)), ctypes.c_uint(0))
    try:
        for path in rules.read:
            _allow(ruleset, path, _EXECUTE | _READ_FILE | _READ_DIR)
        for path in rules.write:
            _allow(ruleset, path, _handled(version) & ~(_MAKE_CHAR | _MAKE_BLOCK))
        calls.prctl(_PR_SET_NO_NEW_PRIVS, 1)
        calls.syscall(_RESTRICT_SELF, "landlock_restrict_self", ctypes.c_int(ruleset), ctypes.c_uint(0))
    finally:
        os.close(ruleset)
    return version
