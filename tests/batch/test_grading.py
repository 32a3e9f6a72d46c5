"""A plan, then its work: each result stored when it is there, nothing done twice, nothing stopped by one submission."""

import dataclasses

import pytest
from sqlalchemy import event

from grader.batch import Here, grade_class, place, plan_of, reports_of, taken_in
from grader.gradebook.audit import history
from grader.gradebook.counting import grades
from grader.gradebook.standing import runs
from grader.grading import Edition
from grader.model.errors import AuthorError, GradebookError
from grader.wire import unpack


def test_each_submission_is_graded_and_stored_with_its_evidence(batch, submissions, book, entry):
    tally, heard, plan = batch(submissions)
    assert (tally.ran, tally.judged, tally.kept, tally.faults) == (5, 0, 0, [])
    assert [(one.done, one.total, one.fresh) for one in heard] == [(n, 5, True) for n in range(1, 6)]
    assert plan.lines() == ("slope-and-bias: 5 to run",)
    with book.reading() as session:
        found = grades(session)
        assert [(grade.student.id, grade.status, grade.report.student) for grade in found] == [(n, "graded", n) for n in "abcde"]
        stored = runs(session, 1, Edition.of(entry).execution)
        assert [unpack(run.data).outcome.status for run in stored] == ["completed"]
        assert {(row.who, row.what) for row in history(session)} == {("ada", "batch")}


def test_reports_come_in_the_order_of_the_class(batch, submissions, book, entry):
    batch(submissions)
    group = taken_in(book, list(reversed(submissions)), {entry.slug: Edition.of(entry)})
    assert [report.student for report in reports_of(book, group)] == list("edcba")


def test_one_executor_serves_all_workers_and_is_closed(batch, submissions, made):
    batch(submissions, jobs=3)
    (executor,) = made.all
    assert executor.closed


def test_what_is_done_is_not_done_again(batch, submissions, made, book):
    batch(submissions)
    made.all.clear()
    tally, heard, plan = batch(submissions)
    assert (tally.ran, tally.kept, made.all, heard) == (0, 5, [], [])
    assert plan.lines() == ("slope-and-bias: 5 graded already",)
    with book.reading() as session:
        assert len(history(session)) == 5


def test_another_file_is_graded_and_the_others_are_not(batch, submissions):
    batch(submissions)
    changed = [*submissions[:4], dataclasses.replace(submissions[4], data=submissions[4].data + b"\n")]
    tally, _, plan = batch(changed)
    assert (tally.ran, tally.kept, [one.attempt for one in plan.run]) == (1, 4, [2])


def test_one_file_handed_in_twice_is_graded_once(batch, submissions):
    tally, *_ = batch([submissions[0], submissions[0]])
    assert tally.ran == 1


def newer(entry, **changes):
    return dataclasses.replace(entry, exercise=dataclasses.replace(entry.exercise, **changes))


def test_other_points_are_judged_from_what_is_stored(batch, submissions, entry, made):
    batch(submissions)
    made.all.clear()
    tally, heard, plan = batch(submissions, of=newer(entry, title="Other points"))
    assert (tally.ran, tally.judged, made.all, len(heard)) == (0, 5, [], 5)
    assert plan.lines() == ("slope-and-bias: 5 to judge again from stored runs",)
    assert batch(submissions, of=newer(entry, title="Other points"))[0].kept == 5


def test_other_data_are_run_again(batch, submissions, entry):
    batch(submissions)
    assert batch(submissions, of=dataclasses.replace(entry, files={"other.csv": b"x"}))[0].ran == 5


def test_a_broken_file_among_others_is_a_report_like_the_others(batch, submissions, statuses):
    broken = dataclasses.replace(submissions[2], data=b"{")
    assert batch([*submissions[:2], broken, *submissions[3:]])[0].ran == 5
    assert statuses() == dict.fromkeys("abcde", "graded")


def test_a_fault_is_withheld_and_tried_again_next_time(batch, submissions, made, statuses):
    made.raising = RuntimeError("a bug of ours")
    tally, heard, _ = batch(submissions)
    assert {one.report.run.status for one in heard} == {"fault"}
    assert len(tally.faults) == 5
    assert statuses() == dict.fromkeys("abcde", "waiting")
    made.raising = None
    assert batch(submissions)[0].ran == 5
    assert statuses() == dict.fromkeys("abcde", "graded")


def test_one_whose_run_fails_for_lack_of_disk_stops_and_spoils_no_other(batch, submissions, silent, made, statuses):
    class Full(silent):
        def run(self, job):
            if job.notebook.name == "third.ipynb":
                raise OSError(28, "No space left on device")
            return super().run(job)

    made.kind = Full
    third = dataclasses.replace(submissions[2], name="third.ipynb")
    tally, heard, _ = batch([*submissions[:2], third, *submissions[3:]])
    assert (tally.ran, [one.student for one in tally.faults]) == (5, ["c"])
    assert statuses() == {**dict.fromkeys("abde", "graded"), "c": "waiting"}
    assert "No space left" in next(one.report.run.detail for one in heard if one.report.student == "c")


def test_evidence_without_measure_is_not_kept_and_its_report_is(batch, submissions, book, entry, monkeypatch):
    monkeypatch.setattr(place, "LARGEST", 10)
    assert batch(submissions[:1])[0].ran == 1
    with book.reading() as session:
        assert runs(session, 1, Edition.of(entry).execution) == ()
    assert batch(submissions[:1])[0].kept == 1
    assert batch(submissions[:1], of=newer(entry, title="Other points"))[0].ran == 1


def test_the_authors_error_ends_the_class_and_closes_what_was_started(batch, submissions, made, statuses):
    made.raising = AuthorError("wrong")
    with pytest.raises(AuthorError):
        batch(submissions)
    assert all(executor.closed for executor in made.all)
    assert statuses() == dict.fromkeys("abcde", "waiting")


def test_a_full_disk_ends_the_class_in_one_line_and_what_was_stored_is_there(batch, submissions, entry, book, made, statuses):
    more = [dataclasses.replace(submissions[0], student=f"{at}", data=submissions[0].data + b" " * at) for at in range(40)]
    group = taken_in(book, more, {entry.slug: Edition.of(entry)})

    @event.listens_for(book._engine, "connect")
    def small(connection, record):
        connection.execute(f"PRAGMA max_page_count = {connection.execute('PRAGMA page_count').fetchone()[0] + 40}")

    book._engine.dispose()
    here = Here(group.editions, executor=made, secret=book.secret(), jobs=2)
    with pytest.raises(GradebookError, match=r"full.*make room"):
        grade_class(book, group, plan_of(book, group), here)
    assert made.all[0].closed
    stored = sum(status == "graded" for status in statuses().values())
    assert 0 < stored < 40
    event.remove(book._engine, "connect", small)
    book._engine.dispose()
    tally, *_ = batch(more)
    assert (tally.kept, tally.ran) == (stored, 40 - stored)


def test_no_submissions_need_no_executor(batch, made):
    tally, heard, _ = batch([])
    assert (tally.ran, heard, made.all) == (0, [], [])
