"""Predictions and slopes of a line and of any Module, against torch's own; tensors of a run in their places in the model."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch

from grader.judging.datasets import Dataset
from grader.judging.laws import gradient_law, gradient_of, loss_law, loss_of
from grader.judging.predictors import LINE, columns_of, predictions, predictor_of, size_of
from grader.judging.reading import read_run
from grader.judging.runs import find_runs
from grader.model.exercise import MLP, Affine, OwnModule

X = np.arange(-3, 3, 0.5)
OFFSET = np.array([0, 2, 3])


def network():
    return torch.nn.Sequential(torch.nn.Linear(1, 3), torch.nn.ReLU(), torch.nn.Linear(3, 2), torch.nn.Tanh(), torch.nn.Linear(2, 1))


def layers(activation):
    between = {"relu": torch.nn.ReLU, "tanh": torch.nn.Tanh, "sigmoid": torch.nn.Sigmoid}[activation]
    return torch.nn.Sequential(torch.nn.Linear(1, 4), between(), torch.nn.Linear(4, 3), between(), torch.nn.Linear(3, 1))


NETWORK = OwnModule(build=network)
KNOWN = Dataset(x=X, y=0.5 * X + 1)


def test_a_line_is_weight_times_feature_plus_bias():
    theta = np.array([[2.0, -1.0], [0.5, 3.0]])
    assert LINE.predict(theta, np.array([1.0, -2.0, 4.0]), OFFSET).tolist() == [1.0, -5.0, 5.0]
    assert LINE.slopes(theta, np.array([1.0, -2.0, 4.0]), OFFSET).tolist() == [[1.0, 1.0], [-2.0, 1.0], [4.0, 1.0]]
    assert predictor_of(Affine()) is LINE


def test_a_module_predicts_and_slopes_as_torch_itself_does():
    model = predictor_of(NETWORK)
    theta = np.random.default_rng(5).normal(size=(2, size_of(model)))
    x = np.array([0.5, -1.5, 2.0])
    predicted, slopes = model.predict(theta, x, OFFSET), model.slopes(theta, x, OFFSET)
    module = network().double()
    for row, step in enumerate((0, 0, 1)):
        for parameter, part in zip(module.parameters(), columns_of(model), strict=True):
            parameter.data = torch.tensor(theta[step, part]).view(parameter.shape)
            parameter.grad = None
        out = module(torch.tensor([[x[row]]]))
        out.backward()
        assert predicted[row] == pytest.approx(out.item(), rel=1e-12)
        expected = np.concatenate([p.grad.reshape(-1).numpy() for p in module.parameters()])
        assert slopes[row] == pytest.approx(expected, rel=1e-10, abs=1e-14)


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
def test_a_declared_network_is_the_module_of_its_layers(activation):
    declared = predictor_of(MLP(widths=(1, 4, 3, 1), activation=activation))
    module = predictor_of(OwnModule(build=partial(layers, activation)))
    assert declared.shapes == module.shapes
    theta = np.random.default_rng(7).normal(size=(3, size_of(module)))
    x, offset = np.linspace(-2, 2, 8), np.array([0, 3, 6, 8])
    assert declared.predict(theta, x, offset) == pytest.approx(module.predict(theta, x, offset), rel=1e-12)
    assert declared.slopes(theta, x, offset) == pytest.approx(module.slopes(theta, x, offset), rel=1e-10, abs=1e-14)


@pytest.mark.parametrize("model", [LINE, predictor_of(MLP(widths=(1, 4, 3, 1), activation="relu")), predictor_of(NETWORK)])
@pytest.mark.parametrize("offset", [np.array([0, 4, 8, 12]), np.array([0, 3, 3, 7, 12])])
def test_sums_of_derivatives_are_those_of_the_table(model, offset):
    rng = np.random.default_rng(11)
    theta, d = rng.normal(size=(len(offset) - 1, size_of(model))), rng.normal(size=12)
    slopes, steps = model.slopes(theta, X, offset), np.repeat(np.arange(len(theta)), np.diff(offset))
    found = model.derivatives(theta, X, offset)
    assert found.predicted == pytest.approx(model.predict(theta, X, offset), rel=1e-12)
    assert found.terms() == pytest.approx(np.sum(np.abs(slopes * theta[steps]), axis=1), rel=1e-10)
    for k in np.unique(steps):
        assert found.pulled(d)[k] == pytest.approx(d[steps == k] @ slopes[steps == k], rel=1e-9, abs=1e-12)
        assert found.reached(np.abs(d))[k] == pytest.approx(np.abs(d)[steps == k] @ np.abs(slopes[steps == k]), rel=1e-9, abs=1e-12)


def test_a_network_is_worked_out_in_pieces_that_make_the_whole():
    model = predictor_of(MLP(widths=(1, 4, 1), activation="tanh"))
    theta = np.random.default_rng(13).normal(size=(1000, size_of(model)))
    x, offset = np.tile(X, 1000), np.arange(1001) * len(X)
    found, last = model.derivatives(theta, x, offset), slice(-len(X), None)
    assert found.predicted[last] == pytest.approx(model.predict(theta[-1:], X, np.array([0, len(X)])), rel=1e-12)
    assert found.pulled(np.ones(len(x)))[-1] == pytest.approx(model.slopes(theta[-1:], X, np.array([0, len(X)])).sum(axis=0), rel=1e-9)


def test_the_same_rows_for_many_parameters():
    model = predictor_of(NETWORK)
    theta = np.random.default_rng(1).normal(size=(4, size_of(model)))
    table = predictions(model, theta, X)
    assert table.shape == (4, len(X))
    assert table[2] == pytest.approx(model.predict(theta[2:3], X, np.array([0, len(X)])))


DATA = "import torch\nfrom torch import nn\ntorch.manual_seed(3)\nX = torch.arange(-3, 3, 0.5).view(-1, 1)\nY = 0.5 * X + 1\n"
LAYERS = (
    "w1, b1, w2, b2 = torch.randn(1, 3), torch.zeros(3), torch.randn(3, 2), torch.zeros(2)\nw3, b3 = torch.randn(2, 1), torch.zeros(1)\n"
)
TENSORS = (
    LAYERS
    + "P = [b3, w3, b2, w2, b1, w1]\n[p.requires_grad_() for p in P]\ny = lambda: torch.tanh((X @ w1 + b1).relu() @ w2 + b2) @ w3 + b3\n"
)
STACK = "net = nn.Sequential(nn.Linear(1, 3), nn.ReLU(), nn.Linear(3, 2), nn.Tanh(), nn.Linear(2, 1))\n"
MODULE = STACK + "P = list(net.parameters())\ny = lambda: net(X)\n"
TURNED = "l1, l2, l3 = nn.Linear(1, 3), nn.Linear(3, 2), nn.Linear(2, 1)\nP = [*l3.parameters(), *l2.parameters(), *l1.parameters()]\n"
FUNCTIONS = TURNED + "y = lambda: l3(torch.tanh(l2(nn.functional.relu(l1(X)))))\n"
LOOP = "for _ in range(6):\n    loss = {}\n    loss.backward()\n    for p in P:\n        p.data -= 0.05 * p.grad\n        p.grad = None\n"


@pytest.mark.parametrize("model", [TENSORS, MODULE, FUNCTIONS], ids=["tensors", "module", "turned"])
@pytest.mark.parametrize(
    ("loss", "kind"),
    [
        ("((y() - Y) ** 2).mean()", "mse"),
        ("nn.MSELoss()(y(), Y)", "mse"),
        ("nn.L1Loss()(y(), Y)", "mae"),
        ("(Y - y()).abs().mean()", "mae"),
    ],
)
def test_tensors_find_their_places_and_keep_the_laws(kernel, model, loss, kind):
    started = kernel().run(DATA, model + LOOP.format(loss))
    assert started.raised == [None, None]
    evidence = started.evidence()
    (run,) = find_runs(evidence)
    trace = read_run(evidence, run, KNOWN, predictor_of(NETWORK))
    assert trace is not None
    assert np.sort(trace.x[: len(X)]) == pytest.approx(X)
    assert loss_law(trace, kind).kept
    assert gradient_law(trace, kind, trace.grad).kept
    assert not loss_law(trace, "mse" if kind == "mae" else "mae").kept
    assert trace.final_seen


def test_another_function_of_as_many_parameters_breaks_the_loss_law_alone(kernel):
    other = MODULE.replace("nn.Tanh()", "nn.Sigmoid()")
    evidence = kernel().run(DATA, other + LOOP.format("nn.L1Loss()(y(), Y)")).evidence()
    (run,) = find_runs(evidence)
    trace = read_run(evidence, run, KNOWN, predictor_of(NETWORK))
    assert trace is not None
    assert not loss_law(trace, "mae").kept
    assert trace.outer == "mae", "the losses are the mean absolute residuals all the same"


def test_a_model_of_other_size_is_not_read(kernel):
    evidence = kernel().run(DATA, MODULE.replace("3", "4") + LOOP.format("nn.L1Loss()(y(), Y)")).evidence()
    (run,) = find_runs(evidence)
    assert read_run(evidence, run, KNOWN, predictor_of(NETWORK)) is None


def test_a_unit_at_its_kink_may_fall_to_either_side(kernel):
    """float32 puts the unit on one side, float64 on the other: no law may tell them apart."""
    evidence = kernel().run(DATA, MODULE + LOOP.format("nn.L1Loss()(y(), Y)")).evidence()
    (run,) = find_runs(evidence)
    trace = read_run(evidence, run, KNOWN, predictor_of(NETWORK))
    theta = trace.theta.copy()
    theta[:, 3] = -theta[:, 0] * X[2] * (1 + 1e-9)  # the first unit's bias: its input is all but zero at the third row
    at_kink = replace(trace, theta=theta)
    tilted = theta.copy()
    tilted[:, 3] = -theta[:, 0] * X[2] * (1 - 1e-7)
    other = replace(trace, theta=tilted)
    gradient = gradient_of(other, "mae")
    assert np.abs(gradient - gradient_of(at_kink, "mae")).max() > 1e-3, "the two sides differ"
    law = gradient_law(at_kink, "mae", gradient)
    assert law.kept
    assert law.worst < 0.1, "the other side is as right as this one: it takes up nothing of what is allowed"
    here = gradient_of(at_kink, "mae")
    for times in (1.5, -1.5):  # further than the kink is wide, on either side
        assert not gradient_law(at_kink, "mae", here + times * (gradient - here)).kept
    assert loss_of(other, "mae") == pytest.approx(loss_of(at_kink, "mae"), rel=1e-5)
