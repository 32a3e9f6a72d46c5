"""From the autograd graph to features, targets and roles, for every spelling of the same training; runs and their beginnings."""

import numpy as np
import pytest

from grader.judging.datasets import Dataset
from grader.judging.laws import gradient_law, loss_law
from grader.judging.predictors import LINE
from grader.judging.reading import read_run
from grader.judging.runs import find_runs
from grader.judging.structure import layout
from grader.judging.supposing import explained, supposed_run

X = np.arange(-3, 3, 0.5)
KNOWN = Dataset(x=X, y=None, slope=1.0, intercept=-1.0, noise=0.1)
DATA = "import torch\ntorch.manual_seed(0)\nX = torch.arange(-3, 3, 0.5).view(-1, 1)\nY = X - 1 + 0.1 * torch.randn(X.shape)\n"
START = "w = torch.tensor(-1.5, requires_grad=True)\nb = torch.tensor(2.0, requires_grad=True)\n"
LOOP = (
    "for _ in range(4):\n    loss = {}\n    loss.backward()\n    for p in (w, b):\n        p.data -= 0.1 * p.grad\n        p.grad = None\n"
)

SPELLINGS = {
    "power": "((w * X + b - Y) ** 2).mean()",
    "reversed": "((Y - (w * X + b)) ** 2).mean()",
    "pow": "torch.pow(w * X + b - Y, 2).mean()",
    "square": "(w * X + b - Y).square().mean()",
    "named-product": "(lambda r: (r * r).mean())(Y - w * X - b)",
    "sum-over-n": "((w * X + b - Y) ** 2).sum() / len(X)",
    "x-first": "((X * w + b - Y) ** 2).mean()",
    "bias-first": "((b + X * w - Y) ** 2).mean()",
    "mse-loss": "torch.nn.functional.mse_loss(w * X + b, Y)",
    "mse-reversed": "torch.nn.MSELoss()(Y, w * X + b)",
    "torch-mul": "torch.mean(torch.add(torch.mul(X, w), b).sub(Y).pow(2))",
    "flat": "((w * X.view(-1) + b - Y.view(-1)) ** 2).mean()",
    "matrix": "((X @ w.view(1, 1) + b - Y) ** 2).mean()",
    "mm": "((torch.mm(X, w.reshape(1, 1)) + b - Y) ** 2).mean()",
    "addmm": "((torch.addmm(b.view(1), X, w.view(1, 1)) - Y) ** 2).mean()",
    "linear": "((torch.nn.functional.linear(X, w.view(1, 1), b.view(1)) - Y) ** 2).mean()",
    "norm": "torch.linalg.vector_norm(w * X + b - Y) ** 2 / len(X)",
    "comprehension": "sum((w * x + b - y) ** 2 for x, y in zip(X.view(-1), Y.view(-1))) / len(X)",
}


def only(evidence, **more):
    (run,) = find_runs(evidence)
    trace = read_run(evidence, run, KNOWN, **more)
    assert trace is not None
    return trace


def targets(kernel):
    return kernel.names["Y"].reshape(-1).numpy().astype(float)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_of_the_loss_gives_roles_features_and_targets(kernel, spelling):
    started = kernel().run(DATA, START + LOOP.format(SPELLINGS[spelling]))
    assert started.raised == [None, None]
    trace = only(started.evidence())
    assert trace.theta[0].tolist() == [-1.5, 2.0]
    assert trace.sizes.tolist() == [12] * 4
    assert np.sort(trace.x[:12]) == pytest.approx(X, abs=1e-6)
    by_feature = np.argsort(trace.x[:12])
    assert trace.y[:12][by_feature] == pytest.approx(targets(started), abs=2e-5)
    assert trace.spread < 1e-3
    assert loss_law(trace, "mse").kept
    assert gradient_law(trace, "mse", trace.grad).kept


