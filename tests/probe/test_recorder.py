"""Rows of backward calls: parameters before, gradients stale and new, what the graph saved; and the recorder's own manners."""

import os
import tracemalloc

import numpy as np
import pytest

DATA = """
import torch
torch.manual_seed(0)
X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = X - 1 + 0.1 * torch.randn(X.shape)
"""
START = "w = torch.tensor(-15.0, requires_grad=True)\nb = torch.tensor(-10.0, requires_grad=True)\n"
MODEL = "model = torch.nn.Linear(1, 1)\noptimizer = torch.optim.SGD(model.parameters(), lr=0.01)\n"
BY_HAND = "for _ in range(3):\n    loss = ((w * X + b - Y) ** 2).mean()\n    loss.backward()\n"
UPDATE = "    for p in (w, b):\n        p.data = p.data - 0.1 * p.grad\n        p.grad.zero_()\n"


def rows(evidence):
    assert len(evidence.steps) == 1
    return evidence.steps[0]


def saved(evidence, name, constant):
    """The values kept at the first step under that attribute."""
    (graph,), steps = evidence.graphs, rows(evidence)
    found = [k for k, s in enumerate(graph.saved) if s.name == name and s.constant is constant]
    return [evidence.arrays[int(steps.array[0, k])] for k in found if steps.array[0, k] >= 0]


def test_a_hand_written_loop(kernel):
    started = kernel().run(DATA, START + BY_HAND + UPDATE)
    x, y = (started.names[n].numpy().astype(float) for n in ("X", "Y"))
    evidence = started.evidence()
    steps = rows(evidence)
    assert (len(steps), steps.seq.tolist(), evidence.complete, evidence.damaged) == (3, [1, 2, 3], True, False)  # the seed was event 0
    weight = steps.theta[0].tolist().index(-15.0)
    r = -15 * x - 10 - y
    assert steps.loss[0] == pytest.approx(np.mean(r**2))
    assert steps.grad[0, weight] == pytest.approx(np.mean(2 * r * x))
    assert steps.grad[0, 1 - weight] == pytest.approx(np.mean(2 * r))
    assert steps.theta[1:] == pytest.approx(steps.theta[:-1] - 0.1 * steps.grad[:-1], rel=1e-5)
    assert not steps.stale.any()
    assert steps.fresh.tolist() == [[True, True], [False, False], [False, False]]
    assert len({tuple(t) for t in steps.tokens.tolist()}) == 1
    assert any(np.array_equal(a, x) for a in saved(evidence, "other", True))
    assert any(np.allclose(a, r, rtol=1e-5) for a in saved(evidence, "self", False))


def test_the_last_update_is_read_at_the_cells_end(record):
    evidence = record(DATA, START + BY_HAND + UPDATE)
    steps = rows(evidence)
    end = {s.token: float(s.values[0]) for s in evidence.leaves if s.cell == 1}
    last = (steps.theta[-1] - 0.1 * steps.grad[-1]).tolist()
    assert [end[t] for t in steps.tokens[-1].tolist()] == pytest.approx(last, rel=1e-5)


def test_gradients_that_pile_up_show_as_stale(record):
    steps = rows(record(DATA, START + BY_HAND))
    assert steps.stale[1:].tolist() == steps.grad[:-1].tolist()
    assert steps.grad[2] == pytest.approx(3 * steps.grad[0], rel=1e-5)


def test_a_module_and_a_loss_module(record):
    evidence = record(
        DATA,
        MODEL
        + (
            "for _ in range(3):\n    optimizer.zero_grad()\n    loss = torch.nn.MSELoss()(model(X), Y)\n"
            "    loss.backward()\n    optimizer.step()"
        ),
    )
    (graph,), steps = evidence.graphs, rows(evidence)
    assert graph.nodes[0].type == "MseLossBackward"
    assert graph.nodes[0].settings["reduction"] == 1.0
    assert sorted(graph.leaves) == [(1,), (1, 1)]
    assert len(saved(evidence, "target", True)) == 1
    assert len(steps) == 3
    assert (steps.fresh.all(), steps.stale.any()) == (True, False)


