"""Running a notebook of ours, cell by cell, in this very process (references and stubs are trusted), or grading it as any other."""

import contextlib
import io
import warnings
from pathlib import Path

import pytest

from grader.catalog import Course
from grader.execution.choosing import choose
from grader.grading import Grader
from grader.notebooks import is_check, parse

SLUGS = (
    "cars-from-scratch",
    "error-surface",
    "hello-pytorch",
    "learning-rate-and-epochs",
    "missing-backward",
    "model-class",
    "pytorch-way",
    "reshape-bug",
    "slope-and-bias",
    "two-layer",
)


@pytest.fixture(scope="session")
def course():
    return Course(root=Path(__file__).parents[2])


@pytest.fixture(scope="session", params=SLUGS)
def entry(request, course):
    """Each exercise in turn, loaded."""
    return course.load(request.param)


@pytest.fixture
def plainly(monkeypatch, tmp_path):
    """A function (entry, notebook's bytes) -> iterator over (grade_id, the notebook's names) after each code cell."""
    monkeypatch.setenv("MPLBACKEND", "agg")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")  # nothing listens there, so a URL fails at once: the file beside is read
    monkeypatch.chdir(tmp_path)

    def run(entry, notebook):
        import matplotlib.pyplot as plt
        import torch

        plt.switch_backend("agg")
        for name, data in entry.files.items():
            (tmp_path / name).write_bytes(data)
        torch.manual_seed(0)  # where a notebook sets no seed, each run of this test sees the same numbers all the same
        names = {"__name__": "__main__"}
        for cell in parse(notebook, entry.slug).cells:
            if cell.kind != "code" or is_check(cell.source):
                continue
            grade_id = cell.metadata["nbgrader"]["grade_id"]
            with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
                warnings.filterwarnings("ignore", message="FigureCanvasAgg is non-interactive")
                exec(compile(cell.source, f"{entry.slug}/{grade_id}", "exec"), names)
            yield grade_id, names
        plt.close("all")

    return run


class Keeping:
    """An executor that keeps what its last runs left: as handed in, then the judge's own."""

    def __init__(self, executor):
        self.executor, self.outcomes = executor, []

    def run(self, job):
        self.outcomes.append(self.executor.run(job))
        return self.outcomes[-1]

    def close(self):
        self.executor.close()


@pytest.fixture(scope="session")
def keeping():
    executor = Keeping(choose(trusted=True))
    yield executor
    executor.close()


@pytest.fixture
def graded(keeping, course):
    """A function (slug, notebook's bytes) -> report, and evidence of the run as handed in."""
    grader = Grader(keeping, secret=b"hand-written expectations")

    def grade(slug, notebook):
        keeping.outcomes.clear()
        report = grader.grade(notebook, "handed-in.ipynb", course.load(slug))
        return report, keeping.outcomes[0].evidence

    return grade
