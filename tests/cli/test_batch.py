"""A class from the terminal: graded, looked at, corrected by hand, scored again; and what is wrong said in one line."""

import dataclasses
import json
import os
import pty
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from grader.cli.app import main
from grader.gradebook import Arrival, Gradebook, Packed, Result, Version
from grader.gradebook.arriving import arrive, versions
from grader.gradebook.audit import Deed, history
from grader.gradebook.book import now
from grader.gradebook.counting import grades
from grader.gradebook.keeping import keep

ROOT = Path(__file__).parents[2]
SPECIMENS = ROOT / "reference" / "slope-and-bias" / "specimens"
RIGHT, WRONG = SPECIMENS / "right.ipynb", SPECIMENS / "rate-of-the-lecture.ipynb"
LOST = tomllib.loads(WRONG.with_suffix(".toml").read_text())["score"]


def command(*arguments):
    return [sys.executable, "-m", "grader.cli", *map(str, arguments)]


def variables():
    return {**os.environ, "GRADER_COURSE": str(ROOT), "PYTHONPATH": str(ROOT), "TERM": "xterm"}


def grader(*arguments, cwd=ROOT):
    """The command as a process, its standard error no terminal."""
    return subprocess.run(command(*arguments), cwd=cwd, capture_output=True, text=True, check=False, timeout=280, env=variables())


@pytest.fixture
def verb(capsys, monkeypatch):
    """The command in this process: exit code, standard output and standard error."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["grader", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            main()
        out, err = capsys.readouterr()
        return left.value.code, out, err

    return run


def one_line(ran):
    code, out, err = ran
    assert (code, out) == (2, "")
    assert err.startswith("grader: ")
    assert err.count("\n") == 1
    return err


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A folder with a class that the command has graded; what it said; and what it showed on a terminal meanwhile."""
    folder = tmp_path_factory.mktemp("course")
    for student, source in (("anna", RIGHT), ("ben", WRONG)):
        (folder / "class" / student).mkdir(parents=True)
        (folder / "class" / student / "lab.ipynb").write_bytes(source.read_bytes())
    (folder / "class" / "carl").mkdir()
    (folder / "class" / "carl" / "lab.ipynb").write_bytes(b"{")
    (folder / "roster.csv").write_text("id,name\nanna,Anna Lee\nben,Ben Roe\ncarl,Carl Poe\ndora,Dora Doe\n")
    here, there = pty.openpty()
    asked = command("batch", "class", "--exercise", "slope-and-bias", "--roster", "roster.csv", "--reports", "reports")
    with subprocess.Popen(asked, cwd=folder, stdout=subprocess.PIPE, stderr=there, env=variables()) as process:
        os.close(there)
        shown = b""
        try:
            while part := os.read(here, 4096):
                shown += part
        except OSError:  # the terminal's other end is closed
            pass
        said = process.stdout.read().decode()
    os.close(here)
    assert process.returncode == 0, shown
    return folder, said, shown


def test_a_class_is_graded_by_one_command(course):
    folder, told, _ = course
    for said in ("class: folders", "3 submissions of 3 students", "slope-and-bias: 3 to run", "gradebook.sqlite", "3 graded",
                 "1 handed in nothing", f"median {LOST:g} of 10", "1 of 3  wrong-learning-rate", "1 thing waits for a person"):  # fmt: skip
        assert said in told
    assert json.loads((folder / "reports" / "ben.slope-and-bias.json").read_text())["score"] == LOST
    assert (folder / "reports" / "grades.csv").read_text().count("\n") == 4
    page = (folder / "reports" / "ben.slope-and-bias.html").read_text()
    assert "<figure" in page
    assert "The steps have another size" in page
    assert "<figure" not in (folder / "reports" / "carl.slope-and-bias.html").read_text()
    assert 'href="ben.slope-and-bias.html"' in (folder / "reports" / "index.html").read_text()
    with Gradebook.open(str(folder / "gradebook.sqlite")) as book, book.reading() as session:
        assert [(one.student.name, one.final) for one in grades(session)] == [
            ("Anna Lee", 10.0), ("Ben Roe", LOST), ("Carl Poe", 0.0), ("Dora Doe", None),
        ]  # fmt: skip


