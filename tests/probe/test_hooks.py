"""What the recorder hears: backward in every spelling, optimizers, losses, seeds, loaders, modes, warnings; and that it lets go."""

import math
import random

import numpy as np
import pytest
import torch
from torch.optim.optimizer import Optimizer
from torch.utils.data import DataLoader
from torch.utils.data import dataloader as loaders

from grader.probe.hooks import LOSSES, install

PATCHED = (
    [(torch.autograd, "_engine_run_backward"), (Optimizer, "zero_grad"), (torch.nn.Module, "zero_grad"), (torch.nn.Module, "train")]
    + [(torch.nn.functional, name) for name in LOSSES]
    + [(torch.Tensor, "item"), (torch.Tensor, "requires_grad_"), (torch, "tensor")]
    + [(DataLoader, "__iter__"), (loaders._BaseDataLoaderIter, "__next__")]
    + [(torch, "manual_seed"), (torch.random, "manual_seed"), (np.random, "seed"), (np.random, "default_rng"), (random, "seed")]
)

DATA = (
    "import torch\nX = torch.arange(6.0).view(-1, 1)\nY = 2 * X + 1\n"
    "w = torch.tensor(0.5, requires_grad=True)\nb = torch.tensor(0.25, requires_grad=True)"
)


def kinds(evidence):
    return [e.kind for e in evidence.events]


@pytest.mark.parametrize("seed", [None, 7])
def test_stop_gives_every_attribute_back(kernel, seed):
    """Also those that a class only inherited: torch.Tensor has no `item` of its own, and has none again afterwards."""
    absent = object()
    before = [vars(owner).get(name, absent) for owner, name in PATCHED]
    assert vars(torch.Tensor).get("item", absent) is absent
    started = kernel(seed=seed)
    changed = [name for (owner, name), was in zip(PATCHED, before, strict=True) if vars(owner).get(name, absent) is was]
    assert changed == ([] if seed is not None else ["default_rng"])
    started.close()
    after = [vars(owner).get(name, absent) for owner, name in PATCHED]
    assert [name for (_, name), a, b in zip(PATCHED, before, after, strict=True) if a is not b] == []


def test_after_stop_nothing_is_heard(kernel):
    started = kernel()
    started.run(DATA)
    started.stop()
    started.run("((w * X + b - Y) ** 2).mean().backward()\ntorch.optim.SGD([w, b], lr=0.1).step()")
    evidence = started.evidence()
    assert not evidence.steps
    assert not evidence.events


@pytest.mark.parametrize(
    ("call", "named"),
    [
        ("loss.backward()", "backward"),
        ("torch.autograd.backward(loss)", "backward"),
        ("gw, gb = torch.autograd.grad(loss, [w, b])", "grad"),
        ("gb, gw = torch.autograd.grad([loss], [b, w])", "grad"),
    ],
)
def test_every_way_to_a_gradient_is_one_row(record, call, named):
    evidence = record(DATA, f"loss = ((w * X + b - Y) ** 2).mean()\n{call}")
    (steps,) = evidence.steps
    assert (len(steps), evidence.graphs[0].call) == (1, named)
    x = np.arange(6.0)
    r = 0.5 * x + 0.25 - (2 * x + 1)
    gradient = {0.5: np.mean(2 * r * x), 0.25: np.mean(2 * r)}
    assert steps.loss[0] == pytest.approx(np.mean(r**2))
    assert sorted(steps.theta[0]) == [0.25, 0.5]
    assert [gradient[t] for t in steps.theta[0]] == pytest.approx(steps.grad[0].tolist())
    assert steps.cell.tolist() == [1]


def test_a_gradient_asked_of_one_leaf_only(record):
    evidence = record(DATA, "loss = ((w * X + b - Y) ** 2).mean()\n(gw,) = torch.autograd.grad(loss, w)")
    row = dict(zip(evidence.steps[0].theta[0].tolist(), evidence.steps[0].grad[0].tolist(), strict=True))
    assert math.isnan(row[0.25])  # another call may ask for it
    assert row[0.5] != 0.0


def test_backward_of_a_vector_counts_its_weighted_sum(record):
    evidence = record(DATA, "((w * X + b - Y) ** 2).backward(torch.full((6, 1), 0.5))")
    x = np.arange(6.0)
    assert evidence.steps[0].loss[0] == pytest.approx(np.sum((0.5 * x + 0.25 - 2 * x - 1) ** 2) / 2)
    assert evidence.graphs[0].loss_shape == (6, 1)


