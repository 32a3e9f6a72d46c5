"""Installing an assembled filter on this process and its later children."""

from __future__ import annotations

import ctypes
import struct

from grader.execution.confinement import calls

__all__ = ["install"]

_PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS, _MODE_FILTER = 22, 38, 2


def install(program: bytes) -> None:
    """Put this thread under a BPF program (8 bytes an instruction), for good.  Raises OSError where seccomp is missing."""
    code = ctypes.create_string_buffer(program, len(program))
    header = ctypes.create_string_buffer(struct.pack("=HxxxxxxQ", len(program) // 8, ctypes.addressof(code)), 16)
    calls.prctl(_PR_SET_NO_NEW_PRIVS, 1)
    calls.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.addressof(header))
