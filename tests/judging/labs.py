"""Notebooks as real students of these labs hand them in: no metadata, names of their own, lecture and practice in one kernel."""

import json

SLOPE = (
    """\
# These are the libraries will be used for this lab.
import numpy as np
import torch
import matplotlib.pyplot as plt""",
    """\
X = torch.arange(-3, 3, 0.1).view(-1, 1)
f = 1 * X - 1
plt.plot(X.numpy(), f.numpy())
plt.show()""",
    """\
Y = f + 0.1 * torch.randn(X.size())""",
    """\
def forward(x):
    return w * x + b

def criterion(yhat, y):
    return torch.mean((yhat - y) ** 2)""",
    """\
w = torch.tensor(-15.0, requires_grad=True)
b = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []""",
    """\
def train_model(iter):
    for epoch in range(iter):
        Yhat = forward(X)
        loss = criterion(Yhat, Y)
        LOSS.append(loss.item())
        loss.backward()
        w.data = w.data - lr * w.grad.data
        b.data = b.data - lr * b.grad.data
        w.grad.data.zero_()
        b.grad.data.zero_()

train_model(15)""",
    """\
LOSS2 = []
w = torch.tensor(-15.0, requires_grad=True)
b = torch.tensor(-10.0, requires_grad=True)
def my_train_model(iter, lr=0.2):
    for epoch in range(iter):
        Yhat = forward(X)
        loss = criterion(Yhat, Y)
        LOSS2.append(loss)
        loss.backward()
        w.data = w.data - lr * w.grad.data
        b.data = b.data - lr * b.grad.data
        w.grad.data.zero_()
        b.grad.data.zero_()

my_train_model(15)""",
    """\
plt.plot(LOSS, label='LOSS')
plt.plot(LOSS2, label='LOSS2')
plt.legend()
plt.show()""",
)

PYTORCH = (
    """\
import torch
from torch import nn, optim
from torch.utils.data import Dataset, DataLoader
torch.manual_seed(1)""",
    """\
class Data(Dataset):
    def __init__(self):
        self.x = torch.arange(-3, 3, 0.1).view(-1, 1)
        self.f = 1 * self.x - 1
        self.y = self.f + 0.1 * torch.randn(self.x.size())
        self.len = self.x.shape[0]
    def __getitem__(self, index):
        return self.x[index], self.y[index]
    def __len__(self):
        return self.len

dataset = Data()""",
    """\
class linear_regression(nn.Module):
    def __init__(self, input_size, output_size):
        super().__init__()
        self.linear = nn.Linear(input_size, output_size)
    def forward(self, x):
        return self.linear(x)

criterion = nn.MSELoss()""",
    """\
model = linear_regression(1, 1)
optimizer = optim.SGD(model.parameters(), lr=0.01)
model.state_dict()['linear.weight'][0] = -15
model.state_dict()['linear.bias'][0] = -10
trainloader = DataLoader(dataset=dataset, batch_size=1)""",
    """\
def train_model_BGD(iter):
    for epoch in range(iter):
        for x, y in trainloader:
            yhat = model(x)
            loss = criterion(yhat, y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

train_model_BGD(10)""",
    """\
new_model = linear_regression(1, 1)
new_model.state_dict()['linear.weight'][0] = -15
new_model.state_dict()['linear.bias'][0] = -10
opt = optim.SGD(new_model.parameters(), lr=0.1)
loader = DataLoader(dataset=dataset, batch_size=1)""",
    """\
def my_train(iter):
    for epoch in range(iter):
        for x, y in loader:
            yhat = new_model(x)
            loss = criterion(yhat, y)
            opt.zero_grad()
            loss.backward()
            opt.step()

my_train(10)""",
)

MISTAKES = {
    # exercise, cell, what stands there, what the student wrote instead -> the finding, the check that fails
    "rate-left": (SLOPE, 6, "lr=0.2", "lr=0.1", "wrong-learning-rate", "update"),
    "bias-by-w": (SLOPE, 6, "b.data - lr * b.grad.data", "b.data - lr * w.grad.data", "wrong-gradient", "update"),
    "appended-to-LOSS": (SLOPE, 6, "LOSS2.append(loss)", "LOSS.append(loss.item())", "recorded-elsewhere", "recorded"),
    "ten-iterations": (SLOPE, 6, "my_train_model(15)", "my_train_model(10)", "wrong-step-count", "steps"),
    "batches-of-five": (PYTORCH, 5, "batch_size=1", "batch_size=5", "wrong-batch-size", "steps"),
    "old-optimizer": (PYTORCH, 6, "opt.", "optimizer.", "stale-optimizer", "update"),
    "rate-left-in-pytorch": (PYTORCH, 5, "lr=0.1", "lr=0.01", "wrong-learning-rate", "update"),
    "no-backward": (PYTORCH, 6, "loss.backward()", "pass", "missing-backward", "gradient"),
    "no-zero-grad": (PYTORCH, 6, "opt.zero_grad()", "pass", "missing-zero-grad", "gradient"),
}  # fmt: skip


def changed(cells, at, old, new):
    """The cells with one mistake made."""
    assert old in cells[at]
    return (*cells[:at], cells[at].replace(old, new), *cells[at + 1 :])


def slug(cells):
    return "slope-and-bias" if cells[-1] == SLOPE[-1] else "pytorch-way"


def as_notebook(cells):
    """nbformat 4.2 as old Jupyters wrote it: no cell ids, no metadata, stored outputs that are not true."""
    made = [{"cell_type": "markdown", "metadata": {}, "source": ["# Linear regression"]}]
    made += [
        {"cell_type": "code", "execution_count": 3, "metadata": {}, "outputs": [], "source": c.splitlines(keepends=True)} for c in cells
    ]
    return json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 2}).encode(), "lab.ipynb"


def as_script(cells):
    """A percent script."""
    return "\n\n".join(f"# %%\n{c}" for c in cells).encode(), "lab.py"
