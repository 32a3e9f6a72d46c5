"""Named values at the end of each cell: what is told, how, and what a hostile value can't do."""

import math

import numpy as np
import pytest

IMPORTS = "import numpy as np\nimport torch\nimport pandas as pd\n"


def named(evidence, name):
    """The last told value of that name."""
    return [v for v in evidence.values if v.name == name][-1]


@pytest.mark.parametrize(
    ("code", "kind", "kept", "shape", "values"),
    [
        ("3", "number", "int", (), [3]),
        ("2.5", "number", "float", (), [2.5]),
        ("True", "number", "bool", (), [1]),
        ("np.float32(1.5)", "number", "float32", (), [1.5]),
        ("float('nan')", "number", "float", (), [math.nan]),
        ("torch.tensor([[1.0, 2.0]])", "array", "Tensor", (1, 2), [1, 2]),
        ("torch.tensor(4)", "array", "Tensor", (), [4]),
        ("torch.nn.Parameter(torch.ones(2))", "array", "Parameter", (2,), [1, 1]),
        ("np.arange(3)", "array", "ndarray", (3,), [0, 1, 2]),
        ("np.array(7.0)", "array", "ndarray", (), [7]),
        ("pd.Series([1.0, 2.0])", "array", "Series", (2,), [1, 2]),
        ("[1, 2.5, True]", "list", "list", (3,), [1, 2.5, 1]),
        ("(1.0, 2.0)", "list", "tuple", (2,), [1, 2]),
        ("[]", "list", "list", (0,), []),
        ("[np.float64(1), np.array(2.0), 3]", "list", "list", (3,), [1, 2, 3]),
        ("[np.array([1.0]), np.array([2.0])]", "list", "list", (2,), [1, 2]),
        ("[np.ones((2, 1)), np.zeros((2, 1))]", "list", "list", (2, 2), [1, 1, 0, 0]),
        ("[[1, 2], [3, 4]]", "list", "list", (2, 2), [1, 2, 3, 4]),
        ("'a text'", "text", "str", (0,), []),
    ],
)
def test_values_by_kind(record, code, kind, kept, shape, values):
    found = named(record(IMPORTS + f"v = {code}"), "v")
    assert (found.kind, found.type, found.shape) == (kind, kept, shape)
    assert found.values.tolist() == pytest.approx(values, nan_ok=True)
    assert found.cell == 0


@pytest.mark.parametrize(
    ("items", "element"),
    [
        ("[(w * k).sum() for k in range(3)]", "tensor-with-grad"),
        ("[(w * k).sum().detach() for k in range(3)]", "tensor"),
        ("[(w * k).sum().detach().numpy() for k in range(3)]", "array"),
        ("[(w * k).sum().item() for k in range(3)]", "float"),
    ],
)
def test_what_a_list_of_losses_holds(record, items, element):
    found = named(record(IMPORTS + f"w = torch.ones(1, requires_grad=True)\nLOSS = {items}"), "LOSS")
    assert (found.kind, found.element, found.values.tolist()) == ("list", element, [0.0, 1.0, 2.0])


@pytest.mark.parametrize(
    ("read", "aliased"), [("p.data.numpy()[0]", True), ("p.item()", False), ("p.data.numpy().copy()", False), ("p.data", True)]
)
def test_entries_that_are_views_of_one_memory(record, read, aliased):
    code = f"p = torch.ones((1, 1))\nslope = []\nfor k in range(3):\n    p.fill_(k)\n    slope.append({read})"
    found = named(record(IMPORTS + code), "slope")
    assert found.aliased is aliased
    assert found.values.tolist() == ([2.0] * 3 if aliased else [0.0, 1.0, 2.0])


def test_state_of_models_and_of_fitted_estimators(record):
    evidence = record(
        IMPORTS + "model = torch.nn.Linear(2, 1)\nfrom sklearn.linear_model import LinearRegression\n"
        "fit = LinearRegression()\nlm = LinearRegression().fit([[0.0], [1.0]], [1.0, 3.0])"
    )
    assert (named(evidence, "model.weight").kind, named(evidence, "model.weight").shape) == ("state", (1, 2))
    assert named(evidence, "lm.coef_").values.tolist() == pytest.approx([2.0])
    assert named(evidence, "lm.intercept_").values.tolist() == pytest.approx([1.0])
    assert not [v for v in evidence.values if v.name.startswith("fit.")]


def test_dicts_by_their_keys(record):
    evidence = record(IMPORTS + "curves = {0.1: [1.0, 2.0], 'slow': {'loss': 3.0}}\nverdict = {0.1: 'diverged'}")
    assert named(evidence, "curves[0.1]").keys == ("0.1",)
    assert named(evidence, "curves[0.1]").values.tolist() == [1.0, 2.0]
    assert named(evidence, "curves['slow']['loss']").keys == ("'slow'", "'loss'")
    assert named(evidence, "verdict[0.1]").text == "diverged"


def test_the_students_own_objects_one_level_deep(record):
    evidence = record("class Run:\n    def __init__(self):\n        self.losses = [1.0, 2.0]\n        self.inner = self\nrun = Run()")
    assert named(evidence, "run.losses").values.tolist() == [1.0, 2.0]
    assert [v.name for v in evidence.values] == ["run.losses"]


