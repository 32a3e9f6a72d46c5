"""What students receive runs from top to bottom, holds no solution, and shows the symptom that its text speaks of."""

import numpy as np
import pytest

from grader.authoring.release import leaks, stub_bytes


def final_names(run):
    """The notebook's names after its last cell."""
    names = {}
    for _, names in run:  # noqa: B007
        pass
    return names


def test_the_stub_runs_without_raising(entry, plainly):
    assert final_names(plainly(entry, stub_bytes(entry)))


def test_the_stub_gives_no_solution_away(entry):
    assert leaks(entry) == ()


def test_missing_backward_ships_with_losses_that_never_move(course, plainly):
    entry = course.load("missing-backward")
    names = final_names(plainly(entry, stub_bytes(entry)))
    assert len(names["losses"]) == 1000
    assert len({*names["losses"]}) == len({*names["slope"]}) == len({*names["bias"]}) == 1


def test_reshape_bug_ships_with_a_line_that_rises_and_a_column(course, plainly):
    entry = course.load("reshape-bug")
    names = final_names(plainly(entry, stub_bytes(entry)))
    assert names["w"].item() == pytest.approx(0.25, abs=0.02)
    assert names["b"].item() == pytest.approx(19.2, abs=0.1)
    assert names["predictions"].shape == (32, 1)


def test_error_surface_ships_mirrored_and_on_a_grid_of_its_own(course, plainly):
    entry = course.load("error-surface")
    names = final_names(plainly(entry, stub_bytes(entry)))
    assert names["Z"].shape == (30, 30)
    assert names["bias_axis"][names["row"]] == pytest.approx(1, abs=0.5)
    assert names["path_b"][-1] == pytest.approx(-1, abs=0.5)


def test_the_splits_declared_are_those_that_the_given_cell_makes(course, plainly):
    for slug in ("hello-pytorch", "two-layer"):
        entry = course.load(slug)
        names = final_names(plainly(entry, stub_bytes(entry)))
        (task,) = entry.exercise.tasks
        split = task.training.data
        for rows, part in ((split.train, "train"), (split.test, "test")):
            assert names["X"][list(rows)].equal(names[f"X_{part}"])
            assert names["y"][list(rows)].equal(names[f"y_{part}"])


def test_the_declared_network_is_the_one_that_the_reference_builds(course, plainly):
    """Same tensors by name and shape, same predictions from the same values."""
    from grader.judging.predictors import predictions, predictor_of

    entry = course.load("two-layer")
    (task,) = entry.exercise.tasks
    names = final_names(plainly(entry, entry.reference.read_bytes()))
    declared, built = predictor_of(task.training.model), names["model_2layer"]
    assert dict(zip(declared.names, declared.shapes, strict=True)) == {n: tuple(p.shape) for n, p in built.named_parameters()}
    theta = np.concatenate([p.detach().double().numpy().reshape(-1) for p in built.parameters()])
    expected = built(names["X_test"]).detach().numpy().reshape(-1)
    assert predictions(declared, theta[None], names["X_test"].double().numpy().reshape(-1))[0] == pytest.approx(expected, rel=1e-5)
