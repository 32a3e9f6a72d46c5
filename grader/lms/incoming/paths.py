"""Names inside folders and archives, as plain relative paths; and what no student ever wrote."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

__all__ = ["by_product", "relative", "suffix"]

_LONGEST = 1000
_DRIVE = re.compile(r".:", re.DOTALL)
_BY_PRODUCTS = frozenset({
    "__MACOSX", ".ipynb_checkpoints", ".git", ".github", ".gitlab", ".svn", ".hg", "__pycache__", ".venv", "venv", "node_modules",
    ".idea", ".vscode", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".virtual_documents", ".Trash",
})  # fmt: skip
_FILES = frozenset({".DS_Store", "Thumbs.db", "desktop.ini", ".gitignore", ".gitattributes", ".gitkeep"})


def relative(name: str) -> str | None:
    """`name` as a relative path with '/' between its parts; None where it leads outside or is no name at all.

    >>> relative("anna\\\\lab.ipynb"), relative("./anna//lab.ipynb"), relative("../lab.ipynb"), relative("C:/lab.ipynb")
    ('anna/lab.ipynb', 'anna/lab.ipynb', None, None)
    """
    slashed = name.replace("\\", "/")
    if slashed.startswith("/") or _DRIVE.match(slashed) or "\0" in slashed or len(slashed) > _LONGEST:
        return None
    parts = [part for part in slashed.split("/") if part not in {"", "."}]
    if not parts or any(part.strip() == ".." for part in parts):
        return None
    return "/".join(parts)


def by_product(path: str) -> str | None:
    """The folder or file of `path` that systems and editors leave behind, None where there is none.

    >>> by_product("anna/__MACOSX/._lab.ipynb"), by_product("anna/lab.ipynb")
    ('anna/__MACOSX', None)
    """
    parts = path.split("/")
    for at, part in enumerate(parts[:-1]):
        if part in _BY_PRODUCTS:
            return "/".join(parts[: at + 1])
    left = parts[-1] in _FILES or parts[-1].startswith("._") or parts[-1] in _BY_PRODUCTS
    return path if left else None


def suffix(path: str) -> str:
    """What kind of file the name says it is: '.ipynb' also for what browsers call `lab.ipynb.txt` or `lab.ipynb.json`.

    >>> suffix("Lab.IPYNB"), suffix("lab.ipynb.txt"), suffix("lab.ipynb (1).json"), suffix("notes.txt")
    ('.ipynb', '.ipynb', '.ipynb', '.txt')
    """
    name = path.rpartition("/")[2].lower()
    if re.search(r"\.ipynb(\s*\(\d+\))?(\.txt|\.json)?$", name):
        return ".ipynb"
    return PurePosixPath(name).suffix
