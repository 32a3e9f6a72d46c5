"""Each loss and its gradient against torch.autograd, and the laws' tolerances on float32's own arithmetic."""

import numpy as np
import pytest
import torch

from grader.judging.laws import gradient_law, gradient_of, loss_law, loss_of, residuals, update_law

LOSSES = {
    "mse": lambda p, y: ((p - y) ** 2).mean(),
    "mse-sum": lambda p, y: ((p - y) ** 2).sum(),
    "half-mse": lambda p, y: ((p - y) ** 2).mean() / 2,
    "rmse": lambda p, y: ((p - y) ** 2).mean().sqrt(),
    "mae": lambda p, y: (p - y).abs().mean(),
    "mae-sum": lambda p, y: (p - y).abs().sum(),
    "huber": torch.nn.functional.huber_loss,
    "mean-residual": lambda p, y: (p - y).mean(),
    "negative-mean-residual": lambda p, y: (y - p).mean(),
    "mse-broadcast": lambda p, y: ((p[:, None] - y[None]) ** 2).mean(),
    "mse-sum-broadcast": lambda p, y: ((p[:, None] - y[None]) ** 2).sum(),
    "mae-broadcast": lambda p, y: (p[:, None] - y[None]).abs().mean(),
}
MODELS = {
    "flipped-bias": lambda w, b, x: w * x - b,
    "flipped-weight": lambda w, b, x: -w * x + b,
    "no-bias": lambda w, b, x: w * x + 0 * b,
    "no-weight": lambda w, b, x: 0 * w * x + b,
}
BATCHES = [([0.5, -1.0, 2.0], [0.0, 1.0, 4.0]), ([3.0], [1.0]), ([1.0, -2.0], [-2.5, 0.25])]
THETA = [[-1.5, 0.5], [0.25, -0.75], [2.0, 3.0]]


def independently(kind, theta, x, y, dtype=torch.float64):
    """Loss and gradient by torch.autograd."""
    w, b = (torch.tensor(v, dtype=dtype, requires_grad=True) for v in theta)
    xs, ys = torch.tensor(x, dtype=dtype), torch.tensor(y, dtype=dtype)
    prediction = MODELS[kind](w, b, xs) if kind in MODELS else w * xs + b
    loss = LOSSES.get(kind, LOSSES["mse"])(prediction, ys)
    loss.backward()
    return loss.item(), [w.grad.item(), b.grad.item()]


@pytest.mark.parametrize("kind", [*LOSSES, *MODELS])
def test_losses_and_gradients_are_autograds(traced, kind):
    trace = traced(THETA, BATCHES)
    expected = [independently(kind, t, x, y) for t, (x, y) in zip(THETA, BATCHES, strict=True)]
    assert loss_of(trace, kind) == pytest.approx([e[0] for e in expected], rel=1e-9)
    assert gradient_of(trace, kind) == pytest.approx(np.array([e[1] for e in expected]), rel=1e-9, abs=1e-12)


def test_an_unknown_kind_is_refused(traced):
    with pytest.raises(ValueError, match="nonsense"):
        loss_of(traced(THETA, BATCHES), "nonsense")


@pytest.mark.parametrize("kind", ["mse", "mse-sum", "mae", "mae-sum"])
@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_float32s_own_rounding_breaks_no_law(traced, kind, scale):
    """300 steps of random parameters and data, computed in float32: not one is refused."""
    rng = np.random.default_rng(3)
    theta = np.float32(rng.normal(size=(300, 2)) * scale).astype(float)
    batches = [tuple(np.float32(rng.normal(size=(2, 20))).astype(float)) for _ in theta]
    told = [independently(kind, t, x, y, torch.float32) for t, (x, y) in zip(theta, batches, strict=True)]
    trace = traced(theta, batches, loss=[v[0] for v in told], grad=[v[1] for v in told])
    assert loss_law(trace, kind).kept
    assert gradient_law(trace, kind, trace.grad).kept


@pytest.mark.parametrize("factor", [0.999, 1.001, 0.5, 2.0])
def test_a_loss_a_thousandth_off_is_refused(traced, factor):
    right = loss_of(traced(THETA, BATCHES), "mse")
    law = loss_law(traced(THETA, BATCHES, loss=right * [1, factor, 1]), "mse")
    assert not law.kept
    assert (law.at, law.holds.tolist()) == (1, [True, False, True])
    assert law.deviation == pytest.approx(abs(factor - 1), rel=1e-6)


def test_a_gradient_a_thousandth_off_is_refused(traced):
    trace = traced(THETA, BATCHES)
    wrong = gradient_of(trace, "mse").copy()
    wrong[2, 1] *= 1.001
    assert gradient_law(trace, "mse", wrong).holds.tolist() == [True, True, False]


def test_any_subgradient_is_right_at_a_kink(traced):
    """Rows that are met exactly: torch says 0 there, another might say 1 or -1; 2 is none."""
    trace = traced([[1.0, 0.0]], [([1.0, 2.0], [1.0, 2.0])])
    for d, kept in ((0.0, True), (1.0, True), (-1.0, True), (3.0, False)):
        assert gradient_law(trace, "mae", np.array([[d * 1.5, d]])).kept is kept


def test_where_all_overflows_alike_no_law_is_broken(traced):
    with np.errstate(all="ignore"):
        trace = traced([[1e200, 0.0], [np.nan, np.nan]], [BATCHES[0]] * 2, loss=[np.inf, np.nan])
    assert loss_law(trace, "mse").kept
    assert gradient_law(trace, "mse", np.full((2, 2), np.inf)).kept


def test_a_loss_that_is_not_finite_where_it_should_be_is_refused(traced):
    for value in (np.nan, np.inf):
        assert not loss_law(traced(THETA, BATCHES, loss=[value] * 3), "mse").kept


def test_moves_are_minus_the_rate_times_the_gradient(traced):
    gradient = [[1.0, 2.0], [0.5, -1.0]]
    trace = traced([[0.0, 0.0], [-0.2, -0.4]], BATCHES[:2], grad=gradient, final=[-0.3, -0.2])
    assert update_law(trace, 0.2, trace.grad).kept
    assert not update_law(trace, 0.2002, trace.grad).kept
    assert not update_law(trace, -0.2, trace.grad).kept


def test_a_last_update_that_was_not_seen_breaks_no_law(traced):
    trace = traced([[0.0, 0.0], [-0.2, -0.4]], BATCHES[:2], grad=[[1.0, 2.0], [9.0, 9.0]])
    assert update_law(trace, 0.2, trace.grad).kept


def test_steps_below_float32s_resolution_are_not_refused(traced):
    """A parameter of 37 can't show a move of 1e-8."""
    trace = traced([[37.0, 37.0]] * 3, [BATCHES[0]] * 3, grad=[[1e-6, 1e-6]] * 3, final=[37.0, 37.0])
    assert update_law(trace, 0.01, trace.grad).kept


def test_residuals_are_prediction_minus_target(traced):
    assert residuals(traced(THETA[:1], BATCHES[:1])) == pytest.approx([-1.5 * 0.5 + 0.5, 1.5 + 0.5 - 1, -3 + 0.5 - 4])
