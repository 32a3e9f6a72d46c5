"""Notebooks through otter-grader: an autograder zip of a teacher's tests, `otter run` (no container) for each notebook."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent
from typing import Any

from benchmarks.compare.environment import Environment
from benchmarks.compare.process import Verdict, last_error, run
from benchmarks.compare.tests import TESTS, Test

__all__ = ["Otter", "test_file"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Otter:
    """Otter-grader in `folder`."""

    environment: Environment
    folder: Path

    def assign(self, slug: str, files: Mapping[str, bytes]) -> None:
        """Make the autograder zip."""
        tests = self.folder / slug / "tests"
        tests.mkdir(parents=True)
        for test in TESTS[slug]:
            (tests / f"{_name(test)}.py").write_text(test_file(test), encoding="utf-8")
        for name, data in files.items():
            (tests.parent / name).write_bytes(data)
        command = [self.environment.program("otter"), "generate", "-t", "tests", "-o", "autograder.zip", "--no-environment", *files]
        ran = run(command, cwd=tests.parent, env=self.environment.variables(), limit=300)
        if not (tests.parent / "autograder.zip").is_file():
            raise SystemExit(f"otter generate: {ran.said}")

    def graded(self, slug: str, cells: Sequence[Mapping[str, Any]], folder: Path, limit: float) -> Verdict:
        """Run the command for one notebook, and read what came of it."""
        made = {"nbformat": 4, "nbformat_minor": 4, "metadata": _KERNEL, "cells": _checked(slug, cells)}
        (folder / f"{slug}.ipynb").write_text(json.dumps(made), encoding="utf-8")
        zipped = str(self.folder / slug / "autograder.zip")
        command = [self.environment.program("otter"), "run", "-a", zipped, "-o", ".", "--no-logo", f"{slug}.ipynb"]
        ran = run(command, cwd=folder, env=self.environment.variables(), limit=limit)
        of = float(sum(test.points for test in TESTS[slug]))
        try:
            tests = json.loads((folder / "results.json").read_text(encoding="utf-8"))["tests"]
        except OSError:
            told = last_error(ran.said) if ran.code is not None else "it has no limit of its own; stopped from outside"
            return Verdict(points=None, of=of, told=told, seconds=ran.seconds)
        failed = [one for one in tests if one.get("score", 0) < one.get("max_score", 0)]
        points = sum(one.get("score", 0) for one in tests)
        return Verdict(points=points, of=of, told=_said(failed), seconds=ran.seconds)


_KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


def test_file(test: Test) -> str:
    """One test in otter's exception-based format."""
    body = indent(test.visible + test.hidden, "    ")
    head = f'from otter.test_files import test_case\n\nOK_FORMAT = False\n\nname = "{_name(test)}"\npoints = None\n\n'
    return f"{head}@test_case(points={test.points})\ndef test({', '.join(test.needs)}):\n{body}"


def _name(test: Test) -> str:
    return test.name.replace("-", "_")


def _checked(slug: str, cells: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The student's cells, with otter's own at the top and behind each cell that is tested."""
    found = [_code(f'import otter\n\ngrader = otter.Notebook("{slug}.ipynb")')]
    for cell in cells:
        found.append(dict(cell))
        about = cell["metadata"].get("nbgrader", {})
        tests = (test for test in TESTS[slug] if cell["cell_type"] == "code" and test.after == about.get("grade_id"))
        found.extend(_code(f'grader.check("{_name(test)}")') for test in tests)
    return found


def _code(source: str) -> dict[str, Any]:
    return {"cell_type": "code", "metadata": {}, "source": source, "outputs": [], "execution_count": None}


def _said(failed: Sequence[Mapping[str, Any]]) -> str:
    """The first failed test's own error, and how many more failed."""
    if not failed:
        return ""
    lines = [line.strip() for line in str(failed[0].get("output", "")).splitlines() if line.strip()]
    first = next((line for line in reversed(lines) if "Error" in line), lines[-1] if lines else "")
    return first + (f" (and {len(failed) - 1} more)" if len(failed) > 1 else "")
