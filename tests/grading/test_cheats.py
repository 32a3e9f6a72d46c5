"""A cheat earns no point that its training did not, and leaves the next student's grade as it was.

cheats/*.py: one attack each, as a cell before the practice and, where there is one, a cell after it.
"""

import json
import tempfile
from pathlib import Path

import pytest

from grader.execution.choosing import choose
from grader.grading import Grader

CHEATS = sorted(Path(__file__).with_name("cheats").glob("*.py"))

WRONG_RATE = """LOSS2 = []
w = torch.tensor(-15.0, requires_grad=True)
b = torch.tensor(-10.0, requires_grad=True)
for iteration in range(15):
    loss = criterion(forward(X), Y)
    LOSS2.append(loss.item())
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
        b -= 0.1 * b.grad
    w.grad.zero_()
    b.grad.zero_()
"""
TYPED_IN = "LOSS2 = [450.0 * 0.4 ** k + 0.01 for k in range(15)]\nw, b = torch.tensor(1.0), torch.tensor(-1.0)\n"
PLOT = "plt.plot(LOSS, label='LOSS')\nplt.plot(LOSS2, label='LOSS2')\nplt.legend()\nplt.show()"

NEVER = {"update", "trajectory", "learned", "generalises"}
"""Checks that neither piece of work passes."""


class Kept:
    """An executor that remembers what came back from the real one."""

    def __init__(self, executor):
        self.executor, self.outcomes = executor, []

    def run(self, job):
        self.outcomes.append(self.executor.run(job))
        return self.outcomes[-1]


@pytest.fixture(scope="module")
def kept():
    executor = choose(trusted=True)
    yield Kept(executor)
    executor.close()


@pytest.fixture(scope="module")
def grader(kept):
    return Grader(kept, secret=b"s" * 32)


@pytest.fixture(scope="module")
def hand_in(entry_of_course, grader):
    """Grades the stub with this practice, and these cells before and after it."""
    stub = json.loads(entry_of_course.stub.read_bytes())

    def cell(source):
        return {"cell_type": "code", "metadata": {}, "source": source, "outputs": [], "execution_count": None}

    def grade(practice, before="", after=""):
        cells = []
        for given in stub["cells"]:
            name = given["metadata"].get("nbgrader", {}).get("grade_id")
            cells += [cell(before)] if name == "practice" else []
            cells.append({**given, "source": {"practice": practice, "plot": PLOT}.get(name, given["source"])})
            cells += [cell(after)] if name == "practice" else []
        return grader.grade(json.dumps({**stub, "cells": cells}).encode(), "cheat.ipynb", entry_of_course)

    return grade


@pytest.fixture(scope="module")
def entry_of_course(course):
    return course.load("slope-and-bias")


@pytest.fixture(scope="module")
def honest(hand_in):
    """Work -> what it earns without a cheat: a run with one mistake, and no run at all."""
    return {practice: hand_in(practice).score for practice in (WRONG_RATE, TYPED_IN)}


@pytest.fixture
def folder():
    """A folder of the host, open to all, in which no mark may appear."""
    with tempfile.TemporaryDirectory(prefix="canaries-") as name:
        Path(name).chmod(0o777)
        yield Path(name)


def test_the_same_work_without_a_cheat_earns_what_it_should(honest):
    assert 0.0 < honest[WRONG_RATE] < 8.0
    assert honest[TYPED_IN] == 0.0


@pytest.mark.parametrize("path", CHEATS, ids=lambda path: path.stem)
def test_a_cheat_earns_nothing(path, hand_in, honest, kept, folder, entry_of_course, grader):
    before, _, after = path.read_text().replace("{folder}", str(folder)).partition("# %% after\n")
    for practice, earned in honest.items():
        kept.outcomes.clear()
        report = hand_in(practice, before, after)
        assert report.score <= earned, [(check.id, check.outcome, check.points) for check in report.checks]
        assert report.run.status != "fault", report.run.detail
        assert not {check.id for check in report.checks if check.outcome == "passed"} & NEVER
        leaks = [float(value.values[0]) for outcome in kept.outcomes for value in outcome.evidence.values if value.name == "leak"]
        assert set(leaks) <= {0.0}
        assert bool(leaks) == ("leak" in before)
    assert list(folder.iterdir()) == []
    following = grader.grade(entry_of_course.reference.read_bytes(), "next.ipynb", entry_of_course)
    assert (following.score, following.pending) == (10.0, 0.0)
