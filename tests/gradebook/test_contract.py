"""What goes into the book comes out of it: submissions, evidence, reports, grades; on SQLite and on PostgreSQL."""

import dataclasses
from datetime import timedelta

import pytest

from grader.gradebook import Aside, Packed
from grader.gradebook.arriving import bytes_of, enrol, roster, set_aside, student_row
from grader.gradebook.audit import history
from grader.gradebook.counting import grades
from grader.gradebook.standing import held, report_json, runs, standings
from grader.model.errors import GradebookError, UsageError
from grader.model.grade import Student
from grader.wire import from_json
from tests.gradebook.conftest import NOON, V1, V2

LATER = NOON + timedelta(hours=1)
ODD = ["Zoë", "'; DROP TABLE student; --", "nul\0inside", "lone \ud800 surrogate", "x" * 3000, "漢字 😀", "=1+1", "../../passwd", ""]


# ---- submissions -----------------------------------------------------------------------------------------------------


def test_the_same_bytes_are_known_again_and_others_are_a_further_attempt(desk):
    first = desk.arrived(data=b"one")
    assert desk.arrived(data=b"one").id == first.id
    second = desk.arrived(data=b"two")
    assert (first.attempt, second.attempt) == (1, 2)
    assert desk.arrived(student="ben", data=b"one").attempt == 1


def test_bytes_come_back_as_they_were_handed_in(desk, book):
    data = bytes(range(256)) * 100
    one = desk.arrived(data=data)
    with book.reading() as session:
        assert bytes_of(session, one.sha256) == data
        with pytest.raises(GradebookError, match="not as they were stored"):
            bytes_of(session, "0" * 64)


@pytest.mark.parametrize("name", ODD)
def test_any_text_of_a_stranger_can_be_stored(desk, book, name):
    one = desk.arrived(student=name, source=name, note=name)
    again = desk.arrived(student=name, source=name, note=name)
    assert one == again
    with book.writing() as session:
        set_aside(session, [Aside(source=name, reason="wrong-type", detail=name, student=name, data=b"x")], NOON)
        set_aside(session, [Aside(source=name, reason="wrong-type", detail=name, student=name, size=2**40)], NOON)
    with book.reading() as session:
        assert [h.student for h in held(session)] == [one.student]


def test_long_names_that_differ_stay_apart(desk):
    assert desk.arrived(student="x" * 3000).id != desk.arrived(student="x" * 3000 + "y").id


def test_the_one_handed_in_last_counts_whichever_came_first(desk, book):
    desk.arrived(data=b"late", handed_in=NOON + timedelta(days=1))
    desk.arrived(data=b"early", handed_in=NOON - timedelta(days=1))
    with book.reading() as session:
        (grade,) = grades(session)
    assert (grade.attempt, grade.handed_in) == (1, NOON + timedelta(days=1))


def test_where_no_time_is_known_the_one_that_came_last_counts(desk, book):
    desk.arrived(data=b"one", at=NOON)
    desk.arrived(data=b"two", at=LATER)
    with book.reading() as session:
        assert grades(session)[0].attempt == 2
    desk.arrived(data=b"one", at=LATER + timedelta(hours=1))
    with book.reading() as session:
        assert grades(session)[0].attempt == 1


# ---- results ---------------------------------------------------------------------------------------------------------


def test_a_result_is_stored_once(desk, book):
    one = desk.arrived()
    assert desk.kept(one, desk.made(score=2.0), runs=(Packed(data=b"a"), Packed(data=b"b", damaged=True)))
    assert not desk.kept(one, desk.made(score=3.0))
    with book.reading() as session:
        assert from_json(report_json(session, one.id)).score == 2.0
        assert [(run.data, run.damaged) for run in runs(session, one.id, "e1")] == [(b"a", False), (b"b", True)]
        assert len(history(session)) == 1


