"""What each platform hands over, read as its own code writes it."""

import json
from datetime import UTC, datetime

import pytest

from grader.lms import collect
from grader.model.errors import UsageError
from grader.model.grade import Student
from tests.lms.classes import folder, notebook, zipped


@pytest.fixture
def give(tmp_path):
    """Collects a zip of the files, called submissions.zip."""

    def collected(files, *roster, **options):
        path = tmp_path / options.pop("name", "submissions.zip")
        path.write_bytes(files if isinstance(files, bytes) else zipped(files))
        return collect([path], roster or None, **options)

    return collected


def told(collection):
    return [(one.student, one.name, one.file, one.late) for one in collection.handed_in]


def aside(collection):
    return {one.source.rpartition("/")[2]: (one.student, one.reason) for one in collection.aside}


# ---- Canvas ----------------------------------------------------------------------------------------------------------

CANVAS = {
    "leeanna_1201_90001_slope-and-bias.ipynb": notebook("anna"),
    "müllerhans_LATE_1202_90002_Lab 1.ipynb": notebook("hans"),
    "smithjr_2_LATE_1203_90003_01_lab.ipynb": notebook("smith"),
    "roecem_1204_90004_work.zip": zipped({"work/lab.ipynb": notebook("cem"), "work/notes.txt": "x"}),
    "poedan_1205_text.html": "<p>I forgot</p>",
    "anon_Ab3dE_90006_lab.ipynb": notebook("anon"),
    "LATE_anon_Xy9_90007_lab.ipynb": notebook("anon late"),
}


def test_canvas(give):
    found = give(CANVAS)
    assert found.sources[0].layout == "canvas"
    assert "<name>_<user>_<attachment>_<file>" in found.sources[0].why
    assert told(found) == [
        ("canvas-1201", "leeanna", "slope-and-bias.ipynb", False), ("canvas-1202", "müllerhans", "Lab 1.ipynb", True),
        ("canvas-1203", "smithjr_2", "01_lab.ipynb", True), ("canvas-1204", "roecem", "lab.ipynb", False),
        ("canvas-Ab3dE", "anonymous Ab3dE", "lab.ipynb", False), ("canvas-Xy9", "anonymous Xy9", "lab.ipynb", True),
    ]  # fmt: skip
    assert aside(found) == {"poedan_1205_text.html": ("canvas-1205", "wrong-type"), "notes.txt": ("canvas-1204", "wrong-type")}
    assert [one.id for one in found.missing] == ["canvas-1205"]
    assert (found.handed_in[0].system, found.handed_in[0].lms_id) == ("canvas", "1201")


def test_canvas_with_its_gradebook_as_roster(give):
    roster = [
        Student(id="alee3", name="Anna Lee", ids={"canvas": "1201"}), Student(id="h", name="Hans Müller", sortable="Müller, Hans"),
        Student(id="nobody", name="Nobody Yet", ids={"canvas": "7"}),
    ]  # fmt: skip
    found = give(CANVAS, *roster)
    assert [one.student for one in found.handed_in] == ["alee3", "h"]
    assert [one.id for one in found.missing] == ["nobody"]
    assert {one.reason for one in found.aside} == {"not-on-roster", "wrong-type"}
    stranger = next(one for one in found.aside if "smithjr" in one.source)
    assert (stranger.name, stranger.data) == ("smithjr_2", notebook("smith"))


def test_strangers_are_graded_where_that_is_asked_for(give):
    found = give(CANVAS, Student(id="canvas-1202", name="somebody else"), strangers=True)
    keys = [one.student for one in found.handed_in]
    assert "canvas-1201" in keys
    assert len(set(keys)) == 6
    assert "canvas-1202" not in keys  # that key is taken by another student


