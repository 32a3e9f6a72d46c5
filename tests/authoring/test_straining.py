"""How near a run came to what is allowed: at a kink both sides are as right, anywhere else a deviation counts."""

from dataclasses import replace

import numpy as np
import pytest

from grader.authoring.straining import _gradient
from grader.judging.datasets import Dataset
from grader.judging.facts import assess
from grader.judging.laws import gradient_law
from grader.judging.reading import read_run
from grader.judging.runs import find_runs
from grader.model.exercise import SGD, AbsoluteError, Affine, AnyStart, Batches, Line, Training

X = np.arange(-2, 2, 0.5)
CELL = """
import torch
x = torch.arange(-2, 2, 0.5)
y = x - 1
y[0] += 1.0
w, b = torch.tensor(1.0, requires_grad=True), torch.tensor(-1.0, requires_grad=True)
for _ in range(4):
    (w * x + b - y).abs().mean().backward()
    for p in (w, b):
        p.data -= 0.0 * p.grad
        p.grad = None
"""


@pytest.fixture
def facts(tmp_path):
    """Of a line that goes through all targets but the first: seven residuals of 0."""
    from tests.probe.recording import kernels  # only now: pytest rewrites its assertions when tests/probe is collected

    known = Dataset(x=X, y=np.where(np.arange(8) == 0, X, X - 1))
    with kernels(tmp_path) as make:
        evidence = make().run(CELL).evidence()
    (run,) = find_runs(evidence)
    data = Line(first=-2, stop=2, step=0.5, slope=1, intercept=-1, noise=0)
    training = Training(
        model=Affine(), loss=AbsoluteError(), optimizer=SGD(lr=0.1), start=AnyStart(), data=data, batches=Batches(), epochs=4
    )
    return assess(read_run(evidence, run, known), training, known)


def seen(facts, grad):
    trace = replace(facts.trace, grad=grad)
    return replace(facts, trace=trace, gradient=gradient_law(trace, "mae", grad))


def test_what_a_kink_leaves_open_strains_nothing(facts):
    assert facts.base == "mae"
    ones = np.ones(8)
    ones[0] = 0.0  # no kink there
    for side in (1.0, -1.0, 0.5):
        other = seen(facts, facts.trace.grad + side * np.array([np.sum(ones * X), np.sum(ones)]) / 8)
        assert other.gradient.kept
        assert _gradient(other) < 0.01


def test_what_is_beyond_the_kink_does(facts):
    reach = np.array([np.sum(np.abs(X[1:])), 7.0]) * 2 / 8
    beyond = seen(facts, facts.trace.grad + reach * (1 + 1e-5))
    assert beyond.gradient.kept
    assert 0 < _gradient(beyond) <= 1
    far = seen(facts, facts.trace.grad + 1.5 * reach)
    assert not far.gradient.kept
    assert _gradient(far) == far.gradient.worst > 1
