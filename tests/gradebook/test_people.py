"""A person's words: no regrade touches them, and every change of a grade has its row."""

from datetime import UTC, datetime, timedelta

import pytest

from grader.gradebook import LateRule
from grader.gradebook.audit import Deed, history
from grader.gradebook.counting import grades
from grader.gradebook.late import deduction
from grader.gradebook.people import Said, extend, extensions, late_rules, override, set_late_rule, take_back
from grader.model.errors import UsageError
from tests.gradebook.conftest import NOON, V2

DAY = timedelta(days=1)
BY_HAND = Deed(who="bo", what="override", at=NOON + DAY, why="looked at it")


@pytest.fixture
def anna(desk):
    one = desk.arrived(handed_in=NOON)
    desk.kept(one, desk.made(score=2.0))
    return one


def grade_of(book):
    with book.reading() as session:
        return grades(session)[0]


def said(book, **words):
    with book.writing() as session:
        return override(session, "anna", "slope-and-bias", Said(**words), BY_HAND)


# ---- overrides -------------------------------------------------------------------------------------------------------


def test_a_persons_score_counts_and_the_automatic_one_is_kept(anna, book):
    before, after = said(book, score=3.5, comment="well argued")
    assert (before.final, after.final) == (2.0, 3.5)
    grade = grade_of(book)
    assert (grade.score, grade.automatic, grade.overridden, grade.comment) == (3.5, 2.0, True, "well argued")


def test_a_regrade_leaves_a_persons_words_alone(anna, book, desk):
    said(book, score=3.5, comment="well argued")
    desk.kept(anna, desk.made(score=1.0), version=V2)
    grade = grade_of(book)
    assert (grade.final, grade.automatic, grade.comment) == (3.5, 1.0, "well argued")


def test_what_is_not_said_again_stays(anna, book):
    said(book, score=3.5)
    said(book, comment="see me")
    assert (grade_of(book).final, grade_of(book).comment) == (3.5, "see me")


def test_taken_back_the_automatic_score_holds_again(anna, book):
    said(book, score=3.5)
    with book.writing() as session:
        before, after = take_back(session, "anna", "slope-and-bias", BY_HAND)
    assert (before.final, after.final, after.overridden) == (3.5, 2.0, False)
    with pytest.raises(UsageError, match="nothing was said"), book.writing() as session:
        take_back(session, "anna", "slope-and-bias", BY_HAND)


def test_excused_is_no_score_at_all(anna, book):
    said(book, excused=True)
    assert (grade_of(book).status, grade_of(book).final, grade_of(book).excused) == ("excused", None, True)
    said(book, excused=False)
    assert grade_of(book).final == 2.0


def test_a_persons_score_settles_what_waits(book, desk):
    desk.kept(desk.arrived(), desk.made(score=1.0, pending=2.0))
    assert grade_of(book).status == "waiting"
    said(book, score=4.0)
    assert (grade_of(book).status, grade_of(book).final, grade_of(book).pending) == ("graded", 4.0, 0.0)


@pytest.mark.parametrize("score", [-1.0, 8.5, float("nan"), float("inf")])
def test_scores_that_cannot_be_are_refused(anna, book, score):
    with pytest.raises(UsageError, match="points can't be given"):
        said(book, score=score)
    assert grade_of(book).final == 2.0


def test_a_student_who_handed_in_nothing_can_have_a_score(anna, book, desk):
    desk.arrived(student="ben")
    with book.writing() as session:
        assert override(session, "ben", "slope-and-bias", Said(score=1.0), BY_HAND)[1].final == 1.0


# ---- lateness --------------------------------------------------------------------------------------------------------

RULE = LateRule(due=NOON, grace=timedelta(minutes=15), per_day=0.1, most=0.25)


@pytest.mark.parametrize(
    ("after", "taken"),
    [(-DAY, 0), (timedelta(0), 0), (timedelta(minutes=15), 0), (timedelta(minutes=16), 1), (DAY, 1), (DAY + timedelta(seconds=1), 2),
     (2 * DAY, 2), (2.1 * DAY, 2.5), (100 * DAY, 2.5)],
)  # fmt: skip
def test_what_lateness_takes_of_ten_points(after, taken):
    assert deduction(RULE, NOON + after, 10.0) == taken


