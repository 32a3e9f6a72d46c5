"""Imports in a warm process give what they would have given in a fresh one."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.execution.contract import job, number

SOURCE = Path(__file__).parents[3]

PACKAGE = {
    "pack/__init__.py": "from pack import eager\nfrom pack.shadow import shadow\n",
    "pack/eager.py": "import pack.needed\n",
    "pack/needed.py": "value = 1\n",
    "pack/lazy.py": "import other.deep\nfrom . import sibling\n",
    "pack/sibling.py": "",
    "pack/shadow.py": "def shadow(): return 'function'\n",
    "other/__init__.py": "",
    "other/deep.py": "",
    "other/unasked.py": "",
}

TRIAL = """
import sys
from grader.execution.forked.imports import Hidden, Ledger
sys.path.insert(0, {folder!r})
ledger = Ledger()
with ledger.recording():
    import importlib
    import pack.lazy, other.unasked
    first = pack.lazy
    importlib.import_module("pack.sibling")
Hidden(ledger).hide(lambda name: not name.startswith(("pack", "other")))
del pack, other
assert not [m for m in sys.modules if m.startswith(("pack", "other"))]
import pack
assert pack.needed.value == 1 and pack.eager
assert pack.shadow() == "function"
assert not hasattr(pack, "lazy") and "pack.lazy" not in sys.modules and "other" not in sys.modules
import pack.lazy
assert pack.lazy is first and first.__spec__.name == "pack.lazy" and first.__spec__.loader.__class__.__name__ == "SourceFileLoader"
assert pack.sibling and sys.modules["other.deep"]
import other
assert other.deep and not hasattr(other, "unasked")
from other import unasked
assert other.unasked is unasked
importlib.reload(unasked)
try:
    import pack.absent
except ModuleNotFoundError as error:
    assert error.name == "pack.absent"
else:
    raise AssertionError
print("fine")
"""


def test_hidden_modules_come_back_as_a_fresh_process_would_import_them(tmp_path):
    for name, text in PACKAGE.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    code = TRIAL.format(folder=str(tmp_path))
    done = subprocess.run([sys.executable, "-B", "-c", code], capture_output=True, text=True, check=False, cwd=SOURCE)
    assert (done.stdout.strip(), done.stderr) == ("fine", "")


SUBMODULES = [
    ("sklearn", "metrics"), ("sklearn", "datasets"), ("matplotlib", "pyplot"), ("matplotlib", "animation"), ("scipy", "special"),
    ("torch", "_dynamo"), ("torch.utils", "data"), ("xml", "dom"), ("mpl_toolkits", "mplot3d"), ("PIL", "Image"), ("pandas", "plotting"),
    ("torch", "optim"), ("numpy", "linalg"), ("concurrent", "futures"), ("seaborn", "rcmod"),
]  # fmt: skip


QUICK = SUBMODULES[::5]


@pytest.mark.parametrize(
    ("package", "name"), [pytest.param(*one, marks=() if one in QUICK else pytest.mark.slow) for one in SUBMODULES]
)  # fmt: skip
def test_a_submodule_is_there_only_where_a_fresh_interpreter_would_have_it(warm, package, name):
    """Each package alone in a kernel of its own and in a fresh interpreter: the same names are there."""
    statement = f"import {package}\nthere = float(hasattr({package}, {name!r}))"
    fresh = _fresh(f"import torch, numpy.random\n{statement}\nprint(there)")
    assert number(warm.run(job(statement)), "there") == fresh


def _fresh(code):
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    return float(done.stdout)


def test_a_notebook_that_forgot_an_import_fails_here_as_at_its_authors(warm):
    outcome = warm.run(job("import matplotlib\nmatplotlib.pyplot.figure()", "import matplotlib.pyplot\nmatplotlib.pyplot.figure()"))
    first, second = outcome.evidence.cells
    assert (first.status, second.status) == ("error", "ok")
    assert first.error == "AttributeError"
    assert "pyplot" in first.message


def test_what_is_imported_works(warm):
    outcome = warm.run(
        job(
            "import torch\nimport torch.nn.functional as F\nfrom torch.utils.data import DataLoader, TensorDataset\n"
            "model = torch.nn.Linear(1, 1)\noptimizer = torch.optim.Adam(model.parameters())\n"
            "rows = float(sum(len(b[0]) for b in DataLoader(TensorDataset(torch.ones(7, 1)), batch_size=2)))",
            "import pandas as pd\nimport seaborn as sns\ntable = pd.DataFrame({'a': [1.0, 2.0]})\n"
            "axes = sns.lineplot(table)\nmean = float(table.a.mean())",
            "from sklearn.linear_model import LinearRegression\nfrom mpl_toolkits.mplot3d import Axes3D\nimport scipy.stats\n"
            "import matplotlib.pyplot as plt\nfigure = plt.figure()\nfigure.add_subplot(projection='3d')\n"
            "slope = float(LinearRegression().fit([[0.0], [1.0]], [0.0, 2.0]).coef_[0])",
        )
    )
    assert [(c.status, c.message) for c in outcome.evidence.cells] == [("ok", "")] * 3
    assert (number(outcome, "rows"), number(outcome, "mean"), number(outcome, "slope")) == (7.0, 1.5, pytest.approx(2.0))
