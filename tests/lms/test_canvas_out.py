"""A gradebook exported from Canvas comes back with one column changed and nothing else."""

import csv
import io

import pytest

from grader.lms.outgoing import canvas_fill, canvas_new
from grader.lms.roster import read_roster
from grader.model.errors import UsageError

EXPORTED = '''\
\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,Notes,Slope and bias (881),"Quiz, the first (882)",Assignments Current Score,Final Score\r
,,,,,,Manual Posting,,,\r
    Points Possible,,,,,(read only),4.00,10.00,(read only),(read only)\r
"Lee, Anna",1201,s-77,alee3,Lab 1,"likes ""quotes"", and\r
lines",,9.50,95.0,95.0\r
"Müller, Hans",1202,,hans@example.edu,"Lab 1, Lab 2",,2.00,,,\r
"Roe, Cem",1203,,cem,Lab 1,  spaced  ,"3.0",,,\r
"Poe, Dan",1204,,dan,Lab 1,,1.00,,,\r
"Ito, Eva",1205,,eva,Lab 1,,,,,\r
"Ong, Fay",1206,,fay,Lab 1,,,,,\r
"=""=cmd|"" /C calc""!A0""",1207,,x,Lab 1,=2+2,,,,\r
"Nobody, Known",1300,,nn,Lab 1,,4.00,,,\r
"Student, Test",1999,,test,Lab 1,,,,,\r
'''
FILLED = (
    EXPORTED.replace('lines",,9.50', 'lines",1.00,9.50').replace('"Lab 1, Lab 2",,2.00', '"Lab 1, Lab 2",,3.50')
    .replace('  spaced  ,"3.0"', '  spaced  ,"3.25"').replace("1206,,fay,Lab 1,,,", "1206,,fay,Lab 1,,EX,").replace("=2+2,,", "=2+2,2.00,")
)  # fmt: skip


def test_one_column_is_changed_and_nothing_else(grades):
    done = canvas_fill(EXPORTED.encode(), grades)
    assert done.data.decode() == FILLED
    assert done.written == 5
    assert done.notes == ("dan: 2 points of slope-and-bias wait for a person; withheld",)


def test_a_second_time_changes_nothing(grades):
    once = canvas_fill(EXPORTED.encode(), grades).data
    assert canvas_fill(once, grades).data == once


def test_a_file_that_holds_the_grades_already_comes_back_as_it_was(grades):
    data = EXPORTED.replace('lines",,9.50', 'lines",1,9.50').encode()
    assert canvas_fill(data, grades[:1]).data == data


def test_without_mark_with_semicolons_and_commas_for_points(grades):
    header = "Student;ID;SIS Login ID;Section;Slope and bias (881);Other (882)\n"
    text = f"{header}    Points Possible;;;;4,00;10,00\nLee, Anna;1201;alee3;L;;9,50\n"
    assert canvas_fill(text.encode(), grades[:1]).data.decode() == text.replace("L;;9,50", "L;1,00;9,50")


def test_names_in_two_columns_and_no_end_of_line(grades):
    text = "LastName,FirstName,ID,SIS Login ID,Section,slope-and-bias (881)\n    Points Possible,,,,,4\nLee,Anna,,,Lab 1,"
    assert canvas_fill(text.encode(), grades[:1]).data.decode() == text + "1.00"


@pytest.mark.parametrize("chosen", ["882", "(882)", "Quiz, the first", "Quiz, the first (882)"])
def test_a_column_may_be_chosen(grades, chosen):
    done = canvas_fill(EXPORTED.encode(), grades[:1], chosen=chosen, scale=True)
    assert done.data.decode() == EXPORTED.replace(",9.50,", ",2.50,")


def test_other_points_need_a_word(grades):
    with pytest.raises(UsageError, match=r"counts 10 points, the exercise 4.*--scale"):
        canvas_fill(EXPORTED.encode(), grades[:1], chosen="882")


def test_excused_and_not_assigned_in_canvas_stay(grades):
    text = EXPORTED.replace('lines",,9.50', 'lines",EX,9.50').replace('"Lab 1, Lab 2",,2.00', '"Lab 1, Lab 2",,N/A')
    done = canvas_fill(text.encode(), grades[:2])
    assert done.data.decode() == text
    assert [note.partition(": ")[2] for note in done.notes] == [
        "excused in Canvas; left as it is", "not assigned in Canvas; left as it is",
    ]  # fmt: skip


def test_who_is_not_in_canvas_is_told(grades):
    text = EXPORTED.replace("1201", "7777").replace("s-77", "").replace("alee3", "x").replace("Lee, Anna", "Somebody, Else")
    done = canvas_fill(text.encode(), grades[:1])
    assert (done.data.decode(), done.written) == (text, 0)
    assert done.notes == ("alee3: not in the table; nothing was written",)


def test_a_name_alone_joins_only_where_it_is_alone(grades):
    text = "Student,ID,Section,slope-and-bias (1)\n    Points Possible,,,4.00\nAnna Lee,,A,\n"
    assert canvas_fill(text.encode(), grades[:1]).written == 1
    assert canvas_fill((text + "Anna Lee,,B,\n").encode(), grades[:1]).written == 0


@pytest.mark.parametrize(
    ("text", "chosen", "said"),
    [
        ("a,b\n1,2\n", "", "not a gradebook exported"), ("", "", "not a gradebook exported"),
        (EXPORTED, "Other", "no column is called 'Other'"),
        (EXPORTED, "Final Score", "read only"), (EXPORTED, "Notes", "read only"), (EXPORTED, "ID", "read only"),
        (EXPORTED.replace("4.00", "(read only)", 1), "", "read only"),
        (EXPORTED.replace("Slope and bias (881)", "Elsewhere (881)"), "", r"no column is called 'Slope and bias'.*Elsewhere \(881\)"),
    ],
)  # fmt: skip
def test_what_can_not_be_filled_is_one_line(grades, text, chosen, said):
    with pytest.raises(UsageError, match=said):
        canvas_fill(text.encode(), grades[:1], chosen=chosen)


def test_without_a_template_a_new_table_with_a_warning(grades):
    done = canvas_new(grades)
    rows = list(csv.reader(io.StringIO(done.data.decode())))
    assert rows[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Slope and bias"]
    assert rows[1] == ["    Points Possible", "", "", "", "", "4.00"]
    assert rows[2] == ["Lee, Anna", "1201", "s-77", "alee3", "Lab 1", "1.00"]
    assert [row[5] for row in rows[2:]] == ["1.00", "3.50", "3.25", "", "", "EX", "2.00"]
    assert rows[8][0].startswith("'=")
    assert "new assignments" in done.notes[0]
    assert [one.ids["canvas"] for one in read_roster(done.data)] == ["1201", "1202", "1203", "1204", "1205", "1206", "1207"]