def test_nothing_is_taken_where_nobody_knows_when_or_nothing_is_due():
    assert deduction(RULE, None, 10.0) == 0
    assert deduction(LateRule(per_day=0.5), NOON + DAY, 10.0) == 0


def test_zones_are_moments():
    rule = LateRule(due=datetime.fromisoformat("2026-03-01T13:00:00+01:00"), per_day=0.1)
    assert deduction(rule, NOON, 10.0) == 0
    assert deduction(rule, NOON + timedelta(seconds=1), 10.0) == 1


def late(book, rule, student=None, **given):
    with book.writing() as session:
        if student is None:
            return set_late_rule(session, "slope-and-bias", rule, Deed(who="bo", what="late", at=NOON))
        return extend(session, student, "slope-and-bias", Deed(who="bo", what="extension", at=NOON, why="ill"), **given)


def test_lateness_is_shown_beside_the_score(anna, book):
    assert late(book, LateRule(due=NOON - 1.5 * DAY, per_day=0.1)) == 1
    grade = grade_of(book)
    assert (grade.score, grade.late_deduction, grade.final, grade.due) == (2.0, 0.8, 1.2, NOON - 1.5 * DAY)


def test_lateness_takes_from_a_persons_score_too_and_never_below_nothing(anna, book):
    late(book, LateRule(due=NOON - 10 * DAY, per_day=0.2))
    assert (grade_of(book).late_deduction, grade_of(book).final) == (2.0, 0.0)
    said(book, score=4.0)
    assert grade_of(book).final == 0.0
    late(book, LateRule(due=NOON - 10 * DAY, per_day=0.2, most=0.5))
    assert (grade_of(book).late_deduction, grade_of(book).final) == (2.0, 2.0)


def test_an_extension_is_this_students_own(anna, book, desk):
    ben = desk.arrived(student="ben", handed_in=NOON)
    desk.kept(ben, desk.made(student="ben", score=2.0))
    assert late(book, LateRule(due=NOON - DAY, per_day=0.1)) == 2
    before, after = late(book, None, "anna", until=NOON)
    assert (before.final, after.final, after.due) == (1.6, 2.0, NOON)
    with book.reading() as session:
        assert [grade.final for grade in grades(session)] == [2.0, 1.6]
        assert [(one.student, one.until, one.why) for one in extensions(session)] == [("anna", NOON, "ill")]
        assert late_rules(session)["slope-and-bias"].due == NOON - DAY
    assert late(book, None, "ben", until=None)[1].final == 2.0
    assert late(book, None, "anna", withdrawn=True)[1].final == 1.6


def test_a_rule_that_cannot_be_is_refused(anna, book):
    for wrong in (LateRule(per_day=1.1), LateRule(most=-0.1), LateRule(grace=-DAY), LateRule(per_day=float("nan"))):
        with pytest.raises(UsageError):
            late(book, wrong)


# ---- the audit -------------------------------------------------------------------------------------------------------


def test_every_change_of_a_grade_has_its_row_and_nothing_else_has(anna, book, desk):
    said(book, score=3.5)
    said(book, score=3.5)
    desk.kept(anna, desk.made(score=1.0), version=V2, what="rescore")
    late(book, LateRule(due=NOON - DAY, per_day=0.25))
    late(book, LateRule(due=NOON - DAY, per_day=0.25))
    with book.reading() as session:
        rows = history(session)
        assert history(session, student="ben") == ()
    assert [(row.what, row.before.get("final"), row.after["final"]) for row in rows] == [
        ("batch", None, 2.0), ("override", 2.0, 3.5), ("rescore", 3.5, 3.5), ("late", 3.5, 2.5),
    ]  # fmt: skip
    assert [row.after["automatic"] for row in rows] == [2.0, 2.0, 1.0, 1.0]
    assert (rows[1].who, rows[1].why, rows[1].at) == ("bo", "looked at it", NOON + DAY)
    assert rows[1].at.tzinfo is UTC
