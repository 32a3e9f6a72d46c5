"""The private folder of one kernel: working folder, home, served files, the recorder's stream; and the environment beside it."""

from __future__ import annotations

import os
import shutil
import site
import stat
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import grader
from grader.model.errors import AuthorError

__all__ = ["Folder", "environment"]

PASSED_ON = (
    "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "VIRTUAL_ENV", "CONDA_PREFIX", "SYSTEMROOT",
)  # fmt: skip
"""Variables that a kernel inherits.  Everything else (tokens, passwords, addresses) stays with the grader."""

NO_NETWORK = "no network in the grader"
STUBBED = ("pip", "pip3", "conda", "mamba", "uv", "wget", "curl")
"""Commands that would wait for a network; they say at once that there is none."""

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


@dataclass(frozen=True, slots=True)
class Folder:
    """A private folder and the places in it."""

    root: Path

    @classmethod
    def create(cls) -> Folder:
        """A new one, readable by this user alone."""
        folder = cls(Path(tempfile.mkdtemp(prefix="grader-")))
        for place in (folder.work, folder.home, folder.scratch, folder.programs, folder.kept, folder.served):
            place.mkdir()
        for name in STUBBED:
            stub = folder.programs / name
            stub.write_text(f"#!/bin/sh\necho '{NO_NETWORK}'\nexit 1\n")
            stub.chmod(0o755)
        _pass_on_fonts(folder.home / ".matplotlib")
        return folder

    @property
    def work(self) -> Path:
        """The kernel's working folder."""
        return self.root / "work"

    @property
    def home(self) -> Path:
        """HOME, with IPython's and matplotlib's folders below."""
        return self.root / "home"

    @property
    def scratch(self) -> Path:
        """TMPDIR."""
        return self.root / "tmp"

    @property
    def programs(self) -> Path:
        """First on PATH."""
        return self.root / "bin"

    @property
    def kept(self) -> Path:
        """Connection file, sockets and the recorder's stream."""
        return self.root / "kept"

    @property
    def served(self) -> Path:
        """Files that answer for URLs."""
        return self.root / "served"

    @property
    def stream(self) -> Path:
        """The recorder's file."""
        return self.kept / "evidence"

    def lay_files(self, files: Mapping[str, bytes]) -> None:
        """Write data files into the working folder.  Raises AuthorError for a name that leads out of it."""
        for name, content in files.items():
            path = PurePosixPath(name)
            if path.is_absolute() or ".." in path.parts or not path.parts:
                raise AuthorError("a data file's name must stay within the working folder", where=name, remedy="name it like data/cars.csv")
            target = self.work / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)

    def lay_served(self, served: Mapping[str, bytes]) -> Mapping[str, str]:
        """Write what answers for URLs; URL -> path."""
        paths: dict[str, str] = {}
        for number, (url, content) in enumerate(served.items()):
            target = self.served / str(number)
            target.write_bytes(content)
            paths[url] = str(target)
        return paths

    def remove(self) -> None:
        """Remove it with all that is in it, also what was made unwritable."""
        shutil.rmtree(self.root, ignore_errors=True)
        if self.root.exists():
            for place, _, _ in os.walk(self.root, onerror=None):
                Path(place).chmod(stat.S_IRWXU)
            shutil.rmtree(self.root, ignore_errors=True)


def environment(folder: Folder, marks: Mapping[str, str]) -> dict[str, str]:
    """The variables that a kernel starts with."""
    inherited = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    places = {
        "HOME": folder.home,
        "IPYTHONDIR": folder.home / ".ipython",
        "MPLCONFIGDIR": folder.home / ".matplotlib",
        "JUPYTER_CONFIG_DIR": folder.home / ".jupyter",
        "TMPDIR": folder.scratch,
    }
    settings = {
        "PATH": os.pathsep.join([str(folder.programs), str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        "PYTHONPATH": os.pathsep.join(filter(None, [_package_folder(), os.environ.get("PYTHONPATH", "")])),
        "PYTHONUSERBASE": site.getuserbase(),  # it would follow HOME
        "MPLBACKEND": "agg",
        "PIP_NO_INDEX": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "TERM": "dumb",
    }
    return inherited | {k: str(v) for k, v in places.items()} | settings | dict.fromkeys(THREADS, "1") | dict(marks)


def _pass_on_fonts(target: Path) -> None:
    """Copy matplotlib's list of this machine's fonts, where this user has one: making it can take many seconds."""
    target.mkdir()
    own = Path(os.environ.get("MPLCONFIGDIR", ""))
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "matplotlib"
    for place in (own, cache, Path.home() / ".matplotlib"):
        for fonts in place.glob("fontlist-*.json") if place.is_absolute() else ():
            shutil.copy(fonts, target)


def _package_folder() -> str:
    """The folder that holds `grader`, so that the kernel finds the recorder also where the package is not installed."""
    return str(Path(grader.__file__).resolve().parent.parent)
