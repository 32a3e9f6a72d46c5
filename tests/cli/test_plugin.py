"""The pytest plugin, in runs of its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STUB = ROOT / "exercises" / "slope-and-bias" / "slope-and-bias.ipynb"


def run(*arguments, cwd=ROOT):
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:randomly", "--color=no", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=240)


@pytest.fixture(scope="module")
def ids():
    ran = run("reference", "--collect-only", "-q")
    assert ran.returncode == 0, ran.stdout
    return ran.stdout.split("\n")


def test_a_reference_is_a_test_for_each_check_the_stub_and_each_specimen(ids, course):
    for slug in course.exercises():
        entry = course.load(slug)
        wanted = [check.id for task in entry.exercise.tasks for check in task.checks] if len(entry.exercise.tasks) == 1 else []
        wanted += ["stub", *(f"specimen[{one.name}]" for one in entry.specimens)]
        assert {f"reference/{slug}::{name}" for name in wanted} <= set(ids)


def test_one_check_can_be_asked_for_by_its_id():
    ran = run("reference/slope-and-bias::learned", "--collect-only", "-q")
    assert ran.stdout.split()[0] == "reference/slope-and-bias::learned"
    assert "1 test collected" in ran.stdout


def test_a_reference_passes_its_checks():
    ran = run("reference/slope-and-bias::learned", "reference/slope-and-bias::update", "reference/slope-and-bias::stub", "-q")
    assert ran.returncode == 0, ran.stdout
    assert "3 passed" in ran.stdout


def test_a_submission_is_a_test_for_each_check_and_a_failure_is_a_sentence(entry):
    ran = run("--submission", STUB, "-q")
    assert ran.returncode == 1
    failed = [line for line in ran.stdout.splitlines() if line.startswith("slope-and-bias (slope-and-bias.ipynb), ")]
    assert len(failed) == len(entry.exercise.tasks[0].checks)
    assert "torch 2." in failed[0]
    assert "Traceback" not in ran.stdout
    assert "plugin.py" not in ran.stdout


@pytest.mark.parametrize(
    ("cells", "said"), [(None, "the file is empty"), (["print('hello')"], "can't tell which exercise this is for")]
)  # fmt: skip
def test_a_submission_that_cannot_be_told_is_one_line(tmp_path, cells, said):
    made = [{"cell_type": "code", "metadata": {}, "source": source, "outputs": []} for source in cells or []]
    (tmp_path / "a.ipynb").write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": made}) if cells else "")
    ran = run("--submission", tmp_path / "a.ipynb", "-q")
    assert ran.returncode == 2
    assert said in ran.stdout
    assert "Traceback" not in ran.stdout


def test_other_runs_are_left_alone(tmp_path):
    (tmp_path / "slope-and-bias").mkdir()
    (tmp_path / "slope-and-bias" / "exercise.py").write_text("1 / 0")
    (tmp_path / "test_one.py").write_text("import sys\n\ndef test_light():\n    assert 'grader.batch' not in sys.modules\n")
    ran = run(tmp_path, "-q", "-c", "/dev/null", cwd=tmp_path)
    assert ran.returncode == 0, ran.stdout
    assert "1 passed" in ran.stdout