def test_a_loss_without_a_graph_raises_as_ever_and_is_told(kernel):
    started = kernel().run(DATA, "loss = ((w * X + b - Y) ** 2).mean().detach()\nloss.backward()")
    assert isinstance(started.raised[1], RuntimeError)
    (event,) = [e for e in started.evidence().events if e.kind == "backward-failed"]
    assert (event.value, event.cell) == (1.0, 1)


def test_a_second_backward_through_a_freed_graph_raises_and_is_told(kernel):
    started = kernel().run(DATA, "loss = ((w * X + b - Y) ** 2).mean()\nloss.backward()\nloss.backward()")
    assert isinstance(started.raised[1], RuntimeError)
    evidence = started.evidence()
    assert sum(len(s) for s in evidence.steps) == 1
    assert [e.value for e in evidence.events if e.kind == "backward-failed"] == [0.0]


def test_optimizers_tell_class_settings_tensors_and_a_changed_rate(record):
    evidence = record(
        DATA,
        """
        optimizer = torch.optim.SGD([w, b], lr=0.1, momentum=0.9, weight_decay=0.01)
        for rate in (0.1, 0.05):
            optimizer.param_groups[0]["lr"] = rate
            optimizer.zero_grad()
            ((w * X + b - Y) ** 2).mean().backward()
            optimizer.step()
        """,
    )
    first, second = [evidence.objects[e.object] for e in evidence.events if e.kind == "step"]
    assert (first.kind, first.name) == ("optimizer", "SGD")
    assert (first.settings["lr"], first.settings["momentum"], first.settings["weight_decay"]) == (0.1, 0.9, 0.01)
    assert second.settings["lr"] == 0.05
    assert set(first.tokens) == set(second.tokens) == set(evidence.steps[0].tokens[0].tolist())
    assert kinds(evidence) == ["zero_grad", "step", "zero_grad", "step"]
    assert [e.seq for e in evidence.events] == [0, 2, 3, 5]
    assert evidence.steps[0].seq.tolist() == [1, 4]


def test_adam_tells_its_betas_as_numbers_and_groups_their_differing_rates(record):
    evidence = record(
        DATA,
        """
        ((w * X + b - Y) ** 2).mean().backward()
        torch.optim.Adam([{"params": [w], "lr": 0.1}, {"params": [b], "lr": 0.2}], betas=(0.8, 0.99)).step()
        """,
    )
    (event,) = evidence.events
    settings = evidence.objects[event.object].settings
    assert (settings["betas0"], settings["betas1"], settings["lr"], settings["groups"]) == (0.8, 0.99, 0.1, 2)


def test_a_stale_optimizer_shows_other_tensors_than_the_loss(record):
    evidence = record(
        DATA,
        """
        old = torch.optim.SGD([w, b], lr=0.1)
        v = torch.tensor(3.0, requires_grad=True)
        ((v * X - Y) ** 2).mean().backward()
        old.step()
        """,
    )
    (step,) = evidence.events
    assert not set(evidence.objects[step.object].tokens) & set(evidence.steps[0].tokens[0].tolist())


def test_zero_grad_of_a_model_is_told_too(record):
    evidence = record("import torch\nmodel = torch.nn.Linear(1, 1)\nmodel.zero_grad()")
    (event,) = evidence.events
    assert (event.kind, evidence.objects[event.object].kind, evidence.objects[event.object].name) == ("zero_grad", "module", "Linear")


def test_losses_that_never_meet_backward(record):
    """Of a loss function, of a hand-written scalar that is read; one that backward meets is no news."""
    evidence = record(
        DATA,
        "for _ in range(3):\n    loss = torch.nn.MSELoss()(w * X + b, Y)",
        "LOSS = []\nfor _ in range(2):\n    loss = ((w * X + b - Y) ** 2).mean()\n    LOSS.append(loss.item())",
        "loss = torch.nn.MSELoss()(w * X + b, Y)\nloss.backward()\nloss.item()",
        "loss = ((w * X + b - Y) ** 2).mean()\nloss.backward()\nloss.item()",
    )
    value = float(np.mean((0.5 * np.arange(6) + 0.25 - 2 * np.arange(6) - 1) ** 2))
    assert {e.kind for e in evidence.events} == {"loss"}
    cells = [e.cell for e in evidence.events]
    assert (cells.count(1), set(cells)) == (3, {1, 2})
    assert {round(e.value, 4) for e in evidence.events} == {round(value, 4)}
    assert evidence.objects[evidence.events[0].object].settings["input"] == "(6, 1)"