@pytest.mark.parametrize(
    "loss",
    [
        "(w * X + b - Y).abs().mean()",
        "(Y - w * X - b).abs().mean()",
        "torch.nn.L1Loss()(w * X + b, Y)",
        "torch.nn.functional.l1_loss(Y, w * X + b)",
    ],
)
def test_absolute_errors_too(kernel, loss):
    started = kernel().run(DATA, START + LOOP.format(loss))
    trace = only(started.evidence())
    assert trace.y[:12] == pytest.approx(targets(started), abs=2e-5)
    assert loss_law(trace, "mae").kept
    assert gradient_law(trace, "mae", trace.grad).kept


@pytest.mark.parametrize(
    ("loss", "named"),
    [
        ("((w * X + b - Y.view(-1)) ** 2).mean()", "mse"),
        ("((w * X.view(-1) + b - Y) ** 2).mean()", "mse"),
        ("torch.nn.functional.l1_loss(w * X + b, Y.view(-1).expand(12, 12))", "mae"),
    ],
)
def test_pairwise_residuals_are_read_both_ways_round(kernel, loss, named):
    started = kernel().run(DATA, START + LOOP.format(loss))
    trace = only(started.evidence())
    assert trace.x.size == 48
    assert trace.y[:12] == pytest.approx(targets(started), abs=2e-5)
    assert loss_law(trace, f"{named}-broadcast").kept
    assert not loss_law(trace, named).kept
    assert trace.broadcast == (12, 12)


def test_samples_one_by_one(kernel):
    code = START + (
        "for x, y in zip(X.view(-1), Y.view(-1)):\n    ((w * x + b - y) ** 2).backward()\n"
        "    w.data -= 0.01 * w.grad\n    b.data -= 0.01 * b.grad\n    w.grad = b.grad = None"
    )
    started = kernel().run(DATA, code)
    trace = only(started.evidence())
    assert trace.sizes.tolist() == [1] * 12
    assert trace.y == pytest.approx(targets(started), abs=2e-5)


@pytest.mark.parametrize(
    "parameters",
    ["p = torch.tensor([-1.5, 2.0], requires_grad=True)\nw, b = 0, 1", "p = torch.tensor([2.0, -1.5], requires_grad=True)\nw, b = 1, 0"],
)
def test_both_parameters_in_one_tensor(kernel, parameters):
    code = (
        parameters
        + "\nfor _ in range(4):\n    ((p[w] * X + p[b] - Y) ** 2).mean().backward()\n    p.data -= 0.1 * p.grad\n    p.grad = None"
    )
    trace = only(kernel().run(DATA, code).evidence())
    assert trace.theta[0].tolist() == [-1.5, 2.0]
    assert gradient_law(trace, "mse", trace.grad).kept
    assert trace.final_seen


def test_a_module_and_an_optimizer(kernel):
    code = (
        "model = torch.nn.Linear(1, 1)\no = torch.optim.SGD(model.parameters(), lr=0.1)\nfor _ in range(4):\n"
        "    o.zero_grad()\n    torch.nn.MSELoss()(model(X), Y).backward()\n    o.step()"
    )
    started = kernel().run(DATA, code)
    trace = only(started.evidence())
    assert (trace.family, trace.stepped.tolist(), trace.final_seen) == ("MseLoss", [True] * 4, True)
    end = [p.item() for p in started.names["model"].parameters()]
    assert trace.final == pytest.approx(end)


def test_what_is_no_affine_model_of_two_parameters_is_not_read(record):
    code = "m = torch.nn.Sequential(torch.nn.Linear(1, 3), torch.nn.ReLU(), torch.nn.Linear(3, 1))\n((m(X) - Y) ** 2).mean().backward()"
    evidence = record(DATA, code)
    (run,) = find_runs(evidence)
    assert read_run(evidence, run, KNOWN) is None


def test_leaves_that_replace_one_another_are_one_run_with_its_end(kernel):
    code = START + (
        "for _ in range(5):\n    ((w * X + b - Y) ** 2).mean().backward()\n"
        "    w, b = (p.detach() - 0.1 * p.grad for p in (w, b))\n    w.requires_grad_(); b.requires_grad_()"
    )
    started = kernel().run(DATA, code)
    trace = only(started.evidence())
    assert len(trace) == 5
    assert trace.final_seen
    assert trace.final == pytest.approx([started.names["w"].item(), started.names["b"].item()])


