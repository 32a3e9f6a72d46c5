import dataclasses
import gc
import hashlib
import logging
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from grader.grading import Grader
from grader.model.errors import AuthorError, EvidenceError, ExecutionError
from grader.model.exercise import OtherTable


@pytest.fixture
def stub(entry):
    return entry.reference.read_bytes()


def grade(executor, entry, data, **given):
    return Grader(executor, secret=b"s" * 32).grade(data, given.pop("name", "a.ipynb"), entry, **given)


def test_a_run_without_training_earns_nothing_and_has_a_cause(silent, entry, stub):
    report = grade(silent(), entry, stub, student="anna")
    assert (report.score, report.pending, report.student, report.notebook) == (0.0, 0.0, "anna", "a.ipynb")
    assert report.cause is not None


def test_the_report_says_what_it_depends_on_and_ran_under(silent, entry, stub):
    report = grade(silent(), entry, stub)
    assert set(report.digests) == {"execution", "judging", "submission"}
    assert report.digests["submission"] == hashlib.sha256(stub).hexdigest()
    assert {"grader", "python", "torch", "numpy", "platform"} <= set(report.environment)


def test_the_first_run_is_the_notebook_as_handed_in(silent, entry, stub):
    executor = silent()
    grade(executor, entry, stub)
    first = executor.jobs[0]
    assert first.seed is None
    assert (first.files, first.served, first.limits) == (entry.files, entry.served, entry.exercise.limits)


def test_an_unreadable_file_is_the_students_and_executes_nothing(silent, entry):
    executor = silent()
    report = grade(executor, entry, b"{", name="broken.ipynb")
    assert (report.run.status, report.score, report.pending, executor.jobs) == ("unreadable", 0.0, 0.0, [])
    assert report.cause.rule == "unreadable-notebook"
    assert {check.outcome for check in report.checks} == {"blocked"}
    assert report.max_score == 10.0


@pytest.mark.parametrize("raised", [ExecutionError("no kernel"), EvidenceError("odd bytes"), RuntimeError("a bug of ours"), MemoryError()])
def test_our_own_failure_takes_no_points_and_stops_nothing(silent, entry, stub, raised, caplog):
    with caplog.at_level(logging.ERROR, logger="grader"):
        report = grade(silent(raised), entry, stub)
    assert (report.run.status, report.score, report.pending) == ("fault", 0.0, 10.0)
    assert {check.outcome for check in report.checks} == {"fault"}
    assert str(raised) in report.run.detail
    assert any(record.exc_info for record in caplog.records)


def test_the_authors_error_is_raised(silent, entry, stub):
    with pytest.raises(AuthorError):
        grade(silent(AuthorError("wrong")), entry, stub)


def test_stopping_by_hand_is_never_swallowed(silent, entry, stub):
    with pytest.raises(KeyboardInterrupt):
        grade(silent(KeyboardInterrupt()), entry, stub)


def test_graders_in_several_threads_do_not_disturb_one_another(silent, entry, stub):
    """What runs Python while another thread parses (here: the collector's callbacks) must not end in a fault of ours."""
    before = gc.get_threshold(), sys.getswitchinterval()

    def callback(*_):
        return sum(range(200))

    gc.callbacks.append(callback)
    gc.set_threshold(50)
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(6) as pool:
            reports = list(pool.map(lambda _: grade(silent(), entry, stub), range(120)))
    finally:
        gc.callbacks.remove(callback)
        gc.set_threshold(*before[0])
        sys.setswitchinterval(before[1])
    assert {report.run.detail for report in reports} == {""}


def test_a_fault_tells_how_long_it_took_by_the_clock_given(silent, entry, stub):
    ticks = iter([5.0, 7.5])
    report = Grader(silent(ExecutionError("no")), secret=b"", clock=lambda: next(ticks)).grade(stub, "a.ipynb", entry)
    assert report.run.seconds == 2.5


def test_a_variant_that_the_exercise_cannot_have_is_never_used_silently(entry):
    from grader.grading.draws import Draw
    from grader.grading.variants import prepare
    from grader.model.notebook import Notebook
    from grader.model.run import Job

    wrong = OtherTable(slope=(0, 1), intercept=(0, 1), feature=(0, 1), noise=0.1)
    exercise = dataclasses.replace(entry.exercise, variants=(wrong,))
    with pytest.raises(AuthorError):
        prepare(wrong, exercise, Job(notebook=Notebook(name="a", cells=())), {}, Draw(key=b"k" * 32))
