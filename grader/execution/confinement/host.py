"""The facts of this machine that a kernel's file tree is made of."""

from __future__ import annotations

import functools
import os
import sys

from grader.execution.confinement.policy import Host

__all__ = ["look"]

_TOPS = ("/bin", "/sbin", "/lib", "/lib32", "/lib64")
_SYSTEM = ("/usr", "/etc/ld.so.cache", "/etc/fonts", "/etc/localtime", "/etc/alternatives")


@functools.cache
def look() -> Host:
    """Where Python, its packages (on sys.path) and the system's libraries are.  Looked up once: a fork knows what its parent knew."""
    packages = [p for p in sys.path if p.endswith("-packages")]
    python = dict.fromkeys(os.path.realpath(p) for p in (sys.base_prefix, sys.prefix, *packages) if os.path.isdir(p))
    # An interpreter that is reached through links (a virtual environment) must be there under its own name too.
    named = dict.fromkeys(os.path.abspath(p) for p in (sys.prefix, sys.base_prefix) if os.path.isdir(p))
    links = tuple((p, os.readlink(p)) for p in _TOPS if os.path.islink(p))
    tops = tuple(p for p in _TOPS if os.path.isdir(p) and not os.path.islink(p))
    return Host(python=tuple({**python, **named}), system=(*(p for p in _SYSTEM if os.path.exists(p)), *tops), links=links)
