"""The kernel by its name: nbclient runs a notebook on it as on any other."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import EntryPoint, entry_points

import nbclient
import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.provisioning import KernelProvisionerFactory

from grader.execution.confinement.probing import probe_level
from grader.execution.forked import provisioner

CELLS = (
    "import os\nprint(sorted(os.listdir('.')), 'GRADER_TEST_SECRET' in os.environ)",
    "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()",
    """import torch
from torch.utils.data import DataLoader, TensorDataset
print(sum(len(x[0]) for x in DataLoader(TensorDataset(torch.ones(10, 1)), batch_size=4, num_workers=2)))""",
    "!echo shell",
    "%%bash\necho bash",
    """import multiprocessing as mp, time
p = mp.get_context('fork').Process(target=print, args=('child',))
p.start(), p.join(), time.sleep(0.3)""",
)


@pytest.fixture
def named(tmp_path, monkeypatch):
    if not probe_level().forked:
        pytest.skip("; ".join(probe_level().reasons()))
    known = KernelProvisionerFactory.instance().provisioners
    group = "jupyter_client.kernel_provisioners"  # an installed package has this entry point itself
    entry = EntryPoint(provisioner.NAME, "grader.execution.forked.provisioner:ForkedProvisioner", group)
    monkeypatch.setitem(known, provisioner.NAME, known.get(provisioner.NAME, entry))
    provisioner.install_kernelspec(str(tmp_path))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "share" / "jupyter"))
    monkeypatch.setenv("GRADER_TEST_SECRET", "x")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # jupyter_client's and nbclient's own
def test_a_notebook_runs_under_the_kernels_name(named):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS])
    nbclient.NotebookClient(notebook, kernel_name=provisioner.NAME, timeout=60).execute()
    said = ["".join(out.get("text", "") for out in cell.outputs).strip() for cell in notebook.cells]
    assert (said[0], said[2], said[3], said[4], said[5]) == ("[] False", "10", "shell", "bash", "child")
    assert any("image/png" in out.get("data", {}) for out in notebook.cells[1].outputs)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_an_endless_cell_is_interrupted(named):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("while True: pass")])
    with pytest.raises(nbclient.exceptions.CellTimeoutError):
        nbclient.NotebookClient(notebook, kernel_name=provisioner.NAME, timeout=1).execute()


def test_setting_up_made_the_kernel_known_to_jupyter():
    (entry,) = entry_points(group="jupyter_client.kernel_provisioners", name=provisioner.NAME)
    assert entry.load() is provisioner.ForkedProvisioner
    assert provisioner.NAME in KernelSpecManager().find_kernel_specs(), "run `make setup`"
    spec = KernelSpecManager().get_kernel_spec(provisioner.NAME)
    assert spec.metadata["kernel_provisioner"]["provisioner_name"] == provisioner.NAME


def test_a_provisioner_without_a_kernel_says_so():
    made = provisioner.ForkedProvisioner(kernel_spec=None)
    assert not made.has_process
    with ThreadPoolExecutor(1) as elsewhere:  # the browser of other tests keeps an event loop running in this thread
        assert elsewhere.submit(lambda: asyncio.run(made.poll())).result() == 0
