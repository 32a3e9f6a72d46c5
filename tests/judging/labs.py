"""Notebooks as real students of these labs hand them in: no metadata, names of their own, lecture and practice in one kernel."""

import json

SLOPE = (
    "# These are the libraries will be used for this lab.\nimport numpy as np\nimport torch\nimport matplotlib.pyplot as plt",
    "X = torch.arange(-3, 3, 0.1).view(-1, 1)\nf = 1 * X - 1\nplt.plot(X.numpy(), f.numpy())\nplt.show()",
    "Y = f + 0.1 * torch.randn(X.size())",
    "def forward(x):\n    return w * x + b\n\ndef criterion(yhat, y):\n    return torch.mean((yhat - y) ** 2)",
    "w = torch.tensor(-15.0, requires_grad=True)\nb = torch.tensor(-10.0, requires_grad=True)\nlr = 0.1\nLOSS = []",
    "def train_model(iter):\n    for epoch in range(iter):\n        Yhat = forward(X)\n        loss = criterion(Yhat, Y)\n        LOSS.append(loss.item())\n"
    "        loss.backward()\n        w.data = w.data - lr * w.grad.data\n        b.data = b.data - lr * b.grad.data\n"
    "        w.grad.data.zero_()\n        b.grad.data.zero_()\n\ntrain_model(15)",
    "LOSS2 = []\nw = torch.tensor(-15.0, requires_grad=True)\nb = torch.tensor(-10.0, requires_grad=True)\n"
    "def my_train_model(iter, lr=0.2):\n    for epoch in range(iter):\n        Yhat = forward(X)\n        loss = criterion(Yhat, Y)\n        LOSS2.append(loss)\n"
    "        loss.backward()\n        w.data = w.data - lr * w.grad.data\n        b.data = b.data - lr * b.grad.data\n"
    "        w.grad.data.zero_()\n        b.grad.data.zero_()\n\nmy_train_model(15)",
    "plt.plot(LOSS, label='LOSS')\nplt.plot(LOSS2, label='LOSS2')\nplt.legend()\nplt.show()",
)  # fmt: skip

PYTORCH = (
    "import torch\nfrom torch import nn, optim\nfrom torch.utils.data import Dataset, DataLoader\ntorch.manual_seed(1)",
    "class Data(Dataset):\n    def __init__(self):\n        self.x = torch.arange(-3, 3, 0.1).view(-1, 1)\n        self.f = 1 * self.x - 1\n"
    "        self.y = self.f + 0.1 * torch.randn(self.x.size())\n        self.len = self.x.shape[0]\n    def __getitem__(self, index):\n"
    "        return self.x[index], self.y[index]\n    def __len__(self):\n        return self.len\n\ndataset = Data()",
    "class linear_regression(nn.Module):\n    def __init__(self, input_size, output_size):\n        super().__init__()\n"
    "        self.linear = nn.Linear(input_size, output_size)\n    def forward(self, x):\n        return self.linear(x)\n\ncriterion = nn.MSELoss()",
    "model = linear_regression(1, 1)\noptimizer = optim.SGD(model.parameters(), lr=0.01)\n"
    "model.state_dict()['linear.weight'][0] = -15\nmodel.state_dict()['linear.bias'][0] = -10\ntrainloader = DataLoader(dataset=dataset, batch_size=1)",
    "def train_model_BGD(iter):\n    for epoch in range(iter):\n        for x, y in trainloader:\n            yhat = model(x)\n            loss = criterion(yhat, y)\n"
    "            optimizer.zero_grad()\n            loss.backward()\n            optimizer.step()\n\ntrain_model_BGD(10)",
    "new_model = linear_regression(1, 1)\nnew_model.state_dict()['linear.weight'][0] = -15\nnew_model.state_dict()['linear.bias'][0] = -10\n"
    "opt = optim.SGD(new_model.parameters(), lr=0.1)\nloader = DataLoader(dataset=dataset, batch_size=1)",
    "def my_train(iter):\n    for epoch in range(iter):\n        for x, y in loader:\n            yhat = new_model(x)\n            loss = criterion(yhat, y)\n"
    "            opt.zero_grad()\n            loss.backward()\n            opt.step()\n\nmy_train(10)",
)  # fmt: skip

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
    made += [{"cell_type": "code", "execution_count": 3, "metadata": {}, "outputs": [], "source": c.splitlines(keepends=True)} for c in cells]
    return json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 2}).encode(), "lab.ipynb"


def as_script(cells):
    """A percent script."""
    return "\n\n".join(f"# %%\n{c}" for c in cells).encode(), "lab.py"