def test_each_version_is_told_once(record):
    evidence = record("LOSS = [1.0]\nlr = 0.1", "LOSS.append(2.0)", "pass", "LOSS = [1.0]")
    assert [(v.cell, v.values.tolist()) for v in evidence.values if v.name == "LOSS"] == [(0, [1.0]), (1, [1.0, 2.0]), (3, [1.0])]
    assert [v.cell for v in evidence.values if v.name == "lr"] == [0]


def test_hidden_names_and_what_is_no_value_are_left_out(record):
    assert record("_x = 1\nIn = [1]\nimport math\ndef f(): pass\nclass C: pass\nz = 1 + 2j\ns = {1, 2}").values == ()


def test_long_values_are_cut_and_say_so(record):
    evidence = record(IMPORTS + "a = [0.0] * 70000\nt = torch.zeros(20000)\nn = np.zeros(70000)")
    for name, length in (("a", 65536), ("t", 16384), ("n", 65536)):
        assert (named(evidence, name).truncated, named(evidence, name).values.size) == (True, length)
    assert named(evidence, "a").shape == (70000,)


def test_too_many_names_are_cut_and_say_so(record):
    evidence = record("globals().update({f'n{i}': i for i in range(3000)})")
    assert len(evidence.values) <= 2000
    assert any("too many names" in why for why in evidence.dropped)


HOSTILE = {
    "repr": "class T(float):\n    def __repr__(self): raise RuntimeError('no')\n    def __str__(self): raise RuntimeError('no')",
    "float": "class T(float):\n    def __float__(self): raise RuntimeError('no')",
    "len": "class T(list):\n    def __len__(self): raise RuntimeError('no')",
    "iter": "class T(list):\n    def __iter__(self): raise RuntimeError('no')",
    "getattr": "class T:\n    def __getattr__(self, name): raise RuntimeError(name)",
    "getattribute": "class T:\n    def __getattribute__(self, name): raise RuntimeError(name)",
    "items": "class T(dict):\n    def items(self): raise RuntimeError('no')\n    def __iter__(self): raise RuntimeError('no')",
    "endless": "class T(list):\n    def __iter__(self):\n        while True: yield 1.0\n    def __bool__(self): return True",
    "class": "class T:\n    @property\n    def __class__(self): raise RuntimeError('no')",
    "eq": "class T(float):\n    def __eq__(self, o): raise RuntimeError('no')\n    __hash__ = None",
    "array": "class T:\n    def __array__(self, *a, **k): raise RuntimeError('no')",
    "fit": "class T:\n    def fit(self): pass\n    def __init__(self):\n        self.coef_ = self\n        self.intercept_ = object()",
    "module": "import torch\nclass T(torch.nn.Module):\n    def state_dict(self, *a, **k): raise RuntimeError('no')",
    "tensor": "import torch\nT = lambda: torch.empty(3, device='meta')",
    "deep": "def T():\n    d = {}\n    for _ in range(5000): d = {'d': d}\n    return d",
    "loop": "def T():\n    d = {}\n    d['d'] = d\n    return d",
    "ragged": "import torch\nT = lambda: [torch.ones(1), torch.ones(2), None, 'a']",
    "huge": "T = lambda: 10 ** 400",
    "object-array": "import numpy as np\nT = lambda: np.array([object()] * 3)",
    "wide-array": "import numpy as np\nT = lambda: np.broadcast_to(np.float64(1), (10 ** 9,))",
    "surrogate": "T = lambda: '\\ud800' * 10",
    "exits": "class T(float):\n    def __float__(self): raise SystemExit",
}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_value_costs_itself_alone(kernel, hostile):
    started = kernel().run(HOSTILE[hostile] + "\nbefore = 1.0\nv = T()\nafter = 2.0")
    assert started.raised == [None]
    evidence = started.evidence()
    assert (evidence.damaged, evidence.complete) == (False, True)
    assert {"before", "after"} <= {v.name for v in evidence.values}


def test_a_name_that_is_no_text_is_passed_over(kernel):
    started = kernel().run("globals()[1] = 2.0\nx = 1.0")
    assert started.raised == [None]
    assert [v.name for v in started.evidence().values] == ["x"]


def test_integers_and_halves_keep_their_values(record):
    evidence = record(IMPORTS + "i = torch.tensor([1, 2])\nh = torch.tensor([0.5], dtype=torch.float16)\nf = torch.tensor([True])")
    assert [named(evidence, n).values.tolist() for n in "ihf"] == [[1, 2], [0.5], [1]]
    assert named(evidence, "h").dtype == "float16"
    assert np.issubdtype(named(evidence, "h").values.dtype, np.float64)


def test_what_is_forgotten_is_told_again(kernel):
    started = kernel().run("a = [1.0, 2.0]", "b = 1")
    started.values.forget()
    started.run("c = 1")
    assert [(n.name, n.cell) for n in started.evidence().values] == [("a", 0), ("b", 1), ("a", 2), ("b", 2), ("c", 2)]
