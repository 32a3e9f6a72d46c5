"""What came with the exercise: grader.json and the data files beside it, found and read."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.catalog.claims import BUNDLE, Claims, content_digest, decode_claims
from grader.model.errors import UsageError

__all__ = ["Bundle", "find", "folders", "read"]

FRESH = "take a fresh copy of what came with the exercise"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """The claims, and the data files that they name (name -> bytes)."""

    claims: Claims
    files: Mapping[str, bytes]


def find(named: str, folders: Iterable[Path]) -> Path:
    """The path of grader.json: as named (the file, or its folder), else in the first of the folders that has one.

    Raises UsageError where there is none.
    """
    if named:
        path = Path(named).expanduser()
        path = path / BUNDLE if path.is_dir() else path
        if not path.is_file():
            raise UsageError(f"there is no {BUNDLE}", where=named, remedy="name the folder that it is in")
        return path
    looked = list(dict.fromkeys(folders))
    for folder in looked:
        if (folder / BUNDLE).is_file():
            return folder / BUNDLE
    where = ", ".join(str(folder) for folder in looked)
    raise UsageError(f"there is no {BUNDLE} beside the notebook", where=where, remedy="it came with the exercise: put it there")


def folders(shell: Any) -> tuple[Path, ...]:
    """Where a notebook may lie whose kernel this is: the working folder, and what front ends say."""
    told = (os.environ.get("JPY_SESSION_NAME", ""), str(shell.user_ns.get("__vsc_ipynb_file__", "")))
    return (Path.cwd(), *(Path(one).parent for one in told if one and Path(one).is_absolute()))


def read(path: Path) -> Bundle:
    """The bundle at a grader.json.  Raises UsageError for a data file that is not there or not what it was, AuthorError for claims
    that can't be read."""
    try:
        claims = decode_claims(path.read_bytes(), path.name)
        files = {name: (path.parent / name).read_bytes() for name in claims.files if (path.parent / name).is_file()}
    except OSError as error:
        raise UsageError(f"can't be read: {error.strerror}", where=str(error.filename or path), remedy=FRESH) from error
    for name, digest in claims.files.items():
        if name not in files:
            raise UsageError("the data file is not here", where=name, remedy=FRESH)
        if content_digest(files[name]) != digest:
            raise UsageError("the data file is not as it was handed out", where=name, remedy=FRESH)
    return Bundle(claims=claims, files=files)
