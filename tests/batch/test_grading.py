import csv
import dataclasses

import pytest

from grader.batch import Shelf, Submission, grade_class
from grader.model.errors import AuthorError


@pytest.fixture
def submissions(entry):
    data = entry.reference.read_bytes()
    return [Submission(student=name, exercise=entry.slug, name="a.ipynb", data=data + b" " * at) for at, name in enumerate("abcde")]


@pytest.fixture
def made(silent):
    """A factory of executors that remembers them."""

    def factory():
        executor = silent(factory.raising)
        factory.all.append(executor)
        return executor

    factory.all, factory.raising = [], None
    return factory


def grade(submissions, entry, made, folder, **given):
    heard = []
    reports = grade_class(submissions, {entry.slug: entry}, executor=made, shelf=Shelf(folder), progress=heard.append, **given)
    return reports, heard


def test_reports_come_in_order_and_lie_on_the_shelf_with_a_sheet(submissions, entry, made, tmp_path):
    reports, heard = grade(submissions, entry, made, tmp_path)
    assert [report.student for report in reports] == list("abcde")
    assert [(one.done, one.total, one.fresh) for one in heard] == [(n, 5, True) for n in range(1, 6)]
    assert len(list(tmp_path.glob("*.json"))) == 5
    with (tmp_path / "grades.csv").open(newline="") as file:
        assert [row["student"] for row in csv.DictReader(file)] == list("abcde")


def test_one_executor_serves_all_workers_and_is_closed(submissions, entry, made, tmp_path):
    grade(submissions, entry, made, tmp_path, jobs=3)
    (executor,) = made.all
    assert executor.closed


def test_what_is_done_is_not_done_again(submissions, entry, made, tmp_path):
    first, _ = grade(submissions, entry, made, tmp_path)
    made.all.clear()
    again, heard = grade(submissions, entry, made, tmp_path)
    assert again == first
    assert made.all == []
    assert not any(one.fresh for one in heard)


def test_another_file_or_another_exercise_version_is_graded_anew(submissions, entry, made, tmp_path):
    grade(submissions, entry, made, tmp_path)
    changed = [*submissions[:4], dataclasses.replace(submissions[4], data=submissions[4].data + b"\n")]
    _, heard = grade(changed, entry, made, tmp_path)
    assert sum(one.fresh for one in heard) == 1
    newer = dataclasses.replace(entry, exercise=dataclasses.replace(entry.exercise, version=99))
    _, heard = grade(changed, newer, made, tmp_path)
    assert sum(one.fresh for one in heard) == 5


def test_a_damaged_report_is_made_again(submissions, entry, made, tmp_path):
    grade(submissions, entry, made, tmp_path)
    Shelf(tmp_path).place("c", entry.slug).write_text("{")
    _, heard = grade(submissions, entry, made, tmp_path)
    assert [one.report.student for one in heard if one.fresh] == ["c"]


def test_a_fault_is_reported_and_tried_again_next_time(submissions, entry, made, tmp_path):
    made.raising = RuntimeError("a bug of ours")
    reports, _ = grade(submissions, entry, made, tmp_path)
    assert {report.run.status for report in reports} == {"fault"}
    made.raising = None
    reports, heard = grade(submissions, entry, made, tmp_path)
    assert {report.run.status for report in reports} == {"completed"}
    assert all(one.fresh for one in heard)


def test_the_authors_error_ends_the_class_and_closes_what_was_started(submissions, entry, made, tmp_path):
    made.raising = AuthorError("wrong")
    with pytest.raises(AuthorError):
        grade(submissions, entry, made, tmp_path)
    assert all(executor.closed for executor in made.all)


def test_no_submissions_need_no_executor(entry, made, tmp_path):
    assert grade([], entry, made, tmp_path) == ((), [])
    assert made.all == []
