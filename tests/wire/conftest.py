"""One real stream to decode and to spoil: a small training with values, a figure, a loader and a warning."""

import os

import pytest

os.environ.setdefault("MPLBACKEND", "Agg")

CELLS = (
    (
        "import warnings\nimport torch\nfrom torch.utils.data import DataLoader, TensorDataset\n"
        "torch.manual_seed(0)\nX = torch.arange(-3, 3, 0.5).view(-1, 1)\nY = X - 1"
    ),
    (
        "model = torch.nn.Linear(1, 1)\noptimizer = torch.optim.SGD(model.parameters(), lr=0.1)\nLOSS = []\n"
        "for x, y in DataLoader(TensorDataset(X, Y), batch_size=4):\n    loss = torch.nn.MSELoss()(model(x), y)\n"
        "    optimizer.zero_grad()\n    loss.backward()\n    optimizer.step()\n    LOSS.append(loss.item())"
    ),
    "w = torch.tensor(1.0, requires_grad=True)\n((w * X - Y) ** 2).mean().backward()\nwarnings.warn('so')",
    "import matplotlib.pyplot as plt\nplt.plot(LOSS, label='LOSS')\nplt.legend()",
)


@pytest.fixture(scope="session")
def stream(tmp_path_factory):
    """The bytes of a whole run."""
    from tests.probe.recording import kernels

    with kernels(tmp_path_factory.mktemp("wire")) as make:
        return make().run(*CELLS).stream


@pytest.fixture(scope="session")
def lines(stream):
    return stream.splitlines()
