"""Real-lab style submissions, judged whole: right ones earn all of the training's marks, each mistake is named; scripts likewise."""

import pytest

from grader.execution.plain import PlainExecutor
from grader.judging import judge
from grader.model.run import Job, Observed
from grader.notebooks import align, read
from tests.judging.labs import MISTAKES, PYTORCH, SLOPE, as_notebook, as_script, changed, slug

TRAINING = {"data", "start", "steps", "loss", "gradient", "update", "trajectory", "learned", "recorded"}
WRITTEN = {"notebook": as_notebook, "script": as_script}


def earned(report):
    return {c.id: c.outcome for c in report.checks}


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("cells", [SLOPE, PYTORCH], ids=slug)
def test_right_ones_earn_every_mark_of_the_training(judged, cells, written):
    report = judged(cells, WRITTEN[written])
    outcomes = earned(report)
    assert {c: outcomes[c] for c in TRAINING & outcomes.keys()} == dict.fromkeys(TRAINING & outcomes.keys(), "passed")
    assert report.cause is None
    if cells is SLOPE:  # tensors that require a gradient: the plot of them raises, which costs nothing
        assert outcomes["plotted"] == "passed"
        assert "tensors-not-floats" in {f.rule for f in report.findings if f.remark}
    assert outcomes["generalises"] == "unobserved"
    assert report.score + report.pending == report.max_score


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("mistake", MISTAKES)
def test_each_mistake_is_named(judged, mistake, written):
    cells, at, old, new, rule, check = MISTAKES[mistake]
    report = judged(changed(cells, at, old, new), WRITTEN[written])
    assert report.cause is not None
    assert report.cause.rule == rule
    assert earned(report)[check] == "failed"
    assert report.score < report.max_score - 1
    assert report.cause.cell is not None


@pytest.mark.timeout(120)
def test_on_kernels_of_their_own(course):
    """The same through real kernels: one right notebook, one script with a stale optimizer."""
    stale = MISTAKES["old-optimizer"]
    with PlainExecutor(spares=1) as executor:
        for (data, name), cells, rule in ((as_notebook(SLOPE), SLOPE, ""), (as_script(changed(*stale[:4])), PYTORCH, "stale-optimizer")):
            entry = course.load(slug(cells))
            notebook = align(read(data, name), entry.scaffold)
            outcome = executor.run(Job(notebook=notebook, limits=entry.exercise.limits))
            report = judge(entry.exercise, notebook, (Observed(exercise=entry.exercise, outcome=outcome),))
            assert (report.cause.rule if report.cause else "") == rule
            if not rule:
                assert {earned(report)[c] for c in TRAINING & earned(report).keys()} == {"passed"}
