"""A grading worksheet of Moodle's with grades and feedback, and nothing else changed."""

import csv
import io

import pytest

from grader.lms.outgoing import as_html, moodle_fill, moodle_new
from grader.lms.roster import read_roster
from grader.model.errors import UsageError

HEADER = (
    "Identifier,Full name,ID number,Email address,Status,Grade,Maximum Grade,Grade can be changed,Last modified (submission),Online text,"
    "Last modified (grade),Feedback comments\n"
)  # fmt: skip
SENT = "Submitted for grading,"
WHEN = '"Wednesday, September 23, 2020, 9:00 PM"'
WORKSHEET = (
    HEADER
    + f'"Participant 1327627","Anna Lee",77,anna@example.edu,{SENT},4.00,Yes,{WHEN},"<p>Hello, ""you""</p>",{WHEN},"an older comment"\n'
    + f'"Participant 1327628","Hans Müller",,hans@example.edu,{SENT}2.00,4.00,Yes,{WHEN},,-,\n'
    + f'"Participant 1327629","Cem Roe",,,{SENT},4.00,No,{WHEN},,-,\n'
    + f'"Participant 1327630","Dan Poe",,,{SENT}1.00,4.00,Yes,{WHEN},,-,kept\n'
    + '"Participant 1327631","Eva Ito",,,No submission,,4.00,Yes,-,,-,\n'
    + f'"Participant 1327632","Fay Ong",,,{SENT},4.00,Yes,{WHEN},,-,\n'
    + '"Participant 99","Nobody Known",,,No submission,,4.00,Yes,-,,-,\n'
)


def rows(data):
    return list(csv.DictReader(io.StringIO(data.decode())))


def test_grades_and_comments_are_filled_and_nothing_else(grades):
    done = moodle_fill(WORKSHEET.encode(), grades)
    before, after = rows(WORKSHEET.encode()), rows(done.data)
    filled = ("Grade", "Feedback comments")
    assert [{key: row[key] for key in row if key not in filled} for row in after] == [
        {key: row[key] for key in row if key not in filled} for row in before
    ]  # fmt: skip
    assert [row["Grade"] for row in after] == ["1.00", "3.50", "", "1.00", "", "", ""]
    assert [bool(row["Feedback comments"]) for row in after] == [True, True, False, True, False, True, False]
    assert after[3]["Feedback comments"] == "kept"
    assert done.written == 3
    assert list(done.notes) == [
        "dan: 2 points of slope-and-bias wait for a person; withheld", "=1+1: not in the table; nothing was written",
        "cem: Moodle says that the grade can't be changed; left as it is",
    ]  # fmt: skip


def test_byte_for_byte_where_nothing_was_filled(grades):
    done = moodle_fill(WORKSHEET.encode(), grades[:1]).data.decode()
    comment = as_html(grades[0]).replace('"', '""')
    first = WORKSHEET.replace(f"{SENT},4.00", f"{SENT}1.00,4.00", 1).replace("an older comment", comment)
    assert done == first
    assert moodle_fill(done.encode(), grades[:1]).data.decode() == done


def test_the_comment_is_html_with_everything_escaped_and_no_formula(grades):
    told = as_html(grades[-1])
    assert told.startswith("<p>Slope and bias<br>2 of 4 points</p><p>=HYPERLINK(1)</p>")
    assert "<script" not in told
    assert "&lt;script&gt;" in told
    assert "\x1b" not in told
    assert "\n" not in told


def test_it_says_what_lateness_took_and_tells_hidden_checks_by_title_alone(grades):
    told = as_html(grades[1])
    assert "3.5 of 4 points (4 for the work, 0.5 taken off because it was late)" in told
    assert "the final weight and bias are right" in told
    assert "Can&#x27;t be judged until" not in told
    assert "wrong-learning-rate (cell 41, line 4)" in told


def test_moodle_in_another_language(grades):
    text = 'ID,Vollständiger Name,E-Mail-Adresse,Bewertung,Bestwertung\nTeilnehmer/in1327627,Anna Lee,anna@example.edu,,"4,00"\n'
    with pytest.raises(UsageError, match=r"no column is called 'Grade'.*Bewertung"):
        moodle_fill(text.encode(), grades[:1])
    done = moodle_fill(text.encode(), grades[:1], chosen="Bewertung")
    assert done.data.decode() == text.replace('edu,,"4', 'edu,1.00,"4')
    assert "Feedback comments" in done.notes[0]


def test_decimal_commas(grades):
    text = 'Identifier,Full name,Email address,Grade,Maximum Grade\nParticipant 1327627,Anna Lee,,,"4,00"\n'
    assert moodle_fill(text.encode(), grades[:1]).data.decode() == text.replace(',,,"4', ',,"1,00","4')


def test_other_points_and_scales(grades):
    hundred = WORKSHEET.replace("4.00", "100.00")
    with pytest.raises(UsageError, match="counts 100 points"):
        moodle_fill(hundred.encode(), grades[:1])
    assert rows(moodle_fill(hundred.encode(), grades[:1], scale=True).data)[0]["Grade"] == "25.00"
    with pytest.raises(UsageError, match="graded on a scale"):
        moodle_fill(WORKSHEET.replace("4.00", "Poor - Good").encode(), grades[:1])


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n"])
def test_what_is_no_worksheet_is_one_line(grades, text):
    with pytest.raises(UsageError):
        moodle_fill(text.encode(), grades[:1])


def test_without_a_worksheet(grades):
    done = moodle_new(grades)
    after = rows(done.data)
    assert [row["Grade"] for row in after] == ["1.00", "3.50", "3.25", "", "", "", "2.00"]
    assert after[0]["Identifier"] == "Participant 1327627"
    assert after[6]["Full name"].startswith("'=")
    assert not after[3]["Feedback comments"]
    assert [one.name for one in read_roster(done.data)][:2] == ["Anna Lee", "Hans Müller"]