def test_data_are_sent_once_and_residuals_a_few_times(kernel):
    evidence = kernel().run(DATA, START + BY_HAND.replace("3", "200") + UPDATE).evidence()
    assert len(rows(evidence)) == 200
    features = [a for a in evidence.arrays.values() if a.shape == (60, 1) and np.allclose(a[:, 0], np.arange(-3, 3, 0.1)[:60], atol=1e-5)]
    assert len(features) == 1
    assert 2 <= len(evidence.arrays) <= 60


def test_data_changed_in_place_are_other_data(record):
    evidence = record(DATA, START + "for _ in range(3):\n    loss = ((w * X + b - Y) ** 2).mean()\n    loss.backward()\n    X.add_(1.0)")
    steps = rows(evidence)
    column = next(k for k, s in enumerate(evidence.graphs[0].saved) if s.constant and s.name == "other" and steps.array[0, k] >= 0)
    first = [evidence.arrays[int(i)].reshape(-1)[0] for i in steps.array[:, column]]
    assert first == pytest.approx([-3.0, -2.0, -1.0])


def test_samples_one_by_one_are_numbers_of_the_rows(record):
    evidence = record(
        DATA,
        START + "for x, y in zip(X.view(-1), Y.view(-1)):\n    loss = (w * x + b - y) ** 2\n    loss.backward()\n" + UPDATE,
    )
    steps = rows(evidence)
    assert len(steps) == 60
    assert (steps.array >= 0).sum() == 0
    column = next(k for k in range(steps.scalar.shape[1]) if np.allclose(steps.scalar[:, k], np.arange(-3, 3, 0.1)[:60], atol=1e-5))
    assert evidence.graphs[0].saved[column].constant


def test_new_leaves_each_step_are_other_tensors(record):
    evidence = record(
        DATA,
        START + BY_HAND + "    w = (w - 0.1 * w.grad).detach().requires_grad_()\n    b = (b - 0.1 * b.grad).detach().requires_grad_()",
    )
    steps = rows(evidence)
    assert len({tuple(t) for t in steps.tokens.tolist()}) == 3
    assert steps.fresh.all()
    used = set(steps.tokens.reshape(-1).tolist())
    expected = (steps.theta[-1] - 0.1 * steps.grad[-1]).tolist()
    after = [float(s.values[0]) for s in evidence.leaves if s.token not in used]
    assert all(any(a == pytest.approx(e, rel=1e-5) for a in after) for e in expected)


def test_both_parameters_in_one_tensor(record):
    evidence = record(DATA, "p = torch.tensor([-15.0, -10.0], requires_grad=True)\n((p[0] * X + p[1] - Y) ** 2).mean().backward()")
    assert evidence.graphs[0].leaves == ((2,),)
    assert rows(evidence).theta.tolist() == [[-15.0, -10.0]]


def test_functions_and_their_locals_are_seen(record):
    evidence = record(
        DATA,
        "def train():\n    w = torch.zeros(1, requires_grad=True)\n    for _ in range(2):\n        ((w * X - Y) ** 2).mean().backward()\n"
        "        w.data -= 0.1 * w.grad\n        w.grad = None\ntrain()",
    )
    assert len(rows(evidence)) == 2
    assert evidence.leaves[-1].values[0] == pytest.approx(rows(evidence).theta[-1, 0] - 0.1 * rows(evidence).grad[-1, 0], rel=1e-5)


def test_a_cell_that_raises_keeps_what_came_before(kernel):
    evidence = kernel().run(DATA, START + BY_HAND + UPDATE + "    1 / 0").evidence()
    assert len(rows(evidence)) == 1
    assert evidence.cells[1].error == "ZeroDivisionError"


