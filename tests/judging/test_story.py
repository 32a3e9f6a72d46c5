"""The story of a run: its numbers beside those that were asked for, thinned, and the place where a law broke."""

import numpy as np
import pytest

from grader.judging.story import POINTS, story
from grader.model.run import Observed, Outcome
from grader.notebooks import align, read
from tests.judging.labs import MISTAKES, PYTORCH, SLOPE, as_notebook, changed, slug


@pytest.fixture
def told(kernel, course):
    """A function (cells) -> the one chapter of their story."""

    def tell(cells):
        entry = course.load(slug(cells))
        notebook = align(read(*as_notebook(cells)), entry.scaffold)
        started = kernel()
        for cell in notebook.code():
            started.run(cell.source, at=cell.index)
        outcome = Outcome(status="completed", isolation="L0", seconds=0.1, evidence=started.evidence())
        return story(entry.exercise, notebook, (Observed(exercise=entry.exercise, outcome=outcome),))

    return tell


def mistaken(name):
    cells, at, old, new, *_ = MISTAKES[name]
    return changed(cells, at, old, new)


def test_a_right_run_is_what_was_asked_for(told):
    whole = told(SLOPE)
    (one,) = whole.chapters
    assert (whole.title, one.words["weight"], one.unit) == ("Slope and bias: gradient descent from scratch", "w", "epoch")
    assert (one.own.steps, one.own.theta.shape, len(one.x)) == (15, (16, 2), 60)
    assert np.allclose(one.own.theta, one.asked.theta, rtol=1e-3)
    assert np.allclose(one.own.losses, one.asked.losses, rtol=1e-3, atol=1e-4)
    assert (one.gradient, one.update, one.fit) == (None, None, None)
    assert whole.sources[7].startswith("LOSS2 = []")


def test_the_landscape_is_the_loss_and_holds_both_paths(told):
    (one,) = told(SLOPE).chapters
    ground = one.landscape
    w, b = ground.weights[3], ground.biases[5]
    assert ground.loss[5, 3] == pytest.approx(np.mean((w * one.x + b - one.y) ** 2))
    for path in (one.own.theta, one.asked.theta):
        assert (path.min(axis=0) >= [ground.weights[0], ground.biases[0]]).all()
        assert (path.max(axis=0) <= [ground.weights[-1], ground.biases[-1]]).all()


def test_another_rate_breaks_the_update_at_the_first_step(told):
    (one,) = told(mistaken("rate-left")).chapters
    assert (one.gradient, one.update.broken, one.update.steps) == (None, 0, 15)
    assert np.allclose(one.update.seen * 2, one.update.asked, rtol=1e-3, atol=1e-6)
    assert one.asked.losses[-1] < one.own.losses[-1]


def test_kept_gradients_break_the_gradient_at_the_second_step(told):
    (one,) = told(mistaken("no-zero-grad")).chapters
    assert one.gradient.broken == 1
    assert one.gradient.count == 599
    assert len(one.gradient.at) <= 40
    assert np.allclose(one.gradient.seen[0], one.gradient.asked[0], rtol=1e-3)
    assert not np.allclose(one.gradient.seen[1], one.gradient.asked[1], rtol=1e-1)


def test_a_run_of_batches_is_told_in_epochs(told):
    (one,) = told(PYTORCH).chapters
    assert (one.unit, one.own.every, len(one.own.losses), one.own.steps) == ("epoch", 60, 10, 600)
    assert one.own.theta_at[-1] == 10.0
    assert len(one.own.theta) <= POINTS + 1


def test_no_run_is_no_picture(told):
    (one,) = told(mistaken("no-backward")).chapters
    assert (one.own, one.asked, one.landscape, len(one.x)) == (None, None, None, 0)


def test_a_long_run_is_thinned_where_it_is_old(told):
    cells = changed(changed(SLOPE, 6, "my_train_model(15)", "my_train_model(3000)"), 6, "lr=0.2", "lr=0.001")
    (one,) = told(cells).chapters
    assert one.own.steps == 3000
    assert len(one.own.losses) <= POINTS
    assert (one.own.at[:100] == np.arange(100)).all()
    assert (one.own.at[-1], one.own.theta_at[-1]) == (2999, 3000)


def test_a_run_that_ran_away_leaves_numbers_to_draw(told):
    (one,) = told(changed(SLOPE, 6, "lr=0.2", "lr=20.0")).chapters
    assert np.isfinite(one.landscape.loss).all()
    assert len(one.update.at) >= 1
