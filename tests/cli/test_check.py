"""`grader check`: a student's own notebook at a terminal, with nothing at hand but what came with the exercise."""

import json
import shutil
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.exercises.students import file_of, right

BROKEN = ("practice", "    w.grad.zero_()\n    b.grad.zero_()", "    pass")


def check(folder, *arguments):
    """As a student calls it: no course above the folder."""
    command = [sys.executable, "-m", "grader.cli", "check", *map(str, arguments)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=240)


@pytest.fixture
def folder(tmp_path):
    for path in (ROOT / "exercises" / "slope-and-bias").iterdir():
        shutil.copy(path, tmp_path)
    return tmp_path


def test_right_work_leaves_with_0(folder, entry):
    (folder / "mine.ipynb").write_bytes(file_of(right(entry)))
    ran = check(folder, "mine.ipynb")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("✓ All 10 checks that can be made here pass (9 of 9 points)")
    assert "1 more point judged after handing in" in ran.stdout


def test_broken_work_leaves_with_1_and_a_hint_comes_when_asked_for(folder, entry):
    (folder / "mine.ipynb").write_bytes(file_of(right(entry, [BROKEN])))
    aside = folder / "elsewhere"
    aside.mkdir()
    ran = check(aside, folder / "mine.ipynb", "--hint", "--json", "report.json")
    assert (ran.returncode, ran.stderr) == (1, "")
    assert "Old gradients are kept   cell 15, line 10" in ran.stdout
    assert "Hint: PyTorch adds each new gradient to the old one." in ran.stdout
    assert "docs.pytorch.org" not in ran.stdout
    report = json.loads((aside / "report.json").read_text())
    assert (report["findings"][0]["rule"], report["score"], report["max_score"]) == ("missing-zero-grad", 6.0, 9.0)
    assert "generalises" not in {one["id"] for one in report["checks"]}


def test_without_its_claims_it_is_one_line(folder):
    (folder / "grader.json").unlink()
    ran = check(folder, "slope-and-bias.ipynb")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == "grader: .: there is no grader.json beside the notebook (it came with the exercise: put it there)\n"


def test_claims_may_lie_elsewhere(folder):
    (folder / "aside").mkdir()
    (folder / "grader.json").rename(folder / "aside" / "grader.json")
    (folder / "torn.ipynb").write_text("{")
    ran = check(folder, "torn.ipynb", "--bundle", "aside")
    assert (ran.returncode, ran.stderr) == (1, "")
    assert ran.stdout.startswith("! The check could not be made")
    assert check(folder, "torn.ipynb", "--bundle", "nowhere").stderr.startswith("grader: nowhere: there is no grader.json")


def test_a_notebook_that_is_not_there_is_one_line(folder):
    ran = check(folder, "none.ipynb")
    assert (ran.returncode, ran.stdout, ran.stderr.count("\n")) == (2, "", 1)