def test_gradients_gathered_on_purpose_are_one_step_or_several(record):
    code = START + (
        "for _ in range(3):\n    for a, c in ((0, 6), (6, 12)):\n"
        "        ((w * X[a:c] + b - Y[a:c]) ** 2).mean().backward()\n    w.data -= 0.1 * w.grad\n"
        "    b.data -= 0.1 * b.grad\n    w.grad = b.grad = None"
    )
    evidence = record(DATA, code)
    together, apart = only(evidence), only(evidence, together=False)
    assert (len(together), together.sizes.tolist(), together.parts.tolist()) == (3, [12] * 3, [2] * 3)
    assert len(apart) == 6


TRAIN = LOOP.format("((w * X + b - Y) ** 2).mean()")


def test_runs_by_tensors_starts_and_cells(record):
    """Two models by turns in one loop; a restart of the same tensors; a run that a second cell goes on with."""
    both = (
        START + "u = torch.tensor(5.0, requires_grad=True)\nv = torch.tensor(6.0, requires_grad=True)\n"
        "for _ in range(4):\n    for p, q in ((w, b), (u, v)):\n        ((p * X + q - Y) ** 2).mean().backward()\n"
        "        for t in (p, q):\n            t.data -= 0.1 * t.grad\n            t.grad = None"
    )
    assert sorted(len(r) for r in find_runs(record(DATA, both))) == [4, 4]
    restarted = START + TRAIN + "w.data.fill_(-1.5)\nb.data.fill_(2.0)\n" + TRAIN
    assert [len(r) for r in find_runs(record(DATA, restarted))] == [4, 4]
    assert [(len(r), r.cell) for r in find_runs(record(DATA, START + TRAIN, TRAIN))] == [(4, 1), (4, 2)]
    assert [len(r) for r in find_runs(record(DATA, START + TRAIN + START + TRAIN))] == [4, 4]


def test_a_step_that_leads_back_to_the_start_begins_no_run(record):
    """At a kink the absolute error swings between two places for ever: one of them may be where it began."""
    swing = (
        "w = torch.tensor(0.25, requires_grad=True)\nb = torch.tensor(0.25, requires_grad=True)\n"
        "for _ in range(9):\n    (0.25 * w + 0.25 * b - 0.0625).abs().backward()\n"
        "    for p in (w, b):\n        p.data -= p.grad\n        p.grad = None\n"
    )
    assert [len(r) for r in find_runs(record("import torch\n", swing))] == [9]


def test_no_evidence_no_runs(record):
    assert find_runs(record(DATA)) == ()


def test_a_graphs_layout_names_its_loss_and_its_reduction(record):
    evidence = record(DATA, START + "torch.nn.MSELoss(reduction='sum')(w * X + b, Y).backward()\n((w * X + b - Y) ** 2).mean().backward()")
    first, second = (layout(g) for g in evidence.graphs)
    assert (first.loss, first.reduction, len(first.target), len(first.weights), len(first.biases)) == ("MseLoss", 2, 1, 1, 1)
    assert (second.loss, second.reduction, second.target, len(second.residual)) == ("", -1, (), 1)


ODD_SPELLINGS = {
    "bias-times-ones": "((w * X + b * torch.ones_like(X) - Y) ** 2).mean()",
    "stacked": "((torch.cat([X, torch.ones_like(X)], 1) @ torch.stack([w, b]).view(2, 1) - Y) ** 2).mean()",
    "einsum": "((torch.einsum('ni,i->n', X, w.view(1)) + b - Y.view(-1)) ** 2).mean()",
    "addmv": "((torch.addmv(b.expand(len(X)), X, w.view(1)) - Y.view(-1)) ** 2).mean()",
    "polynomial": "(((w + b / X) * X - Y) ** 2).mean()",
    "complex": "(torch.complex(w * X - Y, b.expand_as(X)).real + b).square().mean()",
}


