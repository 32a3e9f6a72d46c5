"""`grader export` as instructors call it, from a gradebook with a small class in it."""

import csv
import json
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from grader.cli.export import Format, run
from grader.gradebook import Arrival, Gradebook, Result, Version
from grader.gradebook.arriving import arrive, enrol, versions
from grader.gradebook.audit import Deed
from grader.gradebook.keeping import keep
from grader.lms.roster import read_roster
from grader.model.errors import GraderError
from grader.model.report import CheckResult, Report, Run

NOON = datetime(2026, 10, 2, 12, tzinfo=UTC)
ROOT = Path(__file__).parents[2]

CANVAS = """\
Student,ID,SIS Login ID,Section,Slope and bias (881),Final Score
    Points Possible,,,,10.00,(read only)
"Lee, Anna",1201,alee3,Lab 1,,
"Roe, Ben",1202,ben,Lab 1,9.00,90.0
"""


def process(*arguments):
    command = [sys.executable, "-m", "grader.cli", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """A gradebook with a report of Anna's, and nothing of Ben's."""
    folder = tmp_path_factory.mktemp("book")
    url = folder / "book.sqlite"
    with Gradebook.open(str(url), create=True) as book, book.writing() as session:
        enrol(session, read_roster(CANVAS.encode()))
    _graded(url)
    return url


def _graded(url):
    """One report of Anna's in the book, as a batch stores it."""
    check = CheckResult(id="data", task="practice", title="trains on the data", outcome="passed", points=7.5, max_points=10.0)
    run = Run(status="completed", isolation="L0", seconds=0.1, cells=3)
    report = Report(
        exercise="slope-and-bias", notebook="lab.ipynb", student="alee3", run=run, score=7.5, max_score=10.0, pending=0.0, checks=(check,),
        findings=(), digests={"execution": "e", "judging": "j"},
    )  # fmt: skip
    version = Version(slug="slope-and-bias", title="Slope and bias", max_score=10.0, execution="e", judging="j", declared="{}")
    with Gradebook.open(str(url)) as book, book.writing() as session:
        numbers = versions(session, [version], NOON)
        (held,) = arrive(session, [Arrival(student="alee3", exercise="slope-and-bias", name="lab.ipynb", data=b"{}")], NOON)
        deed = Deed(who="ada", what="batch", at=NOON)
        keep(session, Result(submission=held.id, report=report), numbers["slope-and-bias"], deed)


@pytest.fixture
def export(book, capfd):
    """Runs the verb; returns what it wrote to standard output and standard error."""

    def call(form, *, template=None, output="-", **options):
        given = {"exercise": None, "column": "", "scale": False, "gradebook": str(book), **options}
        run(format_=Format(form), template=template, output=str(output), **given)
        return capfd.readouterr()

    return call


def test_csv_to_standard_output(book):
    ran = process("export", "--format", "csv", "--gradebook", book)
    assert ran.returncode == 0, ran.stderr
    anna, ben = csv.DictReader(ran.stdout.splitlines())
    assert (anna["student"], anna["score"], anna["data"]) == ("alee3", "7.5", "7.5")
    assert (ben["student"], ben["status"], ben["score"]) == ("ben", "missing", "")
    assert ran.stderr == "1 grade written\n"


def test_canvas_round_trip(export, tmp_path):
    (tmp_path / "canvas.csv").write_text(CANVAS)
    export("canvas", template=tmp_path / "canvas.csv", output=tmp_path / "upload.csv")
    assert (tmp_path / "upload.csv").read_text() == CANVAS.replace("alee3,Lab 1,,", "alee3,Lab 1,7.50,")


@pytest.mark.parametrize("form", ["canvas", "moodle", "nbgrader"])
def test_each_table_without_a_template(export, form):
    rows = list(csv.reader(export(form).out.splitlines()))
    assert len({len(row) for row in rows}) == 1
    assert any("7.5" in value for row in rows for value in row)


def test_gradescope_and_junit(export, tmp_path):
    assert json.loads(export("gradescope").out)["alee3"]["slope-and-bias"]["score"] == 7.5
    export("junit", output=tmp_path / "r.xml")
    assert len(ET.parse(tmp_path / "r.xml").getroot()) == 2


def test_reports_and_feedback(export, tmp_path):
    assert export("reports", output=tmp_path / "back").err == f"2 files written to {tmp_path / 'back'}\n"
    assert "<html" in (tmp_path / "back" / "alee3" / "slope-and-bias" / "report.html").read_text()
    told = (tmp_path / "back" / "alee3" / "slope-and-bias" / "report.txt").read_text()
    assert "7.5 of 10 points" in told
    with zipfile.ZipFile(tmp_path / "submissions.zip", "w") as archive:
        archive.writestr("leeanna_1201_900_lab.ipynb", "{}")
    export("feedback", template=tmp_path / "submissions.zip", output=tmp_path / "feedback.zip")
    with zipfile.ZipFile(tmp_path / "feedback.zip") as archive:
        assert archive.namelist() == ["leeanna_1201_900_report.html", "leeanna_1201_900_report.txt"]
        assert archive.read("leeanna_1201_900_report.txt").decode() == told


@pytest.mark.parametrize(
    ("form", "options", "said"),
    [
        ("feedback", {}, "--template"), ("reports", {}, "name one with -o"), ("csv", {"template": ROOT / "README.md"}, "fills no template"),
        ("canvas", {"template": ROOT / "none"}, "no such file"), ("csv", {"exercise": "nope"}, "nope"),
        ("canvas", {"template": ROOT / "README.md"}, "not a gradebook exported from Canvas"),
        ("csv", {"output": ROOT / "none" / "grades.csv"}, "can't be written"), ("csv", {"gradebook": "none.sqlite"}, "no gradebook"),
    ],
)  # fmt: skip
def test_what_can_not_be_done_is_said(export, form, options, said):
    with pytest.raises(GraderError, match=said):
        export(form, **options)


def test_a_wrong_call_is_one_line(book):
    ran = process("export", "--format", "reports", "--gradebook", book)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == "grader: reports need a folder (name one with -o)\n"
