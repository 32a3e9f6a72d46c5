"""The trained model itself, where a task asks for it under a name: what the name holds when the notebook has run."""

import pytest

from grader.judging import judge
from grader.model.exercise import SGD, Affine, AnyStart, Batches, Check, Exercise, Line, Predictions, SquaredError, Task, Training
from grader.model.run import Observed, Outcome
from grader.notebooks import align, read

DATA = """\
import torch
torch.manual_seed(3)
X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = 1 * X - 1 + 0.1 * torch.randn(X.size())"""
TRAIN = """\
torch.manual_seed(0)
model = torch.nn.Linear(1, 1)
for epoch in range({epochs}):
    yhat = model(X)
    loss = torch.mean((yhat - Y) ** 2)
    model.zero_grad()
    loss.backward()
    with torch.no_grad():
        for p in model.parameters():
            p -= {rate} * p.grad"""
TRAINED = "predictions = model(X).detach().numpy().reshape(-1)"


def task(epochs, rate=0.1):
    training = Training(
        model=Affine(),
        loss=SquaredError(),
        optimizer=SGD(lr=rate),
        start=AnyStart(),
        data=Line(first=-3.0, stop=3.0, step=0.1, slope=1.0, intercept=-1.0, noise=0.1),
        batches=Batches(),
        epochs=epochs,
    )
    checks = tuple(Check(id=name, points=1.0) for name in ("start", "steps", "update", "learned", "shape"))
    return Task(training=training, checks=checks, model="model", predictions=Predictions(name="predictions", shape=(60,)))


@pytest.fixture
def outcomes(kernel, course):
    """A function (tasks, cells) -> {check: outcome} of those cells run as a notebook."""
    from tests.judging.labs import as_notebook

    def grade(tasks, *cells):
        exercise = Exercise(slug="slope-and-bias", title="of this test", tasks=tasks)
        notebook = align(read(*as_notebook(cells)), course.load("slope-and-bias").scaffold)
        started = kernel()
        for cell in notebook.code():
            started.run(cell.source, at=cell.index)
        outcome = Outcome(status="completed", isolation="L0", seconds=0.1, evidence=started.evidence())
        report = judge(exercise, notebook, (Observed(exercise=exercise, outcome=outcome),))
        return {c.id: c.outcome for c in report.checks}

    return grade


@pytest.mark.parametrize(
    ("behind", "wanted"),
    [
        ("model = torch.nn.Linear(1, 1)", "failed"),
        ("torch.manual_seed(0)\nmodel = torch.nn.Linear(1, 1)", "failed"),
        ("state = model.state_dict()\nmodel = torch.nn.Linear(1, 1)", "failed"),
        ("state = model.state_dict()\nmodel = torch.nn.Linear(1, 1)\nmodel.load_state_dict(state)", "passed"),
        ("model, kept = torch.nn.Linear(1, 1), model", "passed"),
        ("other = torch.nn.Linear(1, 1)", "passed"),
        ("del model", "passed"),
    ],
)
@pytest.mark.parametrize("apart", [True, False])
def test_the_name_asked_for_holds_what_was_trained(outcomes, behind, wanted, apart):
    cells = (TRAIN.format(epochs=15, rate=0.2), TRAINED, behind)
    seen = outcomes((task(15, rate=0.2),), DATA, *(cells if apart else ["\n".join(cells)]))
    assert seen["learned"] == wanted
    assert seen["update"] == "passed"


@pytest.mark.parametrize("behind", ["model = model.half()", "with torch.no_grad():\n    model.weight += 1e-3"])
def test_what_does_as_well_as_the_trained_model_was_trained(outcomes, behind):
    seen = outcomes((task(15, rate=0.2),), DATA, TRAIN.format(epochs=15, rate=0.2), TRAINED, behind)
    assert seen["learned"] == "passed"
