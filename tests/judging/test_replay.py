"""What the training asked for would have done, against torch's own optimizers."""

import numpy as np
import pytest
import torch

from grader.judging.optimizers import expected_moves
from grader.judging.replay import replay_affine, rows_of
from grader.model.exercise import SGD, Adam

OPTIMIZERS = [
    SGD(lr=0.05),
    SGD(lr=0.05, momentum=0.9),
    SGD(lr=0.05, momentum=0.9, weight_decay=0.1),
    SGD(lr=0.05, weight_decay=0.1),
    Adam(lr=0.1),
    Adam(lr=0.1, betas=(0.8, 0.99), eps=1e-3, weight_decay=0.1),
]
X = np.arange(-3, 3, 0.5)
Y = 1.3 * X - 0.4 + np.sin(5 * X) / 10


def torchs(optimizer, parameters):
    more = {"weight_decay": optimizer.weight_decay}
    if isinstance(optimizer, Adam):
        return torch.optim.Adam(parameters, lr=optimizer.lr, betas=optimizer.betas, eps=optimizer.eps, **more)
    return torch.optim.SGD(parameters, lr=optimizer.lr, momentum=optimizer.momentum, **more)


def trained(optimizer, batches, loss):
    """Parameters before every step and after the last, gradients and losses of a real torch loop in float64."""
    p = torch.tensor([-1.5, 1.0], dtype=torch.float64, requires_grad=True)
    x, y = torch.tensor(X), torch.tensor(Y)
    stepping = torchs(optimizer, [p])
    theta, grad, losses = [p.detach().clone().numpy()], [], []
    for rows in batches:
        r = p[0] * x[rows] + p[1] - y[rows]
        value = (r**2).mean() if loss == "mse" else r.abs().mean()
        stepping.zero_grad()
        value.backward()
        stepping.step()
        theta.append(p.detach().clone().numpy())
        grad.append(p.grad.clone().numpy())
        losses.append(value.item())
    return np.array(theta), np.array(grad), np.array(losses)


@pytest.mark.parametrize("loss", ["mse", "mae"])
@pytest.mark.parametrize("size", [None, 1, 5])
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
def test_replay_is_torchs_training(optimizer, size, loss):
    batches = rows_of(len(X), size, 8)
    theta, _, losses = trained(optimizer, batches, loss)
    path, values = replay_affine(np.array([-1.5, 1.0]), X, Y, batches, optimizer, loss)
    assert path == pytest.approx(theta, rel=1e-9, abs=1e-9)
    assert values == pytest.approx(losses, rel=1e-7, abs=1e-9)


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
def test_expected_moves_are_torchs(optimizer):
    theta, grad, _ = trained(optimizer, rows_of(len(X), 4, 5), "mse")
    assert expected_moves(optimizer, theta[:-1], grad) == pytest.approx(np.diff(theta, axis=0), rel=1e-8, abs=1e-10)


def test_rows_of_batches():
    assert rows_of(5, None, 2) == [slice(0, 5)] * 2
    assert rows_of(5, 2, 1) == [slice(0, 2), slice(2, 4), slice(4, 5)]
    assert rows_of(5, 50, 1) == [slice(0, 5)]


def test_a_training_that_diverges_is_replayed_without_a_warning():
    path, losses = replay_affine(np.array([1.0, 1.0]), X, Y, rows_of(len(X), None, 2000), SGD(lr=10.0))
    assert path.shape == (2001, 2)
    assert not np.isfinite(path[-1]).all() or np.abs(path[-1]).max() > 1e100
    assert len(losses) == 2000


def test_a_diverging_training_with_momentum_or_adams_gives_no_warning_either():
    for optimizer in (SGD(lr=10.0, momentum=0.9), SGD(lr=1e300), Adam(lr=1e200)):
        for loss in ("mse", "mae"):
            path, _ = replay_affine(np.array([1.0, 1.0]), X, Y, rows_of(len(X), None, 600), optimizer, loss)
            assert path.shape == (601, 2)
            expected_moves(optimizer, path[:-1], np.full((600, 2), 1e300))