def test_losses_under_no_grad_are_evaluations(record):
    evidence = record(DATA, "with torch.no_grad():\n    torch.nn.functional.l1_loss(w * X + b, Y)")
    (event,) = evidence.events
    told = evidence.objects[event.object]
    assert (event.kind, told.name, told.settings["grad"]) == ("evaluate", "l1_loss", False)


@pytest.mark.parametrize(
    ("call", "value"),
    [
        ("torch.manual_seed(5)", 5),
        ("torch.random.manual_seed(6)", 6),
        ("np.random.seed(7)", 7),
        ("random.seed(8)", 8),
        ("torch.manual_seed(seed=9)", 9),
    ],
)
def test_seeds_are_told_as_set(record, call, value):
    evidence = record(f"import random, torch\nimport numpy as np\n{call}")
    assert value in [e.value for e in evidence.events if e.kind == "seed"]


DRAWS = "import random, torch\nimport numpy as np\n{seeds}\ndrawn = [torch.rand(1).item(), float(np.random.rand()), random.random()]"


def drawn(kernel, seeds, **settings):
    started = kernel(**settings).run(DRAWS.format(seeds=seeds))
    assert started.raised == [None]
    return started.names["drawn"]


def test_with_a_seed_of_the_judges_each_seed_of_the_notebooks_is_another(kernel):
    seeds = "torch.manual_seed(1)\nnp.random.seed(1)\nrandom.seed(1)"
    plain, judged = drawn(kernel, seeds), drawn(kernel, seeds, seed=11)
    assert all(a != b for a, b in zip(plain, judged, strict=True))
    assert drawn(kernel, seeds, seed=11) == judged
    assert drawn(kernel, seeds) == plain
    assert drawn(kernel, seeds.replace("1)", "2)"), seed=11) != judged


def test_with_a_seed_of_the_judges_unseeded_notebooks_are_seeded(kernel):
    assert drawn(kernel, "", seed=11) == drawn(kernel, "", seed=11)
    assert drawn(kernel, "", seed=11) != drawn(kernel, "", seed=12)


def test_generators_of_numpy_follow_the_judges_seed(kernel):
    cell = "import numpy as np\nx = float(np.random.default_rng(3).random())"
    expected = float(np.random.default_rng(3).random())
    plain, judged, again = (kernel(seed=seed).run(cell).names["x"] for seed in (None, 11, 11))
    assert plain == expected != judged == again


def test_loaders_tell_batch_size_shuffle_and_draws(record):
    evidence = record(
        """
        import torch
        from torch.utils.data import DataLoader, TensorDataset
        data = TensorDataset(torch.arange(10.0).view(-1, 1), torch.arange(10.0))
        for loader in (DataLoader(data, batch_size=4), DataLoader(data, batch_size=1, shuffle=True)):
            for x, y in loader:
                pass
        """
    )
    told = [(e.kind, e.count, evidence.objects[e.object].settings) for e in evidence.events if e.kind in ("iterate", "draw")]
    plain = {"batch_size": 4, "shuffle": False, "drop_last": False, "rows": 10}
    mixed = {"batch_size": 1, "shuffle": True, "drop_last": False, "rows": 10}
    assert told == [("iterate", 1, plain), ("draw", 3, plain), ("iterate", 1, mixed), ("draw", 10, mixed)]


def test_modes_of_whole_models_only(record):
    evidence = record(
        "import torch\nmodel = torch.nn.Sequential(torch.nn.Linear(1, 1), torch.nn.ReLU())\nmodel.eval()\nmodel.train()\nmodel.train(False)"
    )
    assert kinds(evidence) == ["eval", "train", "eval"]


def test_warnings_are_told_with_their_cell(record):
    evidence = record("pass", "import warnings\nwarnings.warn('look out', UserWarning)")
    (seen,) = evidence.warnings
    assert (seen.cell, seen.category, seen.message) == (1, "UserWarning", "look out")


def test_the_place_of_backward_is_the_students(record):
    evidence = record(
        DATA,
        "def train():\n    loss = torch.nn.MSELoss()(w * X + b, Y)\n    loss.backward()",
        "train()",
    )
    site = evidence.sites[evidence.steps[0].site[0]]
    assert (site.function, site.line, site.cell) == ("train", 3, 1)
    assert evidence.steps[0].cell.tolist() == [2]


