import dataclasses
from pathlib import Path

import pytest

from grader.batch import trials_of, tried, validate
from grader.grading import Grader
from grader.model.errors import AuthorError
from grader.model.exercise import Limits


@pytest.fixture
def with_stub(entry, tmp_path):
    stub = tmp_path / "stub.ipynb"
    stub.write_bytes(entry.reference.read_bytes())
    return dataclasses.replace(entry, stub=stub)


def test_reference_stub_and_every_specimen_is_tried(with_stub):
    trials = trials_of(with_stub)
    assert [trial.kind for trial in trials[:2]] == ["reference", "stub"]
    assert [trial.id for trial in trials[:2]] == ["slope-and-bias::reference", "slope-and-bias::stub"]
    assert {trial.id for trial in trials[2:]} == {f"slope-and-bias::specimen[{one.name}]" for one in with_stub.specimens}


def test_a_reference_whose_run_leaves_no_training_falls_short_and_the_stub_does_not(with_stub, silent):
    reference, stub = trials_of(with_stub)[:2]
    grader = Grader(silent(), secret=b"")
    assert tried(grader, reference).shortfalls
    assert tried(grader, stub).shortfalls == ()


def with_first(entry, **changes):
    """The exercise with its first specimen alone, changed."""
    return dataclasses.replace(entry, specimens=(dataclasses.replace(entry.specimens[0], **changes),))


def test_a_specimen_runs_under_the_limits_that_it_names(with_stub, silent):
    limits = Limits(cell_seconds=3.0)
    *rest, trial = trials_of(with_first(with_stub, limits=limits))
    assert {one.entry.exercise.limits for one in rest} == {Limits()}
    executor = silent()
    tried(Grader(executor, secret=b""), trial)
    assert executor.jobs[0].limits == limits


def test_what_a_confined_kernel_alone_can_show_is_skipped_with_its_reason(with_stub, silent):
    trial = trials_of(with_first(with_stub, confined=True, score=3.0, finding="forbidden"))[-1]
    done = tried(Grader(silent(), secret=b""), trial)
    assert done.shortfalls == ()
    assert "confined" in done.skipped
    confined = silent()
    run = confined.run
    confined.run = lambda job: dataclasses.replace(run(job), isolation="L1")
    done = tried(Grader(confined, secret=b""), trial)
    assert done.shortfalls
    assert done.skipped == ""


def test_trials_run_side_by_side_and_come_in_order(with_stub, silent):
    trials = trials_of(with_stub)[:4]
    heard = []
    done = validate(trials, executor=silent, jobs=2, progress=heard.append)
    assert [one.trial for one in done] == list(trials)
    assert {one.trial.id for one in heard} == {trial.id for trial in trials}


def test_a_missing_stub_says_how_it_is_made(entry):
    with pytest.raises(AuthorError, match="grader release"):
        trials_of(dataclasses.replace(entry, stub=Path("/nowhere/stub.ipynb")))
