"""`grader submit` as students call it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STUB = ROOT / "exercises" / "slope-and-bias" / "slope-and-bias.ipynb"
WORK = ROOT / "reference" / "slope-and-bias" / "slope-and-bias.ipynb"


def submit(*arguments, cwd=ROOT):
    command = [sys.executable, "-m", "grader.cli", "submit", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture
def work(tmp_path):
    """Right work under a name that says nothing."""
    return Path(shutil.copy(WORK, tmp_path / "my work.ipynb"))


def refused(ran, said):
    assert ran.returncode == 1, ran.stderr
    assert ran.stdout == ""
    assert ran.stderr.startswith("grader: not handed in: ")
    assert said in ran.stderr


def test_right_work_is_stored_with_a_receipt(work, tmp_path):
    ran = submit(work, "--to", tmp_path / "in", "--student", "anna", "--json", tmp_path / "receipt.json")
    assert (ran.returncode, ran.stderr) == (0, "")
    receipt = json.loads((tmp_path / "receipt.json").read_text())
    assert (receipt["exercise"], receipt["student"], receipt["file"]) == ("slope-and-bias", "anna", "my work.ipynb")
    assert (receipt["format"], receipt["size"]) == (1, work.stat().st_size)
    assert (tmp_path / "in" / f"{receipt['sha256']}.ipynb").read_bytes() == work.read_bytes()
    assert receipt["sha256"] in ran.stdout
    again = submit(work, "--to", tmp_path / "in", "--student", "anna", "--json", "-")
    assert json.loads(again.stdout) == receipt


def test_a_student_needs_no_reference(work, tmp_path):
    shutil.copytree(ROOT / "exercises", tmp_path / "course" / "exercises")
    ran = submit(work, "--to", tmp_path / "in", "--student", "anna", cwd=tmp_path / "course")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "exercise    slope-and-bias" in ran.stdout


def test_the_wrong_exercise_is_refused(work, tmp_path):
    refused(submit(work, "--to", tmp_path / "in", "--exercise", "pytorch-way"), "this is slope-and-bias, not pytorch-way")
    assert not (tmp_path / "in").exists()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"), (b"{", "breaks off"), (b"<html>", "web page"),
        (b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}', "no code cell"),
        (
            b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"cell_type": "code", "metadata": {}, "source": "1"}]}',
            "holds no cell of slope-and-bias",
        ),
    ],
)  # fmt: skip
def test_what_is_no_work_is_refused(tmp_path, data, said):
    (tmp_path / "a\x1b[31m.ipynb").write_bytes(data)
    ran = submit(tmp_path / "a\x1b[31m.ipynb", "--to", tmp_path / "in", "--exercise", "slope-and-bias")
    refused(ran, said)
    assert "\x1b" not in ran.stderr
    assert not (tmp_path / "in").exists()


def test_the_stub_as_it_was_given_out_is_taken_with_a_question(tmp_path):
    ran = submit(STUB, "--to", tmp_path / "in", "--student", "anna")
    assert ran.returncode == 0
    assert "is this the right file?" in ran.stderr


def test_a_wrong_call_is_one_line(work, tmp_path):
    for ran in (
        submit(tmp_path / "none.ipynb", "--to", tmp_path), submit(work, "--to", tmp_path, "--exercise", "nope"),
        submit(work, "--to", work), submit(work, "--to", tmp_path, cwd="/"),
    ):  # fmt: skip
        assert ran.returncode == 2
        assert ran.stderr.startswith("grader: ")
        assert ran.stderr.count("\n") == 1