def test_what_is_there_of_a_submission(desk, book):
    one, other = desk.arrived(), desk.arrived(student="ben")
    desk.kept(one, desk.made())
    numbers = {"slope-and-bias": desk.version(V1)}, {"slope-and-bias": desk.version(V2)}
    newer = {"slope-and-bias": desk.version(dataclasses.replace(V1, execution="e2"))}
    with book.reading() as session:
        assert [(s.report, s.evidence) for s in standings(session, [one, other], numbers[0])] == [(True, True), (False, False)]
        assert [(s.report, s.evidence) for s in standings(session, [one], numbers[1])] == [(False, True)]
        assert [(s.report, s.evidence) for s in standings(session, [one], newer)] == [(False, False)]


def test_the_report_under_the_newest_judgement_holds_and_an_old_one_can_come_back(desk, book):
    one = desk.arrived()
    desk.kept(one, desk.made(score=1.0))
    desk.kept(one, desk.made(score=3.0), version=V2, runs=None)
    with book.reading() as session:
        assert grades(session)[0].final == 3.0
        assert not standings(session, [one], {"slope-and-bias": 1})[0].report
        assert len(runs(session, one.id, "e1")) == 1
    assert desk.kept(one, desk.made(score=1.0), runs=None)
    with book.reading() as session:
        assert grades(session)[0].final == 1.0


def test_a_fault_is_tried_again_and_never_takes_a_judgements_place(desk, book):
    one = desk.arrived()
    fault = desk.made(score=0.0, pending=4.0, status="fault")
    assert desk.kept(one, fault, runs=())
    with book.reading() as session:
        assert not standings(session, [one], {"slope-and-bias": 1})[0].report
        assert (grades(session)[0].status, grades(session)[0].final) == ("waiting", None)
    assert desk.kept(one, desk.made(score=3.0))
    assert not desk.kept(one, fault, runs=())
    assert desk.kept(one, fault, runs=(), version=V2)
    with book.reading() as session:
        assert grades(session)[0].final == 3.0
        assert not standings(session, [one], {"slope-and-bias": 2})[0].report


def test_points_that_wait_for_a_person_are_withheld(desk, book):
    desk.kept(desk.arrived(), desk.made(score=3.0, pending=1.0))
    with book.reading() as session:
        (grade,) = grades(session)
    assert (grade.status, grade.score, grade.automatic, grade.final, grade.pending) == ("waiting", None, None, None, 1.0)


def test_a_grade_carries_its_report(desk, book):
    report = desk.made(score=3.0)
    desk.kept(desk.arrived(), report)
    with book.reading() as session:
        assert grades(session)[0].report == report
        assert grades(session, records=False)[0].report is None


# ---- the roster ------------------------------------------------------------------------------------------------------


def test_the_roster_says_who_is_missing(desk, book):
    desk.kept(desk.arrived(student="ben"), desk.made(student="ben"))
    with book.writing() as session:
        assert enrol(session, [Student(id="anna", name="Anna"), Student(id="ben", name="Ben", email="b@x", ids={"canvas": "7"})]) == (1, 1)
        assert enrol(session, [Student(id="ben", name="Ben")]) == (0, 0)
    with book.reading() as session:
        assert [(g.student.id, g.status) for g in grades(session)] == [("anna", "missing"), ("ben", "graded")]
        assert roster(session) == (Student(id="anna", name="Anna"), Student(id="ben", name="Ben", email="b@x", ids={"canvas": "7"}))


def test_who_leaves_keeps_what_was_handed_in(desk, book):
    desk.kept(desk.arrived(student="ben"), desk.made(student="ben"))
    with book.writing() as session:
        enrol(session, [Student(id="anna"), Student(id="ben"), Student(id="carl")])
        enrol(session, [Student(id="anna")], whole=True)
        assert [one.id for one in roster(session)] == ["anna"]
        assert [(g.student.id, g.status) for g in grades(session)] == [("anna", "missing"), ("ben", "graded")]


def test_a_student_is_found_by_whatever_only_one_has(book):
    with book.writing() as session:
        enrol(session, [Student(id="a1", name="Anna", email="anna@x"), Student(id="b1", name="Ben"), Student(id="b2", name="Ben")])
        assert student_row(session, "ANNA@x").key == "a1"
        with pytest.raises(UsageError, match="2 students are called 'Ben'"):
            student_row(session, "Ben")
        with pytest.raises(UsageError, match="no student"):
            student_row(session, "Zoe")
