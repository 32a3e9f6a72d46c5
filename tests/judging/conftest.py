"""Real evidence for the judge: cells executed in this process under the real recorder; and traces made of numbers."""

import os
from dataclasses import replace

import numpy as np
import pytest

from grader.judging import judge
from grader.judging.runs import Run
from grader.judging.trace import Trace
from grader.model.run import Observed, Outcome
from grader.notebooks import align, read

os.environ.setdefault("MPLBACKEND", "Agg")


@pytest.fixture
def kernel(tmp_path):
    """A function that starts a kernel in this process under the recorder; see tests.probe.recording.Kernel."""
    from tests.probe.recording import kernels

    with kernels(tmp_path) as make:
        yield make


@pytest.fixture
def record(kernel):
    """A function (cells) -> Evidence of those cells run one after another in a fresh kernel."""

    def run(*cells, **settings):
        return kernel(**settings).run(*cells).evidence()

    return run


@pytest.fixture
def judged(kernel, course):
    """A function (cells, how written) -> report on them, run in this process as a first run; the judge's own is not made.

    checks: more checks of the task.
    """
    from tests.judging.labs import as_notebook, slug

    def grade(cells, written=as_notebook, checks=()):
        entry = course.load(slug(cells))
        (task,) = entry.exercise.tasks
        exercise = replace(entry.exercise, tasks=(replace(task, checks=(*task.checks, *checks)),))
        notebook = align(read(*written(cells)), entry.scaffold)
        started = kernel()
        for cell in notebook.code():
            started.run(cell.source, at=cell.index)
        outcome = Outcome(status="completed", isolation="L0", seconds=0.1, evidence=started.evidence())
        return judge(exercise, notebook, (Observed(exercise=exercise, outcome=outcome),))

    return grade


@pytest.fixture(scope="session")
def traced():
    """A function (theta (K, 2), batches [(x, y)], more columns) -> Trace with losses, gradients and moves of zeros by default."""

    def make(theta, batches, *, loss=None, grad=None, stale=None, final=None):
        theta = np.asarray(theta, np.float64)
        k = len(theta)
        zeros = np.zeros((k, 2))
        grad, stale = (zeros if v is None else np.asarray(v, np.float64) for v in (grad, stale))
        loss = np.zeros(k) if loss is None else np.asarray(loss, np.float64)
        final = np.full(2, np.nan) if final is None else np.asarray(final, np.float64)
        ints = np.arange(k)
        run = Run(
            cell=0, cells=(0,), seq=ints, site=ints * 0, graph=ints * 0, row=ints, loss=loss, tokens=np.tile([1, 2], (k, 1)), theta=theta,
            stale=stale, grad=grad, shapes=((), ()), call="backward",
        )  # fmt: skip
        x, y = (np.concatenate([np.asarray(b[i], np.float64) for b in batches]) for i in (0, 1))
        offset = np.concatenate([[0], np.cumsum([len(b[0]) for b in batches])])
        return Trace(
            run=run, theta=theta, grad=grad, stale=stale, loss=loss, x=x, y=y, offset=offset, moves=np.vstack([theta[1:], final]) - theta,
            final=final, final_seen=bool(np.isfinite(final).all()), spread=0.0, broadcast=(), family="", reduction=-1,
            stepped=np.ones(k, np.bool_), parts=np.ones(k, np.int64),
        )  # fmt: skip

    return make
