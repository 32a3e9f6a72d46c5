"""New grades from stored evidence: shown before they are written, with nothing executed, and with a person's words left alone."""

import dataclasses

import pytest

from grader.batch import rescore
from grader.gradebook.audit import Deed, history
from grader.gradebook.book import now
from grader.gradebook.counting import grades
from grader.gradebook.people import Said, override
from grader.grading import Edition
from tests.gradebook.snapshot import snapshot


def changed(entry, **points):
    """The exercise with other points for some of its checks."""

    def task(of):
        checks = tuple(dataclasses.replace(check, points=points.get(check.id, check.points)) for check in of.checks)
        return dataclasses.replace(of, checks=checks)

    exercise = dataclasses.replace(entry.exercise, tasks=tuple(task(one) for one in entry.exercise.tasks))
    return dataclasses.replace(entry, exercise=exercise)


def rescored(book, entry, **given):
    return list(rescore(book, {entry.slug: Edition.of(entry)}, who="bo", **given))


def test_with_the_same_judgement_everything_is_as_before(batch, submissions, book, entry, made):
    batch(submissions)
    made.all.clear()
    before = snapshot(book)
    assert [one.verdict for one in rescored(book, entry, write=True)] == ["same"] * 5
    assert snapshot(book) == before
    assert made.all == []


def test_a_dry_run_changes_nothing(batch, submissions, book, entry):
    batch(submissions)
    before = snapshot(book)
    found = rescored(book, changed(entry, data=3.0))
    assert {one.verdict for one in found} == {"differs"}
    assert snapshot(book) == before


def test_written_the_new_grades_hold_and_the_batch_has_nothing_to_do(batch, submissions, book, entry):
    batch(submissions)
    newer = changed(entry, data=3.0)
    rescored(book, newer, write=True)
    with book.reading() as session:
        assert {grade.report.max_score for grade in grades(session)} == {13.0}
        assert [row.what for row in history(session)] == ["batch"] * 5 + ["rescore"] * 5
    assert batch(submissions, of=newer)[0].kept == 5
    assert {one.verdict for one in rescored(book, newer)} == {"same"}


def test_a_persons_words_stay(batch, submissions, book, entry):
    batch(submissions)
    with book.writing() as session:
        override(session, "a", entry.slug, Said(score=7.0, comment="well"), Deed(who="bo", what="override", at=now()))
    rescored(book, changed(entry, data=3.0), write=True)
    with book.reading() as session:
        assert (grades(session)[0].final, grades(session)[0].comment) == (7.0, "well")


def test_other_data_need_a_run(batch, submissions, book, entry):
    batch(submissions)
    found = rescored(book, dataclasses.replace(entry, files={"other.csv": b"x"}), write=True)
    assert {(one.verdict, one.after) for one in found} == {("needs-run", None)}


def test_a_fault_has_nothing_to_judge_and_needs_a_run(batch, submissions, book, entry, made):
    made.raising = RuntimeError("ours")
    batch(submissions[:1])
    assert [one.verdict for one in rescored(book, entry)] == ["needs-run"]


def test_what_cannot_be_read_is_still_that(batch, submissions, book, entry):
    batch([dataclasses.replace(submissions[0], data=b"{")])
    (found,) = rescored(book, changed(entry, data=3.0), write=True)
    assert (found.after.run.status, found.after.max_score) == ("unreadable", 13.0)


def test_what_was_never_graded_is_not_there(book, entry):
    assert rescored(book, entry) == []


@pytest.mark.parametrize(("score", "verdict"), [(1.0, "loses"), (-1.0, "gains")])
def test_who_gains_and_who_loses(batch, submissions, book, entry, score, verdict):
    """The stored report is given other points by hand: what is judged from the evidence differs from it."""
    from sqlalchemy import text

    batch(submissions[:1])
    with book.writing() as session:
        session.execute(text("UPDATE report SET record = replace(record, :a, :b)"), {"a": '"score": 0.0', "b": f'"score": {score}'})
    (found,) = rescored(book, entry)
    assert (found.verdict, found.before.score, found.after.score) == (verdict, score, 0.0)
