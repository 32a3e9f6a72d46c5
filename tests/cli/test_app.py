"""The command as people call it: a process, its exit code, and what it says where."""

import json
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from grader.execution.confinement.probing import probe_level

ROOT = Path(__file__).parents[2]
STUB = ROOT / "exercises" / "slope-and-bias" / "slope-and-bias.ipynb"


def grader(*arguments, cwd=ROOT):
    command = [sys.executable, "-m", "grader.cli", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=240)


def one_line(ran, code):
    assert ran.returncode == code, ran.stderr
    assert ran.stdout == ""
    assert ran.stderr.startswith("grader: ")
    assert ran.stderr.count("\n") == 1
    return ran.stderr


@pytest.fixture
def file(tmp_path):
    def write(name, data):
        path = tmp_path / name
        path.write_bytes(data if isinstance(data, bytes) else json.dumps(data).encode())
        return path

    return write


def notebook(*cells, **changes):
    made = [{"cell_type": "code", "metadata": {}, "source": source, "outputs": [], "execution_count": None} for source in cells]
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": made, **changes}


BROKEN = {
    "empty": b"",
    "not JSON": b"hello",
    "truncated": b'{"nbformat": 4, "cells": [',
    "nbformat 3": {"nbformat": 3, "nbformat_minor": 0, "worksheets": [], "metadata": {}},
    "nbformat 99": {"nbformat": 99, "nbformat_minor": 0, "cells": [], "metadata": {}},
    "another language": notebook("x <- 1", metadata={"kernelspec": {"name": "ir", "language": "R", "display_name": "R"}}),
    "deep nesting": b'{"nbformat": 4, "cells": ' + b"[" * 100_000,
    "a list": [],
    "no text": b"\xff\xfe\x00",
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_notebook_that_cannot_be_read_is_a_report_with_no_points(file, kind):
    ran = grader("grade", file("a.ipynb", BROKEN[kind]), "--exercise", "slope-and-bias", "--json", "-")
    assert (ran.returncode, ran.stderr) == (1, "")
    report = json.loads(ran.stdout)
    assert (report["run"]["status"], report["score"], report["pending"]) == ("unreadable", 0.0, 0.0)
    assert report["findings"][0]["rule"] == "unreadable-notebook"
    assert report["exercise"] == "slope-and-bias"


def test_it_need_not_be_said_which_exercise_an_unreadable_file_is_for(file):
    ran = grader("grade", file("a.ipynb", b"{"), "--json", "-")
    report = json.loads(ran.stdout)
    assert (ran.returncode, report["run"]["status"], report["exercise"]) == (1, "unreadable", "")


def test_paths_that_are_no_notebook_are_one_line(tmp_path):
    assert "no such notebook" in one_line(grader("grade", tmp_path / "none.ipynb"), 2)
    assert "a folder" in one_line(grader("grade", tmp_path), 2)


def test_an_exercise_that_cannot_be_told_or_is_not_there_is_one_line(file):
    strange = file("a.ipynb", notebook("print('hello')"))
    assert "slope-and-bias" in one_line(grader("grade", strange), 2)
    assert "did you mean slope-and-bias?" in one_line(grader("grade", strange, "--exercise", "slope-and-bia"), 2)


def test_no_course_is_one_line(file, tmp_path):
    assert "no course" in one_line(grader("grade", file("a.ipynb", notebook("1")), cwd=tmp_path), 2)
    assert "no such folder" in one_line(grader("show", "slope-and-bias", "--course", tmp_path / "none"), 2)


def test_debug_shows_the_traceback(tmp_path):
    ran = grader("grade", tmp_path / "none.ipynb", "--debug")
    assert ran.returncode != 0
    assert "Traceback" in ran.stderr


def test_a_report_that_cannot_be_written_is_one_line(file, tmp_path):
    ran = grader("grade", file("a.ipynb", b"{"), "--json", tmp_path / "no" / "report.json")
    assert "can't be written" in one_line(ran, 2)
    assert "standard output" in one_line(grader("grade", file("a.ipynb", b"{"), "--json", "-", "--junit", "-"), 2)


def test_formats_to_files_leave_the_report_on_the_screen(file, tmp_path):
    arguments = ["--json", tmp_path / "r.json", "--junit", tmp_path / "r.xml", "--gradescope", tmp_path / "results.json"]
    ran = grader("grade", file("a.ipynb", b"{"), "--exercise", "slope-and-bias", "--student", "anna", *arguments)
    assert ran.returncode == 1
    assert "unreadable-notebook" in ran.stdout
    assert json.loads((tmp_path / "r.json").read_text())["student"] == "anna"
    assert ET.parse(tmp_path / "r.xml").getroot().tag == "testsuites"
    assert json.loads((tmp_path / "results.json").read_text())["score"] == 0.0


def test_a_stub_is_graded_end_to_end_and_earns_nothing():
    ran = grader("grade", STUB, "--json", "-")
    assert (ran.returncode, ran.stderr) == (1, "")
    report = json.loads(ran.stdout)
    assert (report["run"]["status"], report["score"], report["findings"][0]["rule"]) == ("completed", 0.0, "not-attempted")
    assert report["run"]["isolation"] == probe_level().level


def test_an_exercise_as_canonical_json():
    ran = grader("show", "slope-and-bias")
    assert ran.returncode == 0
    shown = json.loads(ran.stdout)
    assert shown["exercise"]["slug"] == "slope-and-bias"
    assert set(shown["digests"]) == {"execution", "judging"}
    assert grader("show", "slope-and-bias").stdout == ran.stdout


def test_release_writes_the_stub_where_it_is_told(tmp_path):
    ran = grader("release", "slope-and-bias", tmp_path)
    assert ran.returncode == 0
    assert (tmp_path / "slope-and-bias" / "slope-and-bias.ipynb").read_bytes() == STUB.read_bytes()
    assert str(tmp_path) in ran.stdout


def test_release_does_not_take_an_exercise_for_a_folder(tmp_path):
    assert "the folder to write to" in one_line(grader("release", "slope-and-bias", "--course", ROOT, cwd=tmp_path), 2)


def test_the_doctor_says_the_level_why_it_is_no_higher_and_versions():
    here = probe_level()
    ran = grader("doctor")
    assert ran.returncode == 0
    assert re.search(rf"^isolation +{here.level}: ", ran.stdout, re.MULTILINE)
    assert all(reason in ran.stdout for reason in here.reasons())
    assert "torch" in ran.stdout


UNCONFINED = "from grader.execution.confinement import calls; calls.LINUX = False; from grader.cli import main; main()"


def elsewhere(*arguments):
    """The command on a machine that can confine nothing: every other system than Linux."""
    command = [sys.executable, "-c", UNCONFINED, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=240)


def test_where_nothing_confines_a_kernel_the_doctor_says_so_and_why():
    ran = elsewhere("doctor")
    assert re.search(r"^isolation +L0: .*allow-unconfined", ran.stdout, re.MULTILINE)
    assert re.search(r"^  not higher +system: ", ran.stdout, re.MULTILINE)


def test_where_nothing_confines_a_kernel_a_notebook_is_refused_in_one_line_unless_it_is_allowed():
    said = one_line(elsewhere("grade", STUB), 2)
    assert "no confined kernel" in said
    assert "--allow-unconfined" in said
    ran = elsewhere("grade", STUB, "--allow-unconfined", "--json", "-")
    assert (ran.returncode, ran.stderr) == (1, "")
    assert json.loads(ran.stdout)["run"]["isolation"] == "L0"


def test_a_file_that_cannot_be_read_is_not_refused_since_nothing_of_it_runs(file):
    ran = elsewhere("grade", file("a.ipynb", b"{"), "--exercise", "slope-and-bias", "--json", "-")
    assert json.loads(ran.stdout)["run"]["status"] == "unreadable"


VERBS = ["grade", "batch", "rescore", "overview", "attention", "override", "late", "roster", "audit", "demo", "validate", "show", "release"]


@pytest.mark.parametrize("verb", [*VERBS, "doctor"])
def test_every_verb_has_help_with_examples(verb):
    ran = grader(verb, "--help")
    assert ran.returncode == 0
    assert f"  grader {verb}" in ran.stdout.partition("Examples:")[2]


def test_the_version():
    assert grader("--version").stdout.startswith("grader 0.")
