"""Giving up every privilege, for good."""

from __future__ import annotations

import ctypes
import errno
import os
import struct

from grader.execution.confinement import calls

__all__ = ["become", "drop_all", "forbid_new_privileges", "set_dumpable"]

_PR_SET_DUMPABLE, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 4, 24, 38
_CAPSET = {"x86_64": 126, "aarch64": 91}
_VERSION = 0x20080522


def drop_all() -> None:
    """Empty the bounding set and all capability sets of this process."""
    for capability in range(64):
        try:
            calls.prctl(_PR_CAPBSET_DROP, capability)
        except OSError as error:
            if error.errno == errno.EINVAL:
                break  # past the last one that this kernel knows
            if error.errno != errno.EPERM:  # an unprivileged process has none to drop
                raise
    header = ctypes.create_string_buffer(struct.pack("=Ii", _VERSION, 0), 8)
    calls.syscall(_CAPSET[calls.machine()], "capset", header, ctypes.create_string_buffer(24))


def become(uid: int, gid: int) -> None:
    """Become an ordinary user with no supplementary groups; only root can."""
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)


def forbid_new_privileges() -> None:
    """No program that is started from here gains privileges (set-user-id files do nothing)."""
    calls.prctl(_PR_SET_NO_NEW_PRIVS, 1)


def set_dumpable(allowed: bool) -> None:
    """Whether other processes of the same user may look into this one's memory and descriptors."""
    calls.prctl(_PR_SET_DUMPABLE, int(allowed))
