"""A virtual environment of the peers' own, so that neither theirs nor ours bends the other's dependencies."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.compare.process import say

__all__ = ["Environment", "existing", "made"]

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".compare-venv"
CONSTRAINTS = Path(__file__).with_name("constraints.txt")
SHARED = ("torch", "numpy", "scikit-learn", "matplotlib", "pandas", "ipykernel")
_FIRST = "import matplotlib.pyplot, pandas, torch; from sklearn.linear_model import LinearRegression"
"""What a process does for the first time more slowly than ever after."""
PEERS = ("nbgrader", "otter-grader")


@dataclass(frozen=True, slots=True)
class Environment:
    """An environment that is there.  missing: peer -> why pip could not install it."""

    folder: Path
    missing: dict[str, str]

    def program(self, name: str) -> str:
        """The path of one of its programs."""
        return str(self.folder / "bin" / name)

    def version(self, package: str) -> str:
        """Which version is installed."""
        asked = f"from importlib.metadata import version; print(version({package!r}))"
        return subprocess.run([self.program("python"), "-c", asked], capture_output=True, text=True, check=True).stdout.strip()

    def variables(self) -> dict[str, str]:
        """What its programs run with: their own kernels and settings, one thread as ours have, nothing of the caller's home.

        Their home stays from run to run, so that what is cached there (matplotlib's list of fonts) is not part of any figure.
        """
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "PYTHON", "IPYTHON"))}
        path = f"{self.folder / 'bin'}{os.pathsep}{kept.get('PATH', '')}"
        return {**kept, "PATH": path, "HOME": str(self.folder / "home"), "OMP_NUM_THREADS": "1", "MPLBACKEND": "Agg"}


def existing() -> Environment | None:
    """The environment, if `make compare` has made it from the constraints as they are."""
    stamp = FOLDER / ".installed"
    if not stamp.is_file() or (lines := stamp.read_text(encoding="utf-8").splitlines())[0] != _digest():
        return None
    return Environment(FOLDER, dict(line.split("\t", 1) for line in lines[1:]))


def made() -> Environment:
    """The environment, installed first where it is not there.  A peer that pip can't install is left out, and said."""
    if (found := existing()) is not None:
        return found
    say(f"installing {', '.join(PEERS)} and torch into {FOLDER.name} (a few minutes, once)")
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(FOLDER)], check=True)
    if error := _installed(SHARED):
        raise SystemExit(f"pip could not install {', '.join(SHARED)}: {error}")
    missing = {peer: error for peer in PEERS if (error := _installed((peer,)))}
    for peer, error in missing.items():
        say(f"left out: pip could not install {peer}: {error}")
    found = Environment(FOLDER, missing)
    (FOLDER / "home").mkdir()
    subprocess.run([found.program("python"), "-c", _FIRST], env=found.variables(), check=True)
    lines = [_digest(), *(f"{peer}\t{error}" for peer, error in missing.items())]
    (FOLDER / ".installed").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return found


def _installed(packages: tuple[str, ...]) -> str:
    """Install; an empty string, or pip's last word on why not."""
    command = [str(FOLDER / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    ran = subprocess.run([*command, "-c", str(CONSTRAINTS), *packages], capture_output=True, text=True, check=False)
    return "" if ran.returncode == 0 else (ran.stderr.strip().splitlines() or [f"exit code {ran.returncode}"])[-1]


def _digest() -> str:
    return hashlib.sha256(CONSTRAINTS.read_bytes()).hexdigest()
