"""The sheet, nbgrader's, Gradescope's, JUnit, and reports to hand back."""

import csv as reader
import dataclasses
import io
import json
import zipfile
from xml.etree import ElementTree as ET

import pytest

from grader import reports
from grader.lms import collect
from grader.lms.outgoing import (
    as_text,
    csv,
    feedback_zip,
    folders,
    junit_of_class,
    nbgrader_csv,
    results_of_class,
)
from grader.model.errors import UsageError
from tests.lms.classes import notebook, zipped

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def test_the_sheet(grades):
    done = csv(grades)
    rows = list(reader.DictReader(io.StringIO(done.data.decode())))
    assert {"student", "exercise", "score", "max_score", "data", "update", "learned"} <= set(rows[0])
    assert [row["score"] for row in rows] == ["1", "3.5", "3.25", "", "", "", "2"]
    assert (rows[1]["earned"], rows[1]["late"]) == ("4", "0.5")
    assert (rows[0]["cause"], rows[0]["data"], rows[0]["handed_in"]) == ("wrong-learning-rate", "1", "2026-10-02T12:00:00+00:00")
    assert rows[3]["note"] == "2 points of slope-and-bias wait for a person; withheld"
    assert rows[3]["pending"] == "2"
    assert (done.written, list(done.notes)) == (4, ["dan: 2 points of slope-and-bias wait for a person; withheld"])
    assert not any(value.startswith(FORMULA) for row in rows for value in row.values())
    assert (rows[6]["student"], rows[6]["section"], rows[6]["comment"]) == ("'=1+1", "'+7", "'=HYPERLINK(1)")


def test_nbgraders_sheet_quotes_nothing(grades):
    done = nbgrader_csv(grades)
    lines = done.data.decode().splitlines()
    assert lines[0] == (
        "assignment,duedate,timestamp,student_id,last_name,first_name,email,raw_score,late_submission_penalty,score,max_score"
    )  # fmt: skip
    assert lines[1] == "slope-and-bias,,2026-10-02 12:00:00,alee3,Lee,Anna,anna@example.edu,1.0,0.0,1.0,4.0"
    assert lines[2].endswith("hans,Müller,Hans,hans@example.edu,4.0,0.5,3.5,4.0")
    assert lines[4].endswith("dan,Poe,Dan,,,,,4.0")
    assert lines[5].endswith("eva,Ito,Eva,,0.0,0.0,0.0,4.0")
    assert '"' not in done.data.decode()
    assert {line.count(",") for line in lines} == {10}
    assert len(done.notes) == 2


def test_gradescope_tells_what_counts_and_hides_what_waits(grades):
    told = {at: reports.gradescope(grade.report) for at, grade in enumerate(grades) if grade.report is not None}
    found = json.loads(results_of_class(grades, told).data)
    hans = found["hans"]["slope-and-bias"]
    assert (hans["score"], hans["visibility"], len(hans["tests"])) == (3.5, "visible", 3)
    assert hans["output"].startswith("3.5 of 4 points (4 for the work")
    dan = found["dan"]["slope-and-bias"]
    assert dan["visibility"] == "hidden"
    assert "score" not in dan
    assert "wait for a person" in dan["output"]
    assert found["cem"]["slope-and-bias"]["score"] == 3.25
    assert "Well seen" in found["cem"]["slope-and-bias"]["output"]
    assert found["eva"]["slope-and-bias"]["output"] == "nothing was handed in"
    alone = json.loads(results_of_class(grades[:1], {0: told[0]}).data)
    assert (alone["score"], alone["tests"][0]["max_score"]) == (1.0, 1.0)


def test_junit(grades):
    done = junit_of_class(grades, reports.junit([grade.report for grade in grades if grade.report is not None]))
    root = ET.fromstring(done.data)
    facts = [{one.get("name"): one.get("value") for one in suite.find("properties")} for suite in root.findall("testsuite")]
    assert [one["student"] for one in facts] == ["alee3", "hans", "cem", "dan", "eva", "fay", "=1+1"]
    assert [one.get("final") for one in facts] == ["1", "3.5", "3.25", None, None, None, "2"]
    assert "withheld" in facts[3]
    assert facts[1]["late_deduction"] == "0.5"
    suites = root.findall("testsuite")
    assert suites[4].find("testcase/skipped").get("message") == "nothing was handed in"
    for key in ("tests", "failures", "errors", "skipped"):
        assert root.get(key) == str(sum(int(suite.get(key)) for suite in suites))
    assert root.get("tests") == str(len(root.findall("testsuite/testcase")))


