"""The same submissions of the benchmark notebook through this grader and through `nbgrader autograde`.

Every submission has a start and a name of its own.  nbgrader runs a notebook once; this grader twice, the second time on data that
the judge drew.  Both sides' seconds are those of the whole class, from the start of the command or of the warm parent to the last
grade stored; nbgrader has one kernel at a time, this grader as many as it has jobs.
"""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.compare.environment import Environment
from benchmarks.compare.nbgraded import Nbgrader, source
from benchmarks.compare.tests import Test
from benchmarks.kernels import CELLS
from grader.batch import Submission
from grader.catalog import Course

__all__ = ["Theirs", "benchmark_course", "submissions", "through_nbgrader"]

SLUG = "benchmark"
IDS = ("imports", "data", "model", "practice", "losses", "fitted", "best")
WRITTEN = ("model", "practice")
"""The cells that students fill in."""
TESTS = (
    Test(name="test-loss", points=2, after="practice", needs=("LOSS",), visible="assert len(LOSS) == 600\nassert LOSS[-1] < LOSS[0]\n"),
    Test(
        name="test-line",
        points=4,
        after="practice",
        needs=("model",),
        visible="import numpy as np\n\nassert np.allclose(model.weight.item(), 1, atol=0.1)\n",
        hidden="assert np.allclose(model.bias.item(), -1, atol=0.1)\n",
    ),
    Test(
        name="test-best",
        points=4,
        after="best",
        needs=("model", "fit"),
        visible="import numpy as np\n\nassert np.allclose(model.weight.item(), fit.coef_[0], atol=1e-3)\n",
        hidden="assert np.allclose(model.bias.item(), fit.intercept_, atol=1e-3)\n",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Theirs:
    """What nbgrader took for a class.  graded: how many got full marks, which all of them should."""

    graded: int
    wall: float
    cpu: float


def benchmark_course(root: Path) -> Course:
    """A course with the benchmark notebook alone, made in this folder."""
    folder = root / "reference" / SLUG
    folder.mkdir(parents=True)
    (folder / "exercise.py").write_text(Path(__file__).with_name("exercise.py").read_text(encoding="utf-8"), encoding="utf-8")
    (folder / f"{SLUG}.ipynb").write_bytes(_file(_cells(marked=True)))
    return Course(root=root)


def submissions(count: int) -> list[Submission]:
    """So many students' right work, each from a start of their own and under a name of their own."""
    return [Submission(student=_student(n), exercise=SLUG, name=f"{SLUG}.ipynb", data=_file(_work(n))) for n in range(count)]


def through_nbgrader(environment: Environment, folder: Path, count: int) -> Theirs:
    """The same class by one command of nbgrader's."""
    course = Nbgrader(environment=environment, folder=folder, cell_seconds=60.0)
    course.assign(SLUG, source(_cells(marked=True), TESTS), {})
    for number in range(count):
        course.submit(SLUG, _student(number), _work(number), {})
    before, began = _children(), time.monotonic()
    ran = course.autograde(SLUG, limit=60.0 * count)
    wall, cpu = time.monotonic() - began, _children() - before
    if ran.code != 0:
        raise SystemExit(f"nbgrader autograde: {ran.said}")
    most = float(sum(test.points for test in TESTS))
    scores = course.scores(SLUG)
    return Theirs(graded=sum(scores.get(_student(number)) == most for number in range(count)), wall=wall, cpu=cpu)


def _children() -> float:
    return sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])


def _student(number: int) -> str:
    return f"student-{number:03}"


def _work(number: int) -> list[dict[str, Any]]:
    """One student's cells: another seed, another name for the loop's variable."""
    cells = _cells(marked=False)
    for cell in cells:
        if cell["metadata"]["nbgrader"]["grade_id"] == "model":
            cell["source"] = f"torch.manual_seed({number})\n{cell['source']}"
        cell["source"] = cell["source"].replace("for _ in", f"for step_{number} in")
    return cells


def _cells(*, marked: bool) -> list[dict[str, Any]]:
    """The benchmark's cells with the metadata of an exercise; `marked`: what students write stands between markers."""
    found = []
    for name, text in zip(IDS, CELLS, strict=True):
        written = name in WRITTEN
        about = {"grade": False, "grade_id": name, "locked": not written, "schema_version": 3, "solution": written, "task": False}
        lines = f"### BEGIN SOLUTION\n{text}\n### END SOLUTION" if written and marked else text
        found.append({"cell_type": "code", "metadata": {"nbgrader": about}, "source": lines, "outputs": [], "execution_count": None})
    return found


def _file(cells: Sequence[Mapping[str, Any]]) -> bytes:
    return json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells}).encode()
