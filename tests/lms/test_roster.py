"""Rosters: one's own tables and the platforms' exports, there and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.lms.roster import read_roster, write_roster
from grader.model.errors import UsageError
from grader.model.grade import Student
from grader.model.harmless import cell, plain, undone

CANVAS = '''\
\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,Slope and bias (881),Final Score
,,,,,Manual Posting,
    Points Possible,,,,,10.00,(read only)
"Lee, Anna",1201,s-77,alee3,Lab 1,7.50,75.00
"=""=Müller, Hans""",1202,,hans@example.edu,Lab 2,,
"Student, Test",1999,,a1b2c3,Lab 1,,
'''
MOODLE = """\
Identifier,Full name,ID number,Email address,Status,Group,Grade,Maximum Grade,Last modified (grade),Feedback comments
Participant 1327627,Anna Lee,77,anna@example.edu,Submitted for grading,Lab 1,,10.00,-,
Participant 1327628,Hans Müller,,hans@example.edu,No submission,Lab 2,,10.00,-,
"""
GRADESCOPE = """\
First Name,Last Name,SID,Email,Role,Section
Anna,Lee,77,anna@example.edu,Student,Lab 1
Tom,Teacher,1,tom@example.edu,Instructor,
"""
CLASSROOM = '"identifier","github_username","github_id","name"\n"anna@example.edu","annalee","5501","Anna Lee"\n"ben","","",""\n'


def test_a_gradebook_of_canvas():
    anna, hans = read_roster(CANVAS.encode())
    assert anna == Student(
        id="alee3", name="Anna Lee", sortable="Lee, Anna", section="Lab 1", ids={"canvas": "1201", "sis": "s-77", "login": "alee3"},
    )  # fmt: skip
    assert (hans.id, hans.name, hans.email) == ("hans@example.edu", "Hans =Müller", "hans@example.edu")


def test_first_and_last_names_of_canvas_apart():
    text = "LastName,FirstName,ID,SIS Login ID,Section\nLee,Anna,1201,alee3,Lab 1\n"
    (anna,) = read_roster(text.encode())
    assert (anna.id, anna.name, anna.sortable) == ("alee3", "Anna Lee", "Lee, Anna")


def test_a_worksheet_of_moodle():
    anna, hans = read_roster(MOODLE.encode())
    assert anna == Student(id="77", name="Anna Lee", email="anna@example.edu", section="Lab 1", ids={"moodle": "1327627", "sis": "77"})
    assert (hans.id, hans.ids) == ("hans@example.edu", {"moodle": "1327628"})


def test_a_roster_of_gradescope_without_its_teachers():
    (anna,) = read_roster(GRADESCOPE.encode())
    assert (anna.id, anna.name, anna.sortable, anna.ids["sis"]) == ("77", "Anna Lee", "Lee, Anna", "77")


def test_a_roster_of_github_classroom():
    anna, ben = read_roster(CLASSROOM.encode())
    assert (anna.id, anna.name, anna.ids["github"]) == ("anna@example.edu", "Anna Lee", "annalee")
    assert ben.id == "ben"


@pytest.mark.parametrize(
    "text",
    [
        "id,name,email\n7,Anna Lee,a@b\n", "Student_ID;Full Name;E-Mail\r\n7;Anna Lee;a@b\r\n",
        "Matrikelnummer\tVorname\tNachname\tmail\n7\tAnna\tLee\ta@b",
    ],
)  # fmt: skip
def test_ones_own_table_may_call_its_columns_many_things(text):
    (anna,) = read_roster(text.encode())
    assert (anna.id, anna.name, anna.email) == ("7", "Anna Lee", "a@b")


def test_a_table_in_an_older_encoding():
    (hans,) = read_roster("id,name\n7,Hans Müller\n".encode("cp1252"))
    assert hans.name == "Hans Müller"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"), ("name,colour\nAnna,red\n", "no column says"), ("id,name\n,Anna\n", "Anna has no id"),
        ("id,name\nx7,Anna\nX7,Ben\n", "there twice"), ('id,name\n7,"Anna\n', "never ends"),
    ],
)  # fmt: skip
def test_what_is_no_roster_is_said_in_a_line(text, said):
    with pytest.raises(UsageError, match=said):
        read_roster(text.encode())


def test_utf16_is_refused():
    with pytest.raises(UsageError, match="UTF-8"):
        read_roster("id,name\n7,Anna\n".encode("utf-16"))


WORD = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=12)
IDS = st.dictionaries(st.sampled_from(["canvas", "moodle", "github"]), WORD)
STUDENTS = st.lists(
    st.builds(Student, id=WORD, name=WORD, email=WORD, section=WORD, ids=IDS), min_size=1, max_size=5,
    unique_by=lambda student: student.id.casefold(),
)  # fmt: skip


@given(STUDENTS)
def test_out_and_in_again_is_the_same(students):
    assert list(read_roster(write_roster(students).encode())) == students


def test_no_cell_becomes_a_formula_on_the_way_out():
    text = write_roster([Student(id="=1+1", name="@SUM(A1)", email="-2", ids={"canvas": "+3"})])
    assert text.splitlines()[1] == "'=1+1,'@SUM(A1),,'-2,,'+3"


@given(st.text(st.characters(), max_size=40))
def test_a_defused_cell_gives_back_its_text(text):
    assert undone(cell(text)) == plain(text)