HOSTILE = [
    pytest.param("class L(torch.nn.MSELoss):\n    def __getattr__(self, n):\n        raise RuntimeError(n)", id="getattr"),
    pytest.param("torch.nn.functional.mse_loss(torch.zeros(3), torch.zeros(3), reduction='none')", id="no-reduction"),
    pytest.param("torch.nn.functional.cross_entropy(torch.zeros(3, 2), torch.zeros(3, dtype=torch.long))", id="classes"),
    pytest.param("loss = torch.nn.functional.mse_loss(w * X + b, Y, reduction='none')\nloss.sum().backward()", id="summed"),
    pytest.param("w.item(); torch.tensor([1.0, 2.0], requires_grad=True).sum().item()", id="items"),
    pytest.param("torch.manual_seed(-1)\nimport random\nrandom.seed('text')\nrandom.seed(None)\nrandom.seed(2**200)", id="odd-seeds"),
    pytest.param("o = torch.optim.SGD([w], lr=torch.tensor(0.1))\n(w * 2).backward()\no.step()", id="tensor-rate"),
    pytest.param("(w * X).sum().backward(retain_graph=True, create_graph=True)\nw.grad = None", id="create-graph"),
    pytest.param("torch.autograd.grad((w * X).sum(), [w, b], allow_unused=True)", id="unused"),
    pytest.param("z = (w * 1j * X).sum().abs()\nz.backward()", id="complex"),
    pytest.param("m = torch.nn.Embedding(5, 2, sparse=True)\nm(torch.tensor([1, 2])).sum().backward()", id="sparse"),
    pytest.param("q = w.double().half()\nq.backward()", id="half"),
    pytest.param("torch.utils.checkpoint.checkpoint(lambda a: (a * X).sum(), w, use_reentrant=False).backward()", id="checkpoint"),
    pytest.param("h = w.register_hook(lambda g: g * 2)\n(w * X).sum().backward()\nassert w.grad.item() == 30.0", id="hook"),
    pytest.param("torch.func.grad(lambda a: (a * X).sum())(torch.tensor(2.0))", id="func"),
    pytest.param((
        "class F(torch.autograd.Function):\n    @staticmethod\n    def forward(c, a):\n        return a * 2\n"
        "    @staticmethod\n    def backward(c, g):\n        return g * 2\nF.apply(w).backward()"
    ), id="own-function"),
    pytest.param("a = torch.empty(0, requires_grad=True)\na.sum().backward()", id="empty"),
]  # fmt: skip


@pytest.mark.parametrize("code", HOSTILE)
def test_odd_uses_of_torch_do_what_they_always_did(kernel, code):
    started = kernel().run("import torch.utils.checkpoint\n" + DATA, code)
    assert started.raised == [None, None]
    evidence = started.evidence()
    assert evidence.complete
    assert not evidence.damaged


def test_a_failure_of_ours_is_no_failure_of_the_students_backward(kernel):
    """Else a loss with a graph would be judged as one without (`detached-loss`)."""
    failing = kernel()
    failing.stop()

    def broken(*args):
        raise ZeroDivisionError

    failing.recorder.before = broken
    failing.stop = install(failing.recorder)
    evidence = failing.run(DATA, "((w * X + b - Y) ** 2).mean().backward()").evidence()
    assert not evidence.events
    assert evidence.dropped == ("the recorder failed 1 times at: before backward",)


def test_a_recorder_that_fails_everywhere_disturbs_nothing(kernel):
    """Each of its methods raises; training goes on to the very numbers of a plain run, and the failures are counted."""
    train = """
    torch.manual_seed(0)
    model = torch.nn.Linear(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    for x, y in torch.utils.data.DataLoader(torch.utils.data.TensorDataset(X, Y)):
        loss = torch.nn.MSELoss()(model(x), y)
        optimizer.zero_grad(); loss.backward(); optimizer.step()
    end = [p.item() for p in model.parameters()]
    """
    plain = kernel().run(DATA, train)
    failing = kernel()
    failing.stop()

    def broken(*args, **kwargs):
        raise ZeroDivisionError

    for name in ("before", "after", "event", "object", "loss_seen", "read", "born"):
        setattr(failing.recorder, name, broken)
    failing.stop = install(failing.recorder)
    failing.run(DATA, train)
    assert failing.raised == [None, None]
    assert failing.names["end"] == plain.names["end"]
    assert failing.evidence().dropped
