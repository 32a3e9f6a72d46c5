"""The labs' own mistakes: the figures that they lead to, the cause that is named for each, and what it costs."""

import pytest

from tests.exercises.students import file_of, position, right


def outcomes(report, *, task=None):
    """Check -> outcome of those that did not pass."""
    return {check.id: check.outcome for check in report.checks if check.outcome != "passed" and task in (None, check.task)}


def last(evidence, name):
    """The last value of the list or array of that name, as the notebook left it."""
    return float([value for value in evidence.values if value.name == name][-1].values.reshape(-1)[-1])


def test_the_target_of_the_lab_before_is_kept_one_dimensional(graded, course):
    """Lab 4 ends at 0.247 and 19.23 then, with a loss of 35.25: the average car."""
    entry = course.load("model-class")
    report, evidence = graded("model-class", file_of(right(entry, [("target", 'cars[["mpg"]]', 'cars["mpg"]')])))
    assert round(last(evidence, "slope"), 3) == 0.247
    assert round(last(evidence, "bias"), 2) == 19.23
    assert round(last(evidence, "losses"), 2) == 35.25
    assert report.cause.rule == "broadcast-loss"
    assert "(32, 32)" in report.cause.message
    law = {"loss": "failed", "trajectory": "blocked", "learned": "blocked", "generalises": "blocked"}
    assert outcomes(report, task="practice") == law
    assert outcomes(report, task="parity") == {"loss": "failed", "parity": "blocked"}
    assert report.score == 6.0


def test_a_list_of_views_shows_the_last_value_everywhere(graded, course):
    """slope.append(param.data.numpy()[0]): after the run every one of the thousand entries is -4.861."""
    view = [("practice", "slope.append(model.linear.weight.item())", "slope.append(model.linear.weight.data.numpy()[0])")]
    cells = right(course.load("model-class"), [*view, ("practice", "slope[-1]:.4f", "slope[-1].item():.4f")])
    report, evidence = graded("model-class", file_of(cells))
    (held,) = {round(float(v), 3) for v in [value for value in evidence.values if value.name == "slope"][-1].values.reshape(-1)}
    assert held == -4.861
    assert (report.cause.rule, report.cause.cell) == ("recorded-alias", position(cells, "practice"))
    assert "slope" in report.cause.message
    assert "-4.861" in report.cause.message
    assert outcomes(report, task="practice") == {"recorded": "failed"}
    assert report.score == 8.5


@pytest.mark.slow
def test_views_that_make_the_figure_wrong_as_well_are_one_cause(graded, course):
    view = [("practice", "bias.append(model.linear.bias.item())", "bias.append(model.linear.bias.data.numpy())")]
    cells = right(course.load("model-class"), [*view, ("practice", "bias[-1]:.4f", "bias[-1].item():.4f")])
    report, _ = graded("model-class", file_of(cells))
    assert report.cause.rule == "recorded-alias"
    assert "bias" in report.cause.message


SWAPPED = {
    "unpacked in another order": [
        ("practice", "loss_fn = nn", "X_train, X_test, y_train, y_test = X_test, X_train, y_test, y_train\nloss_fn = nn"),
    ],
    "handed to the wrong call": [
        ("practice", "    loss = loss_fn(model_0(X_train), y_train)", "    loss = loss_fn(model_0(X_test), y_test)"),
        ("practice", "test_loss = loss_fn(model_0(X_test), y_test)", "test_loss = loss_fn(model_0(X_train), y_train)"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("how", SWAPPED)
def test_training_and_test_rows_are_swapped(graded, course, how):
    """The training's laws hold, on the wrong rows: ten in every step, none of them one of the forty."""
    cells = right(course.load("hello-pytorch"), SWAPPED[how])
    report, evidence = graded("hello-pytorch", file_of(cells))
    assert max(array.size for array in evidence.arrays.values()) == 10
    assert (report.cause.rule, report.cause.cell) == ("train-test-swapped", position(cells, "practice"))
    assert outcomes(report) == {"data": "failed", "trajectory": "blocked", "learned": "blocked", "generalises": "blocked"}
    assert report.score == 6.5


@pytest.mark.parametrize(("slug", "old", "new"), [
    ("hello-pytorch", "    model_0.train()\n", "    model_0.eval()\n"),
    ("model-class", "for epoch in range(NUM_EPOCHS):\n", "model.eval()\nfor epoch in range(NUM_EPOCHS):\n"),
], ids=["hello-pytorch", "model-class"])  # fmt: skip
def test_the_model_is_in_eval_mode_while_it_trains(graded, course, slug, old, new):
    """Neither model has a layer that minds: it is said, and costs nothing."""
    cells = right(course.load(slug), [("practice", old, new)])
    report, _ = graded(slug, file_of(cells))
    assert [(one.rule, one.cell, one.remark) for one in report.findings] == [("trained-in-eval-mode", position(cells, "practice"), True)]
    assert (report.score, report.cause, outcomes(report)) == (10.0, None, {})


@pytest.mark.slow
def test_train_mode_by_turns_is_not_taken_for_eval_mode(graded, course):
    report, _ = graded("hello-pytorch", file_of(right(course.load("hello-pytorch"))))
    assert report.findings == ()


def test_the_figure_is_drawn_before_the_lists_are_filled(graded, course):
    """Three axes with a title each and nothing in them."""
    cells = right(course.load("model-class"))
    practice, curves = (cells[position(cells, name)].source for name in ("practice", "curves"))
    head, loop, rest = practice.partition("for epoch in range(NUM_EPOCHS):\n")
    changes = [("practice", practice, f"{head}{curves}\n\n{loop}{rest}"), ("curves", curves, "# see above")]
    report, _ = graded("model-class", file_of(right(course.load("model-class"), changes)))
    assert report.cause.rule == "not-plotted"
    assert "losses and slope and bias" in report.cause.message
    assert "3 missing" in report.cause.message
    assert outcomes(report) == {"plotted": "failed"}
    assert report.score == 9.5
