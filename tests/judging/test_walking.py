"""A training followed step by step is the one that torch does."""

import numpy as np
import pytest
import torch

from grader.judging.predictors import LINE, predictor_of
from grader.judging.replay import replay_affine, rows_of
from grader.judging.walking import walked
from grader.model.exercise import MLP, SGD, Adam

X = np.linspace(-1, 1, 12)
Y = 0.7 * X + 0.3 + 0.1 * np.sin(9 * X)
OPTIMIZERS = {"sgd": SGD(lr=0.05), "momentum": SGD(lr=0.02, momentum=0.9, weight_decay=0.01), "adam": Adam(lr=0.02)}


def made(optimizer, parameters):
    if isinstance(optimizer, Adam):
        return torch.optim.Adam(parameters, lr=optimizer.lr, betas=optimizer.betas, eps=optimizer.eps)
    return torch.optim.SGD(parameters, lr=optimizer.lr, momentum=optimizer.momentum, weight_decay=optimizer.weight_decay)


def by_torch(start, batches, optimizer, loss):
    net = torch.nn.Sequential(torch.nn.Linear(1, 4), torch.nn.ReLU(), torch.nn.Linear(4, 1)).double()
    torch.nn.utils.vector_to_parameters(torch.tensor(start), net.parameters())
    steps, measure = made(optimizer, net.parameters()), {"mse": torch.nn.MSELoss(), "mae": torch.nn.L1Loss()}[loss]
    path, losses = [start], []
    for rows in batches:
        steps.zero_grad()
        value = measure(net(torch.tensor(X[rows, None])), torch.tensor(Y[rows, None]))
        value.backward()
        steps.step()
        losses.append(value.item())
        path.append(torch.nn.utils.parameters_to_vector(net.parameters()).detach().numpy().copy())
    return np.array(path), np.array(losses)


@pytest.mark.parametrize("loss", ["mse", "mae"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_network_goes_where_torch_takes_it(optimizer, loss):
    start = np.random.default_rng(3).normal(size=13)
    batches = rows_of(12, 5, 4)
    path, losses = walked(predictor_of(MLP(widths=(1, 4, 1), activation="relu")), start, X, Y, batches, OPTIMIZERS[optimizer], loss)
    expected, right = by_torch(start, batches, OPTIMIZERS[optimizer], loss)
    assert np.allclose(path, expected, rtol=1e-9, atol=1e-10)
    assert np.allclose(losses, right, rtol=1e-9)


def test_a_line_goes_where_its_replay_does():
    batches = rows_of(12, None, 30)
    path, losses = walked(LINE, np.array([-3.0, 2.0]), X, Y, batches, SGD(lr=0.1), "mse")
    expected, right = replay_affine(np.array([-3.0, 2.0]), X, Y, batches, SGD(lr=0.1))
    assert np.allclose(path, expected)
    assert np.allclose(losses, right)


def test_a_summed_loss_is_the_mean_by_so_many_rows():
    batches = rows_of(12, 4, 2)
    _, mean = walked(LINE, np.zeros(2), X, Y, batches, SGD(lr=0.0), "mse")
    _, summed = walked(LINE, np.zeros(2), X, Y, batches, SGD(lr=0.0), "mse-sum")
    assert np.allclose(summed, 4 * mean)
