import os

import pytest
import torch

os.environ.setdefault("MPLBACKEND", "Agg")
pytest.register_assert_rewrite("tests.probe.recording")


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


@pytest.fixture(autouse=True, scope="session")
def _one_thread():
    torch.set_num_threads(1)