def test_progress_is_for_terminals_alone(course):
    _, told, shown = course
    assert b"Grading 3 submissions" in shown
    assert "Grading" not in told


def test_the_same_command_again_has_nothing_to_do(course):
    folder, *_ = course
    ran = grader("batch", "class", "--exercise", "slope-and-bias", cwd=folder)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "slope-and-bias: 3 graded already" in ran.stdout
    assert "0 graded, 0 judged again from stored runs, 3 kept as they were" in ran.stdout


def test_pages_of_what_was_graded_before_are_written_where_they_lack(course):
    folder, *_ = course
    (folder / "reports" / "ben.slope-and-bias.html").unlink()
    (folder / "reports" / "ben.slope-and-bias.html").mkdir()
    kept = (folder / "reports" / "anna.slope-and-bias.html").stat()
    asked = ("batch", "class", "--exercise", "slope-and-bias", "--reports", "reports")
    ran = grader(*asked, cwd=folder)
    assert ran.returncode == 2
    assert "1 files can't be written, the first of them reports/ben.slope-and-bias.html" in ran.stderr
    (folder / "reports" / "ben.slope-and-bias.html").rmdir()
    ran = grader(*asked, cwd=folder)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "3 reports (JSON, HTML), index.html and grades.csv are in" in ran.stdout
    assert "<figure" in (folder / "reports" / "ben.slope-and-bias.html").read_text()
    assert (folder / "reports" / "anna.slope-and-bias.html").stat().st_mtime_ns == kept.st_mtime_ns


def test_what_is_handed_back_has_its_pictures(course):
    folder, *_ = course
    ran = grader("export", "--format", "reports", "-o", "back", cwd=folder)
    assert ran.returncode == 0, ran.stderr
    page = (folder / "back" / "ben" / "slope-and-bias" / "report.html").read_text()
    assert "<figure" in page
    assert "<script" not in page
    assert not (folder / "back" / "dora").exists()


def test_the_plan_alone_changes_no_grade(course):
    folder, *_ = course
    (folder / "later" / "dora").mkdir(parents=True)
    (folder / "later" / "dora" / "lab.ipynb").write_bytes(RIGHT.read_bytes() + b"\n")
    ran = grader("batch", "later", "--exercise", "slope-and-bias", "--plan", cwd=folder)
    assert "slope-and-bias: 1 to run" in ran.stdout
    with Gradebook.open(str(folder / "gradebook.sqlite")) as book, book.reading() as session:
        assert {row.student for row in history(session)} == {"anna", "ben", "carl"}


def test_scores_again_from_what_is_stored(course):
    folder, *_ = course
    ran = grader("rescore", cwd=folder)
    assert (ran.returncode, ran.stdout) == (0, "3 judged again: 3 as before\n")


# ---- by hand, in a book that is made here ----------------------------------------------------------------------------


@pytest.fixture
def small(tmp_path, report, verb):
    """The verbs on a gradebook with anna's one point of four, two of them pending."""
    where = tmp_path / "book.sqlite"
    version = Version(slug="slope-and-bias", title="Slope and bias", max_score=4.0, execution="e", judging="j", declared="{}")
    with Gradebook.open(str(where), create=True) as book, book.writing() as session:
        number = versions(session, [version], now())["slope-and-bias"]
        arrival = Arrival(student="anna", exercise="slope-and-bias", name="a.ipynb", data=b"{}", handed_in=now())
        (held,) = arrive(session, [arrival], now())
        result = Result(submission=held.id, report=dataclasses.replace(report, pending=2.0), runs=(Packed(data=b"x"),))
        keep(session, result, number, Deed(who="a", what="batch", at=now()))
    return lambda *arguments: verb(*arguments, "--gradebook", where)


def said(ran):
    code, out, err = ran
    assert (code, err) == (0, "")
    return out


def test_a_person_scores_what_waits(small):
    assert "pending: anna  slope-and-bias  a.ipynb" in said(small("attention"))
    told = said(small("override", "anna", "slope-and-bias", "--score", "3", "--comment", "fine", "--by", "bo", "--why", "looked"))
    assert told == "anna  slope-and-bias: waiting, 2 points pending -> 3 of 4 (a person's; automatic none)\n"
    assert said(small("attention")) == "nothing waits for a person\n"
    assert "bo  override  anna  slope-and-bias: status waiting -> graded" in said(small("audit", "anna"))
    assert "(looked)" in said(small("audit"))
    assert said(small("override", "anna", "slope-and-bias", "--take-back")).endswith("-> waiting, 2 points pending\n")
    assert said(small("override", "anna", "slope-and-bias", "--excused")).endswith("-> excused\n")