def test_models_too_large_to_copy_are_told_without_their_values(record):
    evidence = record("import torch\nm = torch.nn.Linear(100, 100)\nm(torch.zeros(2, 100)).sum().backward()")
    assert evidence.graphs[0].measured is False
    assert rows(evidence).theta.shape == (1, 0)


def test_graphs_too_large_to_walk_are_told_as_cut(record):
    evidence = record(

            "import torch\na = torch.zeros(1, requires_grad=True)\nb = a\nfor _ in range(5000):\n    b = b + 1\n"
            "b.sum().backward()\ng = a.grad.item()"

    )
    assert evidence.graphs[0].whole is False
    assert evidence.complete


def test_data_too_large_to_keep_are_told_by_their_shape(record):
    evidence = record("import torch\nX = torch.ones(5000, 1)\nw = torch.zeros(1, requires_grad=True)\n((w * X - 1) ** 2).mean().backward()")
    kept = [evidence.arrays[int(i)] for i in rows(evidence).array[0] if i >= 0]
    assert (5000, 1) in [a.shape for a in kept]
    assert all(np.isnan(a).all() for a in kept if a.size > 4096)


# ---- a channel in trouble ----------------------------------------------------------------------------------------------

TRAIN = START + BY_HAND.replace("3", "50") + UPDATE + "end = (w.item(), b.item())"


def test_a_closed_channel_disturbs_nothing(kernel):
    plain = kernel().run(DATA, TRAIN).names["end"]
    started = kernel()
    os.close(started.channel.fd)
    started.run(DATA, TRAIN)
    assert started.raised == [None, None]
    assert started.names["end"] == plain
    assert started.channel.broken


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no full disk to write to")  # noqa: PTH110
def test_a_full_disk_disturbs_nothing(kernel):
    started = kernel()
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, started.channel.fd)
    os.close(full)
    started.run(DATA, TRAIN)
    assert started.raised == [None, None]
    assert started.channel.broken


def test_a_reader_that_has_gone_disturbs_nothing(kernel):
    started = kernel()
    reading, writing = os.pipe()
    os.dup2(writing, started.channel.fd)
    os.close(writing)
    os.close(reading)
    started.run(DATA, TRAIN)
    assert started.raised == [None, None]


def test_forked_children_write_nothing(kernel):
    started = kernel().run(DATA, START + BY_HAND + UPDATE)
    written = started.path.stat().st_size
    child = os.fork()
    if child == 0:
        try:
            started.run(START + BY_HAND + UPDATE)
            started.recorder.close()
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert started.path.stat().st_size == written
    evidence = started.evidence()
    assert len(rows(evidence)) == 3
    assert evidence.complete


def test_a_spent_budget_drops_whole_records_and_counts_them(kernel):
    evidence = kernel(budget=40_000).run(DATA, START + BY_HAND.replace("3", "3000") + UPDATE).evidence()
    assert not evidence.damaged
    assert evidence.complete
    assert any("records of kind" in why for why in evidence.dropped)
    assert len(kernel().run(DATA, START + BY_HAND + UPDATE).evidence().dropped) == 0


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_160_000_steps_in_bounded_memory(kernel):
    """Nothing that the recorder holds grows with the number of steps: 150,000 more cost as good as none."""
    step = MODEL + (
        "loss_fn = torch.nn.MSELoss()\nfor _ in range({}):\n    for x, y in pairs:\n"
        "        optimizer.zero_grad()\n        loss_fn(model(x), y).backward()\n        optimizer.step()\n"
    )
    started = kernel().run(DATA, "pairs = list(zip(X.split(1), Y.split(1)))", step.format(150))
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    started.run(step.format(2520))
    grown, peak = (v - before for v in tracemalloc.get_traced_memory())
    tracemalloc.stop()
    assert grown < 2 << 20
    assert peak < 8 << 20
    evidence = started.evidence()
    assert sum(len(s) for s in evidence.steps) == 160_200
    assert not evidence.dropped