def test_feedback_as_text(grades):
    assert as_text(grades[0]).startswith("Slope and bias\n1 of 4 points\n\nwrong-learning-rate (cell 41, line 4)\n")
    assert "· learned 0/1  the final weight and bias are right\n" in as_text(grades[0])
    assert as_text(grades[3]) == "Slope and bias\na person will look at this before it is graded\n"
    assert as_text(grades[2]) == "Slope and bias\n3.25 of 4 points\n\nWell seen, but = is no proof\n"


def files_of(grades):
    return {at: {"report.txt": as_text(grade).encode()} for at, grade in enumerate(grades) if grade.status in {"graded", "excused"}}


def test_a_folder_for_each_student(grades):
    found = folders(grades, files_of(grades))
    assert list(found)[:2] == ["alee3/slope-and-bias/report.txt", "hans/slope-and-bias/report.txt"]
    assert len(found) == 5
    assert not any(name.startswith("=") for name in found)


# ---- feedback under the platforms' own names -------------------------------------------------------------------------

CANVAS = {
    "leeanna_1201_900_lab.ipynb": notebook(), "leeanna_1201_950_lab-1.ipynb": notebook("2"),
    "müllerhans_LATE_1202_901_lab.ipynb": notebook("3"), "poedan_1204_902_lab.ipynb": notebook("4"), "x_77_5_lab.ipynb": notebook("5"),
}  # fmt: skip
MOODLE = {
    "class/Anna Lee_1327627_assignsubmission_file_/lab.ipynb": notebook(),
    "class/Hans Müller_1327628_assignsubmission_file_/a/lab.ipynb": notebook("2"),
    "class/Hans Müller_1327628_assignsubmission_onlinetext_/onlinetext.html": "x",
}  # fmt: skip


def names(done):
    with zipfile.ZipFile(io.BytesIO(done.data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode().splitlines()[1] for name in archive.namelist()}


def test_feedback_for_canvas_is_called_as_canvas_called_the_files(grades, tmp_path):
    done = feedback_zip(zipped(CANVAS), grades, files_of(grades))
    assert list(names(done)) == ["leeanna_1201_950_report.txt", "müllerhans_LATE_1202_901_report.txt"]
    assert done.written == 2
    assert "dan: 2 points of slope-and-bias wait for a person; withheld" in done.notes
    (tmp_path / "feedback.zip").write_bytes(done.data)
    back = collect([tmp_path / "feedback.zip"])  # what Canvas would read from the names
    assert [(one.student, one.reason) for one in back.aside] == [("canvas-1201", "wrong-type"), ("canvas-1202", "wrong-type")]


def test_feedback_for_moodle_lies_in_the_participants_folders(grades):
    found = names(feedback_zip(zipped(MOODLE), grades, files_of(grades)))
    assert found == {
        "Anna Lee_1327627_assignsubmission_file/report.txt": "1 of 4 points",
        "Hans Müller_1327628_assignsubmission_file/report.txt": "3.5 of 4 points (4 for the work, 0.5 taken off because it was late)",
    }  # fmt: skip


def test_feedback_is_the_same_bytes_each_time(grades):
    assert feedback_zip(zipped(CANVAS), grades, files_of(grades)) == feedback_zip(zipped(CANVAS), grades, files_of(grades))


@pytest.mark.parametrize("data", [b"", b"hello", zipped({"anna/lab.ipynb": notebook()})])
def test_what_is_no_platforms_zip_is_one_line(grades, data):
    with pytest.raises(UsageError):
        feedback_zip(data, grades, files_of(grades))


def test_an_override_of_nothing_handed_in_is_graded(grades):
    grade = dataclasses.replace(grades[2], report=None, notebook="")
    assert as_text(grade).splitlines()[1] == "3.25 of 4 points"