def test_canvas_several_uploads_the_newest_counts(give):
    found = give({
        "leeanna_1201_900_lab.ipynb": notebook("old"), "leeanna_1201_1000_lab-1.ipynb": notebook("new"),
        "leeanna_1201_950_lab-2.ipynb": notebook("between"),
    })  # fmt: skip
    (anna,) = found.handed_in
    assert (anna.data, anna.attempt) == (notebook("new"), 3)
    assert [(one.reason, one.data) for one in found.aside] == [("older-attempt", notebook("old")), ("older-attempt", notebook("between"))]
    assert "newest" in found.aside[0].rule


def test_canvas_nobody_hands_in_for_another_by_calling_herself_a_number(give):
    found = give({"roecem_999_500_lab.ipynb": notebook("cem"), "x_999_123_501_lab.ipynb": notebook("forged")})
    assert [(one.student, one.data) for one in found.handed_in] == [("canvas-123", notebook("forged")), ("canvas-999", notebook("cem"))]


def test_canvas_where_nothing_tells_whose_number_it_is_a_person_decides(give):
    both = {"roecem_999_500_1_lab.ipynb": notebook("cem"), "x_999_123_501_lab.ipynb": notebook("forged")}
    found = give({**both, "a_7_8_b.ipynb": notebook()})
    assert [one.student for one in found.handed_in] == ["canvas-7"]
    assert {one.reason for one in found.aside} == {"no-student"}


def test_canvas_two_students_of_one_name_are_two(give):
    found = give({"leeanna_1_10_lab.ipynb": notebook("a"), "leeanna_2_11_lab.ipynb": notebook("b")})
    assert [one.student for one in found.handed_in] == ["canvas-1", "canvas-2"]
    assert "kept apart" in found.notes[0]
    merged = give({"leeanna_1_10_lab.ipynb": notebook("a"), "leeanna_2_11_lab.ipynb": notebook("b")}, Student(id="anna", name="Anna Lee"))
    assert merged.handed_in == ()
    assert [one.reason for one in merged.aside] == ["same-name", "same-name"]


# ---- Moodle ----------------------------------------------------------------------------------------------------------


def test_moodle(give):
    found = give({
        "Anna Lee_1327627_assignsubmission_file_/slope-and-bias.ipynb": notebook("anna"),
        "Anna Lee_1327627_assignsubmission_onlinetext_/onlinetext.html": "<p>hello</p>",
        "Hans Müller_1327628_assignsubmission_file/sub/lab.ipynb": notebook("hans"),
        "jdoe John Doe_1327629_assignsubmission_file_lab.ipynb": notebook("john"),
        "Participant_77_assignsubmission_file_/lab.ipynb": notebook("blind"),
        "Default group_assignsubmission_file_/lab.ipynb": notebook("team"),
    })  # fmt: skip
    assert found.sources[0].layout == "moodle"
    assert told(found) == [
        ("moodle-1327627", "Anna Lee", "slope-and-bias.ipynb", None), ("moodle-1327628", "Hans Müller", "lab.ipynb", None),
        ("moodle-1327629", "jdoe John Doe", "lab.ipynb", None), ("moodle-77", "Participant", "lab.ipynb", None),
        ("moodle-Default group", "Default group", "lab.ipynb", None),
    ]  # fmt: skip
    assert aside(found) == {"onlinetext.html": ("moodle-1327627", "wrong-type")}


def test_moodle_with_a_roster_by_name_and_by_number(give):
    files = {
        "Anna Lee_5_assignsubmission_file_/a.ipynb": notebook("anna"), "jdoe John Doe_6_assignsubmission_file_/a.ipynb": notebook("john"),
        "Bo Ek_9_assignsubmission_file_/a.ipynb": notebook("bo"),
    }  # fmt: skip
    roster = [
        Student(id="9", name="Anna Lee"), Student(id="j", name="John Doe"), Student(id="b", name="Bo Ek", ids={"moodle": "9"}),
    ]  # fmt: skip
    found = give(files, *roster)
    assert {one.student: one.data for one in found.handed_in} == {"9": notebook("anna"), "j": notebook("john"), "b": notebook("bo")}


