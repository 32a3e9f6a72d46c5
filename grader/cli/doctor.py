"""Say what this machine can do: the isolation of kernels, versions, and what is missing."""

from __future__ import annotations

from grader.cli import writing
from grader.cli.options import Debug

__all__ = ["EXAMPLES", "run"]

EXAMPLES = """\b
Examples:
  grader doctor

Leaves with 1 where something that grading needs is missing.
"""

NEEDED = ("torch", "numpy", "nbformat", "ipykernel", "jupyter_client", "scikit-learn", "pandas", "matplotlib", "seaborn", "jupytext")
"""Distributions without which some submission can't be run or judged."""

LEVELS = {
    "L3": "own user, private files, processes and network, Landlock, seccomp, memory and process groups",
    "L2": "private files, processes and network in a user namespace, Landlock, seccomp, a watch on memory",
    "L1": "Landlock, seccomp and resource limits, no private files and processes; what is left over is swept up",
    "L0": "a plain kernel with limits on time, memory and output; `grade` refuses it unless --allow-unconfined",
}
"""Level -> what keeps a student's kernel in."""


def run(debug: Debug = False) -> None:  # noqa: ARG001 - read by main
    """Print what was found."""
    import sys

    from grader import __version__

    found = {name: _version(name) for name in NEEDED}
    lines = [("grader", __version__), ("python", f"{sys.version.split()[0]} ({sys.executable})"), *_isolation()]
    lines += [(name, version or "missing") for name, version in found.items()]
    missing = [name for name, version in found.items() if not version]
    writing.write("".join(f"{name:<16}{said}\n" for name, said in lines), "-")
    if missing:
        writing.write(f"\n{', '.join(missing)} missing: pip install 'torch-grader[instructor]'\n", "-")
    writing.leave(1 if missing else 0)


def _isolation() -> list[tuple[str, str]]:
    """The level that kernels get here, and a line for each reason why it is no higher one."""
    from grader.execution.confinement.probing import probe_level

    here = probe_level()
    return [("isolation", f"{here.level}: {LEVELS[here.level]}"), *(("  not higher", why) for why in here.reasons())]


def _version(name: str) -> str:
    from importlib import metadata

    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""
