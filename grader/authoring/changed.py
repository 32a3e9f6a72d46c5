"""Which exercises a change touches, by git's word."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

from grader.model.errors import UsageError

__all__ = ["changed_files", "touched"]

_EVERYTHING = ("grader", "pyproject.toml", "constraints.txt")
"""What stands at the top of a checkout and decides about every exercise: the grader itself, and what it runs with."""


def changed_files(root: Path, since: str) -> tuple[Path, ...]:
    """Files of the checkout around `root` that differ from the commit `since`, new ones included; absolute paths.

    Raises UsageError where there is no checkout, no git, or no such commit.
    """
    top = Path(_git(root, since, "rev-parse", "--show-toplevel").strip())
    # Everything after `--end-of-options` is a revision, whatever it looks like.
    names = _git(top, since, "diff", "--name-only", "-z", "--end-of-options", since, "--").split("\0")
    names += _git(top, since, "ls-files", "--others", "--exclude-standard", "-z").split("\0")
    return tuple(top / name for name in dict.fromkeys(names) if name)


def touched(paths: Iterable[Path], slugs: Sequence[str], *, root: Path) -> tuple[str, ...]:
    """The exercises that these files belong to, in the order of `slugs`.

    A file of the grader, or one that all exercises of the course share, touches every one.  root: the course's folder.
    """
    found: set[str] = set()
    for path in paths:
        inside = PurePosixPath(path.relative_to(root)).parts if path.is_relative_to(root) else ()
        if inside and inside[0] in ("reference", "exercises"):
            found |= {inside[1]} if len(inside) > 2 else set(slugs)
        elif any(part in _EVERYTHING for part in (*inside[:1], *_beside(path, root))):
            found |= set(slugs)
    return tuple(slug for slug in slugs if slug in found)


def _beside(path: Path, root: Path) -> tuple[str, ...]:
    """The first part of a path below the nearest folder that it shares with the course, '' where it lies within the course."""
    for folder in root.parents:
        if path.is_relative_to(folder):
            return path.relative_to(folder).parts[:1] if not path.is_relative_to(root) else ()
    return ()


def _git(folder: Path, since: str, *arguments: str) -> str:
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=False)
    except OSError as error:
        raise UsageError("git can't be run", where="--changed", remedy="install git, or name the exercises") from error
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["git failed"])[0]
        raise UsageError(f"git can't tell what changed since {since!r}: {said}", where=str(folder), remedy="name a commit or branch")
    return done.stdout
