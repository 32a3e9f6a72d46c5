"""Right work is right whatever its path: notebooks that differ from the reference's own, each with what it must earn."""

import pytest

from tests.exercises.students import bare, file_of, moved, position, right

LINEAR = (
    (
        "model",
        "        self.weight = nn.Parameter(torch.randn(1))\n        self.bias = nn.Parameter(torch.randn(1))\n",
        "        self.line = nn.Linear(1, 1)\n",
    ),
    ("model", "self.weight * x + self.bias", "self.line(x)"),
    ("practice", "model_0.weight.item()", "model_0.line.weight.item()"),
    ("practice", "model_0.bias.item()", "model_0.line.bias.item()"),
)
OTHER_SEED = (("model", "manual_seed(42)", "manual_seed(2024)"),)
DOUBLE = (
    (
        "model",
        "model_0 = LinearRegressionModel()",
        (
            "model_0 = LinearRegressionModel().double()\n"
            "X_train, X_test, y_train, y_test = (t.double() for t in (X_train, X_test, y_train, y_test))"
        ),
    ),
)
READ_AFTER = (
    ("practice", "    optimizer.step()\n", "    optimizer.step()\n    after_the_step = loss.item()\n"),
    ("practice", "loss.detach().numpy()", "after_the_step"),
)


def all_passed(report):
    """Ten points, no cause, and not one check that did not pass."""
    assert [(check.task, check.id, check.outcome, check.message) for check in report.checks if check.outcome != "passed"] == []
    assert (report.score, report.pending, report.cause, report.run.status) == (10.0, 0.0, None, "completed")


def first_parameters(evidence):
    """The parameters before the first step."""
    return [round(float(v), 4) for v in sorted(evidence.steps[0].theta[0])]


@pytest.mark.parametrize(
    ("changes", "start"),
    [
        (LINEAR, [0.7645, 0.8300]),  # the first numbers that nn.Linear draws under seed 42
        (OTHER_SEED, None),
        (DOUBLE, [0.1288, 0.3367]),
        (READ_AFTER, [0.1288, 0.3367]),
        (LINEAR + OTHER_SEED + DOUBLE + READ_AFTER, None),
    ],
    ids=["nn.Linear", "another seed", "float64", "the loss read after the step", "all at once"],
)
def test_hello_pytorch(graded, course, changes, start):
    report, evidence = graded("hello-pytorch", file_of(right(course.load("hello-pytorch"), changes)))
    all_passed(report)
    assert [finding.rule for finding in report.findings] == []
    assert len(evidence.steps[0]) == 1500
    found = first_parameters(evidence)
    assert found == start if start else found not in ([0.7645, 0.8300], [0.1288, 0.3367])


# ---- two exercises in one file -----------------------------------------------------------------------------------------

FILES = [
    ("slope-and-bias", "pytorch-way", bare),
    ("pytorch-way", "slope-and-bias", list),
]
MORE = [
    ("two-layer", "hello-pytorch", list),  # the same data cell twice
    ("hello-pytorch", "two-layer", bare),
    ("pytorch-way", "slope-and-bias", bare),
    ("slope-and-bias", "pytorch-way", list),
    ("hello-pytorch", "two-layer", list),
    ("two-layer", "hello-pytorch", bare),
    ("model-class", "learning-rate-and-epochs", bare),
    ("learning-rate-and-epochs", "model-class", list),
    ("missing-backward", "reshape-bug", bare),
    ("missing-backward", "reshape-bug", list),
]


@pytest.mark.parametrize(
    ("first", "second", "strip"),
    [
        pytest.param(*one, id=f"{one[0]} {one[1]} {'bare' if one[2] is bare else 'with metadata'}", marks=marks)
        for ones, marks in ((FILES, ()), (MORE, pytest.mark.slow))
        for one in ones
    ],
)
def test_a_file_with_the_work_of_two_exercises_is_graded_for_the_one_asked(graded, course, first, second, strip):
    """Copied one after the other into one notebook: with metadata, cells of both have the same ids; without, none has any."""
    both = file_of(strip(right(course.load(first)) + right(course.load(second))))
    for slug in (first, second):
        report, _ = graded(slug, both)
        assert report.exercise == slug
        all_passed(report)


def test_what_is_missing_of_the_one_asked_is_not_made_up_by_the_other(graded, course):
    """pytorch-way's practice with the stub of slope-and-bias: the other exercise's training is no practice of this one."""
    stub = right(course.load("slope-and-bias"))
    at, plot = position(stub, "practice"), position(stub, "plot")
    both = [*stub[:at], *stub[at + 1 : plot], *stub[plot + 1 :], *right(course.load("pytorch-way"))]
    report, _ = graded("slope-and-bias", file_of(bare(both)))
    assert report.score < 5
    assert report.cause is not None
    report, _ = graded("pytorch-way", file_of(bare(both)))
    all_passed(report)


# ---- tasks in another order --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("strip", [pytest.param(list, marks=pytest.mark.slow), bare], ids=["with metadata", "without metadata"])
def test_the_tasks_of_model_class_in_another_order(graded, course, strip):
    cells = moved(right(course.load("model-class")), "best", "parity", "practice", "curves", "predictions")
    assert position(cells, "parity") < position(cells, "practice")
    report, evidence = graded("model-class", file_of(strip(cells)))
    all_passed(report)
    assert [len(steps) for steps in evidence.steps if len(steps) > 100] in ([6000], [5000, 1000])


@pytest.mark.parametrize("strip", [list, pytest.param(bare, marks=pytest.mark.slow)], ids=["with metadata", "without metadata"])
def test_the_rates_of_learning_rate_and_epochs_in_another_order(graded, course, strip):
    cells = right(course.load("learning-rate-and-epochs"), [("runs", "for rate in (0.1, 0.02, 0.001)", "for rate in (0.001, 0.1, 0.02)")])
    all_passed(graded("learning-rate-and-epochs", file_of(strip(cells)))[0])
