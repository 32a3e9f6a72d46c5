"""Notebooks through nbgrader: a course folder with the exercise and a teacher's test cells, `nbgrader autograde` for each student."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.compare.environment import Environment
from benchmarks.compare.process import Ran, Verdict, last_error, run
from benchmarks.compare.tests import TESTS, Test

__all__ = ["Nbgrader", "source"]

_SCORES = """
import json, sys
from nbgrader.api import Gradebook
with Gradebook("sqlite:///gradebook.db") as book:
    print(json.dumps({one.student.id: one.score for one in book.assignment_submissions(sys.argv[1])}))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nbgrader:
    """A course of nbgrader's in `folder`.  cell_seconds: when it interrupts a cell (its ExecutePreprocessor.timeout)."""

    environment: Environment
    folder: Path
    cell_seconds: float

    def assign(self, slug: str, cells: Sequence[Mapping[str, Any]], files: Mapping[str, bytes]) -> None:
        """Make the source notebook into what is released, and its tests known to the gradebook."""
        _put(self.folder / "source" / slug, slug, cells, files)
        self._done("generate_assignment", slug)

    def submit(self, slug: str, student: str, cells: Sequence[Mapping[str, Any]], files: Mapping[str, bytes]) -> None:
        """Hand a notebook in: the released one, with this student's solution cells in place of the released ones."""
        released = json.loads((self.folder / "release" / slug / f"{slug}.ipynb").read_text(encoding="utf-8"))["cells"]
        written = {_id(cell): cell["source"] for cell in cells if cell["metadata"].get("nbgrader", {}).get("solution")}
        filled = [{**cell, "source": written.get(_id(cell), cell["source"])} for cell in released]
        _put(self.folder / "submitted" / student / slug, slug, filled, files)

    def autograde(self, slug: str, *students: str, limit: float) -> Ran:
        """Run the command, for one student or for all."""
        which = [f"--student={students[0]}"] if students else []
        timeout = f"--ExecutePreprocessor.timeout={round(self.cell_seconds)}"
        return self._run("autograde", slug, *which, timeout, limit=limit)

    def graded(self, slug: str, student: str, limit: float) -> Verdict:
        """Run the command for one student, and read what came of it."""
        ran = self.autograde(slug, student, limit=limit)
        of = float(sum(test.points for test in TESTS[slug]))
        try:
            path = self.folder / "autograded" / student / slug / f"{slug}.ipynb"
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        except OSError:
            return Verdict(points=None, of=of, told=last_error(ran.said), seconds=ran.seconds)
        return Verdict(points=self.scores(slug)[student], of=of, told=_first_error(cells), seconds=ran.seconds)

    def scores(self, slug: str) -> dict[str, float]:
        """Points of each student in its gradebook."""
        command = [self.environment.program("python"), "-c", _SCORES, slug]
        asked = subprocess.run(command, cwd=self.folder, env=self.environment.variables(), capture_output=True, text=True, check=True)
        found: dict[str, float] = json.loads(asked.stdout)
        return found

    def _done(self, *words: str) -> None:
        ran = self._run(*words, limit=300)
        if ran.code != 0:
            raise SystemExit(f"nbgrader {' '.join(words)}: {ran.said}")

    def _run(self, *words: str, limit: float) -> Ran:
        return run([self.environment.program("nbgrader"), *words], cwd=self.folder, env=self.environment.variables(), limit=limit)


def source(cells: Iterable[Mapping[str, Any]], tests: Iterable[Test]) -> list[dict[str, Any]]:
    """The exercise's cells with a locked test cell behind those that are tested."""
    found: list[dict[str, Any]] = []
    for cell in cells:
        found.append(dict(cell))
        found.extend(_test_cell(test) for test in tests if cell["cell_type"] == "code" and test.after == _id(cell))
    return found


def _test_cell(test: Test) -> dict[str, Any]:
    hidden = f"### BEGIN HIDDEN TESTS\n{test.hidden}### END HIDDEN TESTS\n" if test.hidden else ""
    about = {"grade": True, "locked": True, "solution": False, "task": False, "schema_version": 3}
    metadata = {"nbgrader": {**about, "grade_id": test.name, "points": test.points}}
    return {"cell_type": "code", "metadata": metadata, "source": test.visible + hidden, "outputs": [], "execution_count": None}


def _put(folder: Path, slug: str, cells: Sequence[Mapping[str, Any]], files: Mapping[str, bytes]) -> None:
    folder.mkdir(parents=True)
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    made = {"nbformat": 4, "nbformat_minor": 4, "metadata": kernel, "cells": cells}
    (folder / f"{slug}.ipynb").write_text(json.dumps(made), encoding="utf-8")
    for name, data in files.items():
        (folder / name).write_bytes(data)


def _id(cell: Mapping[str, Any]) -> str:
    found: str = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
    return found


def _first_error(cells: Iterable[Mapping[str, Any]]) -> str:
    """The first error that the student's page shows, and how many more cells show one."""
    found = []
    for cell in cells:
        errors = (out for out in cell.get("outputs", ()) if out["output_type"] == "error")
        found.extend(f"{error['ename']}: {error['evalue']}".strip(": ").splitlines()[0] for error in list(errors)[:1])
    return "" if not found else found[0] + (f" (and {len(found) - 1} more)" if len(found) > 1 else "")
