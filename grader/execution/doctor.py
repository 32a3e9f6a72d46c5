"""Versions of what a run depends on."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib import metadata

from grader import __version__

__all__ = ["versions"]

LIBRARIES = ("torch", "numpy", "scikit-learn")


def versions() -> Mapping[str, str]:
    """Name -> version of grader, python, torch, numpy, scikit-learn and the platform; '' for what is not installed.

    Read from the packages' metadata: none of them is imported.
    """
    found = {"grader": __version__, "python": platform.python_version()}
    found.update({name: _version(name) for name in LIBRARIES})
    found["platform"] = platform.platform()
    return found


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""