@pytest.mark.parametrize("spelling", ODD_SPELLINGS)
def test_where_no_structure_is_known_the_losses_prove_the_data(kernel, spelling):
    data = DATA.replace("torch.arange(-3, 3, 0.5)", "(torch.arange(-3, 3, 0.5) + 0.25)")
    known = Dataset(x=X + 0.25, y=None, slope=1.0, intercept=-1.0, noise=0.1)
    started = kernel().run(data, START + LOOP.format(ODD_SPELLINGS[spelling]))
    assert started.raised == [None, None]
    evidence = started.evidence()
    (run,) = find_runs(evidence)
    read = read_run(evidence, run, known)
    trace = read if read is not None and explained(read) else supposed_run(evidence, run, known, LINE, {12})
    assert trace is not None
    assert trace.theta[0].tolist() == [-1.5, 2.0]
    assert loss_law(trace, "mse").kept
    assert gradient_law(trace, "mse", trace.grad).kept


def test_nothing_is_supposed_of_other_data(kernel):
    evidence = kernel().run(DATA, START + LOOP.format("((w * X + b * torch.ones_like(X) - 1.01 * Y) ** 2).mean()")).evidence()
    (run,) = find_runs(evidence)
    assert supposed_run(evidence, run, KNOWN, LINE, {12}) is None


ONE_AT_A_TIME = """for _ in range(4):
    loss = ((w * X + b - Y) ** 2).mean()
    (gw,) = torch.autograd.grad(loss, w, retain_graph=True)
    (gb,) = torch.autograd.grad(loss, b)
    w.data -= 0.1 * gw
    b.data -= 0.1 * gb
"""


def test_gradients_asked_for_one_parameter_at_a_time_are_one_step(kernel):
    trace = only(kernel().run(DATA, START + ONE_AT_A_TIME).evidence())
    assert len(trace) == 4
    assert loss_law(trace, "mse").kept
    assert gradient_law(trace, "mse", trace.grad).kept
    assert np.allclose(trace.moves, -0.1 * trace.grad, atol=1e-6)


def test_parameters_loaded_again_are_told_from_typed_ones(kernel):
    """The best parameters of an earlier step, loaded behind the loop, break no law; what the run never had is told as such."""
    from grader.judging.facts import assess
    from grader.model.exercise import SGD, Affine, At, Batches, SquaredError, Training
    from grader.model.exercise import Line as Points

    points = Points(first=-3, stop=3, step=0.5, slope=1.0, intercept=-1.0, noise=0.1)
    training = Training(
        model=Affine(), loss=SquaredError(), optimizer=SGD(lr=0.1), start=At(values=(-1.5, 2.0)), data=points, batches=Batches(), epochs=6
    )
    loop = "best = None\n" + LOOP.format(SPELLINGS["power"]).replace("range(4)", "range(6)")
    loop += "    best = (w.item(), b.item()) if _ == 3 else best\n"
    for behind, told in (
        ("w.data.fill_(best[0])\nb.data.fill_(best[1])", ""),
        ("w.data.fill_(1.0)\nb.data.fill_(-1.0)", "typed"),
    ):
        trace = only(kernel().run(DATA, START + loop + behind).evidence())
        facts = assess(trace, training, KNOWN)
        assert (facts.moves, facts.behind) == ("kept", told)


def test_a_smaller_last_batch_in_every_epoch_is_not_the_size_of_a_step(kernel):
    from grader.judging.facts import assess
    from grader.model.exercise import SGD, Affine, At, Batches, SquaredError, Training
    from grader.model.exercise import Line as Points

    points = Points(first=-3, stop=3, step=0.5, slope=1.0, intercept=-1.0, noise=0.1)
    training = Training(
        model=Affine(),
        loss=SquaredError(),
        optimizer=SGD(lr=0.1),
        start=At(values=(-1.5, 2.0)),
        data=points,
        batches=Batches(size=8),
        epochs=4,
    )
    code = START + (
        "for _ in range(4):\n    for x, y in zip(X.split(8), Y.split(8)):\n        ((w * x + b - y) ** 2).mean().backward()\n"
        "        for p in (w, b):\n            p.data -= 0.1 * p.grad\n            p.grad = None\n"
    )
    facts = assess(only(kernel().run(DATA, code).evidence()), training, KNOWN)
    assert facts.trace.sizes.tolist() == [8, 4] * 4
    assert facts.right
