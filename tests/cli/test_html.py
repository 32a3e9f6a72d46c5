"""`grader grade --html`: where the page goes, and what comes with it."""

import subprocess
import sys

import pytest


@pytest.fixture
def grade(tmp_path, course):
    """A function (options) -> the finished process; the notebook can't be read, so nothing is executed."""
    (tmp_path / "a.ipynb").write_bytes(b"{")

    def run(*options):
        command = [sys.executable, "-m", "grader.cli", "grade", "a.ipynb", "--course", str(course.root), *options]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    return run


def test_a_page_is_written_and_the_report_is_still_shown(grade, tmp_path):
    ran = grade("--html", "a.html", "--student", "Ada")
    assert (ran.returncode, ran.stderr) == (1, "")
    assert "unreadable-notebook" in ran.stdout
    assert "The file can&#39;t be read" in (tmp_path / "a.html").read_text(encoding="utf-8")


def test_a_page_on_standard_output_stands_alone(grade):
    ran = grade("--html", "-")
    assert ran.stdout.startswith("<!doctype html>")
    assert "<script" not in ran.stdout
    assert ran.stdout.count("</html>") == 1


def test_a_single_file_has_no_scripts_beside_it(grade, tmp_path):
    assert grade("--html", "a.html", "--single-file").returncode == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.html", "a.ipynb"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--single-file"], "--single-file without --html"),
        (["--html", "-", "--json", "-"], "two formats"),
        (["--html", "no/such/a.html", "--single-file"], "can't be written"),
    ],
)
def test_a_wrong_call_is_one_line(grade, options, said):
    ran = grade(*options)
    assert ran.returncode == 2
    assert said in ran.stderr
    assert ran.stderr.count("\n") == 1