def test_the_class_in_numbers(small):
    assert said(small("overview")).startswith("slope-and-bias: 1 wait for a person\n")
    assert "update" in said(small("overview", "--exercise", "slope-and-bias"))


def test_lateness(small):
    assert said(small("late")) == "slope-and-bias: nothing is late\n"
    said(small("override", "anna", "slope-and-bias", "--score", "3"))
    ruled = said(small("late", "slope-and-bias", "--due", "2026-01-01T12:00Z", "--grace", "1h", "--per-day", "5%", "--most", "50%"))
    assert ruled == (
        "slope-and-bias: due 2026-01-01 12:00 UTC; after 60 min each begun day takes 5 % of the points, 50 % at most; 1 grade changed\n"
    )
    assert "3 less 2 for lateness" in said(small("late", "slope-and-bias", "--student", "anna", "--withdraw"))
    waived = said(small("late", "slope-and-bias", "--student", "anna", "--waive", "--why", "was ill"))
    assert waived.endswith("1 of 4 (3 less 2 for lateness; a person's; automatic none) -> 3 of 4 (a person's; automatic none)\n")
    assert "anna  slope-and-bias: lateness is waived (was ill)" in said(small("late"))


def test_the_roster_in_and_out(small, tmp_path):
    (tmp_path / "class.csv").write_text("id,name,email\nben,Ben Roe,ben@x\nanna,Anna Lee,\n")
    assert "1 new, 1 changed; 2 students are on the roster" in said(small("roster", tmp_path / "class.csv"))
    out = said(small("roster"))
    assert out.splitlines()[:2] == ["id,name,sortable,email,section", "anna,Anna Lee,,,"]
    (tmp_path / "out.csv").write_text(out)
    assert "0 new, 0 changed" in said(small("roster", tmp_path / "out.csv", "--whole"))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["override", "anna", "slope-and-bias"], "nothing to say"),
        (["override", "anna", "slope-and-bias", "--score", "3", "--take-back"], "nothing to say"),
        (["override", "anna", "slope-and-bias", "--score", "99"], "can't be given"),
        (["override", "zoe", "slope-and-bias", "--score", "1"], "no student is called 'zoe'"),
        (["override", "anna", "slope", "--score", "1"], "there are slope-and-bias"),
        (["override", "anna", "slope-and-bias", "--take-back"], "nothing was said"),
        (["late", "slope-and-bias", "--due", "tomorrow"], "no moment"),
        (["late", "slope-and-bias", "--per-day", "200%"], "no share"),
        (["late", "slope-and-bias", "--grace", "long"], "no length of time"),
        (["late", "slope-and-bias", "--until", "2026-01-01"], "does not fit"),
        (["late", "--due", "2026-01-01"], "does not fit"),
        (["late", "slope-and-bias", "--student", "anna", "--waive", "--withdraw"], "exclude"),
        (["attention", "--settle", "123456"], "no file set aside"),
        (["overview", "--exercise", "nope"], "no exercise 'nope'"),
    ],
)
def test_what_cannot_be_is_one_line(small, arguments, told):
    assert told in one_line(small(*arguments))


def test_a_gradebook_that_is_not_there_is_one_line_and_none_is_made(verb, tmp_path):
    where = tmp_path / "none.sqlite"
    for asked in (["attention"], ["overview"], ["rescore"], ["audit"], ["late"], ["override", "a", "b", "--seen"], ["roster"]):
        assert "no gradebook" in one_line(verb(*asked, "--gradebook", where))
    assert list(tmp_path.iterdir()) == []


def test_a_batch_of_nothing_is_one_line(verb, tmp_path):
    where = tmp_path / "b.sqlite"
    assert "none" in one_line(verb("batch", tmp_path / "none", "--exercise", "slope-and-bias", "--gradebook", where))
    assert "no layout" in one_line(verb("batch", tmp_path, "--layout", "paper", "--gradebook", where))