def test_a_folder_that_the_zip_was_unpacked_into(tmp_path):
    folder(tmp_path / "down" / "CS1-Lab-123", {"Anna Lee_5_assignsubmission_file_/a.ipynb": notebook()})
    found = collect([tmp_path / "down"])
    assert (found.sources[0].layout, found.handed_in[0].student) == ("moodle", "moodle-5")
    assert found.handed_in[0].source.endswith("CS1-Lab-123/Anna Lee_5_assignsubmission_file_/a.ipynb")


# ---- Gradescope ------------------------------------------------------------------------------------------------------

METADATA = """\
---
submission_501:
  :submitters:
  - &1
    :name: Anna Lee
    :sid: '77'
    :email: anna@example.edu
  :created_at: 2026-10-02 12:00:00.123456789 Z
  :score: 5.0
  :history:
  - :id: 400
    :submitters: []
    :created_at: 2020-01-01 00:00:00 Z
    :active: *1
submission_502:
  :submitters:
  - :name: "Hans M\\xFCller"
    :sid:
    :email: hans@example.edu
  - *1
  :created_at: 2026-10-02 11:00:00.000000000 +02:00
  :results:
    tests:
    - name: "x"
      output: "submission_501:\\n  :submitters: []"
submission_503:
  :submitters: []
"""
EXPORT = {
    "assignment_9_export/submission_metadata.yml": METADATA,
    "assignment_9_export/submission_501/lab.ipynb": notebook("anna"),
    "assignment_9_export/submission_502/lab.ipynb": notebook("both"),
    "assignment_9_export/submission_503/lab.ipynb": notebook("nobody"),
    "assignment_9_export/submission_504/lab.ipynb": notebook("unlisted"),
}


