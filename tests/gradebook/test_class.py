"""Questions about the class: how scores lie, which checks fail, which causes, and what waits for a person."""

import dataclasses

import pytest

from grader.gradebook import Aside, LateRule, Packed
from grader.gradebook.arriving import enrol, set_aside
from grader.gradebook.attention import attention, settle
from grader.gradebook.audit import Deed
from grader.gradebook.overview import overview
from grader.gradebook.people import Said, override, set_late_rule
from grader.model.errors import UsageError
from grader.model.grade import Student
from grader.model.report import Finding
from tests.gradebook.conftest import NOON, V2

DEED = Deed(who="bo", what="override", at=NOON)


def finding(rule, *, remark=False, message="so"):
    return Finding(rule=rule, task="practice", certainty=1.0, message=message, hint="", remark=remark)


def waiting(book, **given):
    with book.reading() as session:
        return [(item.student, item.reason) for item in attention(session, **given)]


def test_the_class_in_numbers(desk, book):
    scores = {"a": 4.0, "b": 1.0, "c": 2.0, "d": 0.5}
    rules = {"b": ("missing-zero-grad",), "c": ("missing-zero-grad", "wrong-start")}
    for student, score in scores.items():
        pending = 1.0 if student == "d" else 0.0
        found = (*(finding(rule) for rule in rules.get(student, ())), finding("tensors-not-floats", remark=True))
        desk.kept(desk.arrived(student=student), desk.made(student=student, score=score, pending=pending, findings=found))
    with book.writing() as session:
        enrol(session, [Student(id="e")])
    with book.reading() as session:
        (found,) = overview(session)
    assert dict(found.statuses) == {"graded": 3, "waiting": 1, "missing": 1}
    assert (found.finals, found.mean, found.median) == ((1.0, 2.0, 4.0), 2.33, 2.0)
    assert found.bins(4) == (0, 1, 1, 1)
    assert [(one.rule, one.count, one.of, one.remark) for one in found.causes] == [
        ("missing-zero-grad", 2, 4, False), ("wrong-start", 1, 4, False), ("tensors-not-floats", 4, 4, True),
    ]  # fmt: skip
    assert [(check.name, dict(check.outcomes)) for check in found.checks] == [
        ("data", {"passed": 4}), ("update", {"failed": 4}), ("learned", {"blocked": 4}),
    ]  # fmt: skip


def test_only_the_submission_that_counts_is_counted(desk, book):
    desk.kept(desk.arrived(data=b"1"), desk.made(score=1.0, findings=(finding("missing-step"),)))
    desk.kept(desk.arrived(data=b"2"), desk.made(score=4.0, findings=()))
    with book.reading() as session:
        (found,) = overview(session)
    assert (found.finals, found.causes) == ((4.0,), ())


def test_an_empty_book_has_no_exercises(book):
    with book.reading() as session:
        assert overview(session) == ()
        assert attention(session) == ()


def test_what_is_right_waits_for_nobody(desk, book):
    desk.kept(desk.arrived(), desk.made())
    assert waiting(book) == []


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("fault", {"status": "fault", "pending": 4.0}),
        ("pending", {"pending": 1.0}),
        ("suspicion", {"findings": (finding("hard-coded"),)}),
        ("suspicion", {"findings": (finding("forbidden"),)}),
        ("unread", {"findings": (finding("unread-training", remark=True),)}),
        ("unreadable", {"status": "unreadable", "findings": (finding("unreadable-notebook"),)}),
    ],
)
def test_what_waits_and_why(desk, book, reason, changes):
    desk.kept(desk.arrived(student="it's anna"), desk.made(**changes))
    with book.reading() as session:
        (item,) = attention(session)
    assert (item.student, item.exercise, item.reason, item.notebook) == ("it's anna", "slope-and-bias", reason, "it's anna.ipynb")
    assert "'it'\\''s anna' slope-and-bias" in item.step or reason == "unreadable"
    assert waiting(book, exercise="slope-and-bias") == [("it's anna", reason)]


def test_evidence_that_was_meddled_with_is_told(desk, book):
    desk.kept(desk.arrived(), desk.made(), runs=(Packed(data=b"a"), Packed(data=b"b", damaged=True)))
    assert waiting(book) == [("anna", "suspicion")]


def test_what_a_person_answered_waits_no_longer(desk, book):
    one = desk.arrived()
    desk.kept(one, desk.made(findings=(finding("hard-coded"),)))
    with book.writing() as session:
        override(session, "anna", "slope-and-bias", Said(seen=True), DEED)
    assert waiting(book) == []
    desk.kept(one, desk.made(findings=(finding("hard-coded"),)), version=V2)
    assert waiting(book) == [("anna", "suspicion")]


def test_to_have_looked_is_no_score(desk, book):
    desk.kept(desk.arrived(), desk.made(pending=1.0))
    with book.writing() as session:
        override(session, "anna", "slope-and-bias", Said(seen=True), DEED)
    assert waiting(book) == [("anna", "pending")]
    with book.writing() as session:
        override(session, "anna", "slope-and-bias", Said(score=3.0), DEED)
    assert waiting(book) == []


def test_who_is_excused_waits_for_nothing(desk, book):
    desk.kept(desk.arrived(), desk.made(status="fault", pending=4.0))
    with book.writing() as session:
        override(session, "anna", "slope-and-bias", Said(excused=True), DEED)
    assert waiting(book) == []


def test_a_regrade_that_failed_is_told(desk, book):
    one = desk.arrived()
    desk.kept(one, desk.made())
    desk.kept(one, desk.made(status="fault", pending=4.0), version=V2)
    assert waiting(book) == [("anna", "regrade-failed")]


def test_late_without_a_time_and_notes_are_told(desk, book):
    desk.kept(desk.arrived(late=True, note="two notebooks, the newer one was taken"), desk.made())
    with book.writing() as session:
        set_late_rule(session, "slope-and-bias", LateRule(due=NOON, per_day=0.1), DEED)
    assert waiting(book) == [("anna", "late-unknown"), ("anna", "note")]


def test_files_set_aside_wait_unless_that_is_as_it_should_be(desk, book):
    desk.kept(desk.arrived(), desk.made())
    aside = Aside(source="class.zip/x", reason="damaged", detail="cut off")
    with book.writing() as session:
        set_aside(session, [dataclasses.replace(aside, reason=why) for why in ("damaged", "by-product", "older-attempt")], NOON)
        set_aside(session, [dataclasses.replace(aside, reason="wrong-type", student=who) for who in ("anna", "ben")], NOON)
    assert waiting(book) == [("", "set-aside"), ("ben", "set-aside")]
    with book.writing() as session:
        number = attention(session)[0].step.rpartition(" ")[2]
        assert settle(session, number) == "class.zip/x"
        with pytest.raises(UsageError):
            settle(session, "ffffffff")
    assert waiting(book) == [("ben", "set-aside")]
    with book.writing() as session:
        set_aside(session, [aside], NOON)
    assert waiting(book) == [("ben", "set-aside")]