def test_gradescope(give):
    found = give(EXPORT)
    assert found.sources[0].layout == "gradescope"
    anna, hans = found.handed_in
    assert (anna.student, anna.name, anna.email, anna.data) == ("77", "Anna Lee", "anna@example.edu", notebook("anna"))
    assert anna.handed_in == datetime(2026, 10, 2, 12, 0, 0, 123456, tzinfo=UTC)
    assert (hans.student, hans.name, hans.data) == ("hans@example.edu", "Hans Müller", notebook("both"))
    assert hans.note == "handed in together with Anna Lee"
    assert [(one.source.split("/")[-2], one.reason) for one in found.aside] == [
        ("submission_503", "no-student"), ("submission_504", "no-student"), ("submission_502", "older-attempt"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text", ["submission_1: [", "a: " + "[" * 5000, "\x07", "submission_1:\n  :submitters: *nothing\n"],
    ids=["open", "deep", "bell", "alias"],
)  # fmt: skip
def test_metadata_that_is_no_yaml_is_one_line(give, text):
    with pytest.raises(UsageError, match=r"submission_metadata\.yml can't be read"):
        give({**EXPORT, "assignment_9_export/submission_metadata.yml": text})


@pytest.mark.parametrize(
    "text", ["", "3", "- a", "submission_501: 3", "submission_501:\n  :submitters: 7\n  :created_at: [1]", "? [a]\n: b"],
)  # fmt: skip
def test_metadata_that_says_something_else_makes_everything_nobodys(give, text):
    found = give({**EXPORT, "assignment_9_export/submission_metadata.yml": text})
    assert found.handed_in == ()
    assert {one.reason for one in found.aside} == {"no-student"}


def test_aliases_are_not_copied(give):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 30)]
    lines += ["submission_501:", "  :submitters: *a29", "  <<: *a29"]
    assert give({**EXPORT, "assignment_9_export/submission_metadata.yml": "\n".join(lines)}).handed_in == ()


# ---- nbgrader and GitHub Classroom -----------------------------------------------------------------------------------


def test_nbgrader(tmp_path):
    folder(tmp_path / "course", {
        "submitted/anna/slope-and-bias/slope-and-bias.ipynb": notebook("anna"),
        "submitted/anna/slope-and-bias/timestamp.txt": "2026-10-02 15:58:23.948203 UTC",
        "submitted/ben/slope-and-bias/slope-and-bias.ipynb": notebook("ben"), "submitted/ben/slope-and-bias/cars.csv": "a",
        "source/slope-and-bias/slope-and-bias.ipynb": notebook("secret"), "gradebook.db": b"x",
    })  # fmt: skip
    found = collect([tmp_path / "course"], exercise="slope-and-bias")
    assert found.sources[0].layout == "nbgrader"
    assert [(one.student, one.exercise) for one in found.handed_in] == [("anna", "slope-and-bias"), ("ben", "slope-and-bias")]
    assert found.handed_in[0].handed_in == datetime(2026, 10, 2, 15, 58, 23, 948203, tzinfo=UTC)
    assert found.handed_in[1].handed_in is None
    assert sorted(one.reason for one in found.aside) == ["no-student", "no-student", "wrong-type"]


def test_nbgraders_submitted_alone(tmp_path):
    folder(tmp_path / "submitted", {"anna/ps1/p.ipynb": notebook()})
    assert collect([tmp_path / "submitted"]).sources[0].layout == "nbgrader"


def test_github_classroom(tmp_path):
    folder(tmp_path / "lab-one-submissions", {
        "lab-one-anna-lee/lab.ipynb": notebook("anna"), "lab-one-anna-lee/.git/HEAD": "x", "lab-one-anna-lee/README.md": "x",
        "lab-one-anna-roe/lab.ipynb": notebook("roe"), "lab-one-anna-roe/.github/workflows/classroom.yml": "x",
        "lab-one-anna-roe/setup.py": "import x",
    })  # fmt: skip
    found = collect([tmp_path / "lab-one-submissions"])
    assert found.sources[0].layout == "classroom"
    assert [(one.student, one.file) for one in found.handed_in] == [("anna-lee", "lab.ipynb"), ("anna-roe", "lab.ipynb")]
    assert {(one.source.rpartition("lab-one-anna-")[2], one.reason) for one in found.aside} == {
        ("lee/.git/", "by-product"), ("lee/README.md", "wrong-type"), ("roe/.github/", "by-product"), ("roe/setup.py", "several-files"),
    }  # fmt: skip


def test_a_class_that_the_instructor_keeps_in_git_is_no_repository_of_a_student(tmp_path):
    folder(tmp_path, {".git/HEAD": "x", "anna/lab.ipynb": notebook(), "ben/lab.ipynb": notebook("2")})
    found = collect([tmp_path])
    assert (found.sources[0].layout, [one.student for one in found.handed_in]) == ("folders", ["anna", "ben"])


# ---- which layout ----------------------------------------------------------------------------------------------------


def test_signs_of_two_platforms_need_a_word(give):
    files = {"submission_metadata.yml": METADATA, "submission_501/lab.ipynb": notebook(), **CANVAS}
    with pytest.raises(UsageError, match=r"gradescope: .*canvas: .*--layout"):
        give(files)
    assert give(files, layout="gradescope").handed_in[0].student == "77"
    assert give(files, layout="canvas").sources[0].why.startswith("as you said")


def test_a_layout_may_be_forced(give):
    found = give({"leeanna_1_2_lab.ipynb": notebook()}, layout="folders")
    assert found.handed_in[0].student == "leeanna_1_2_lab"
    with pytest.raises(UsageError, match=r"no submission_metadata\.yml"):
        give({"a.ipynb": notebook()}, layout="gradescope")


def test_several_platforms_in_one_call(tmp_path):
    (tmp_path / "c.zip").write_bytes(zipped({"leeanna_1_2_lab.ipynb": notebook()}))
    (tmp_path / "m.zip").write_bytes(zipped({"Bo Ek_1_assignsubmission_file_/lab.ipynb": notebook()}))
    found = collect([tmp_path / "c.zip", tmp_path / "m.zip"])
    assert [one.student for one in found.handed_in] == ["canvas-1", "moodle-1"]
    assert [one.layout for one in found.sources] == ["canvas", "moodle"]


def test_what_was_found_can_be_told_as_json(give):
    found = give(CANVAS)
    assert json.dumps([one.source for one in found.aside])
