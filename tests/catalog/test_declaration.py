from dataclasses import replace

import pytest

from grader.catalog import validate_declaration
from grader.model.checks import CHECKS, OUTCOME_CHECKS
from grader.model.errors import AuthorError
from grader.model.exercise import (
    SGD,
    Adam,
    AnyStart,
    At,
    Batches,
    Check,
    Figure,
    FirstEpoch,
    Fit,
    Limits,
    Line,
    OtherLine,
    OtherSeed,
    OtherTable,
    Parity,
    Predictions,
    Recorded,
    Surface,
    Table,
)


@pytest.fixture
def sound(course):
    return course.load("small").exercise


def _with_checks(exercise, *checks, **parts):
    return replace(exercise, tasks=(replace(exercise.tasks[0], checks=checks, **parts),))


def _with_training(exercise, **parts):
    task = exercise.tasks[0]
    return replace(exercise, tasks=(replace(task, training=replace(task.training, **parts)),))


def _said(exercise):
    with pytest.raises(AuthorError) as caught:
        validate_declaration(exercise, where="exercise.py")
    assert str(caught.value).startswith("exercise.py")
    return str(caught.value)


def test_a_sound_declaration_passes(sound):
    validate_declaration(sound, where="exercise.py")
    every = [Check(id=name, points=0.0) for name in CHECKS if name != "gradient"]
    full = _with_checks(
        sound, Check(id="gradient", points=10.0), *every, figure=Figure(curves=("LOSS",)), fit=Fit(), parity=Parity(tolerance=0.03),
        predictions=Predictions(name="p", shape=(60,)), answers=(FirstEpoch(name="first", task="practice"),),
        surface=Surface(name="Z", weights=(-1.0, 1.0, 5), biases=(-1.0, 1.0, 5), data=sound.tasks[0].training.data),
    )
    validate_declaration(full, where="exercise.py")
    assert CHECKS.keys() > OUTCOME_CHECKS


@pytest.mark.parametrize(
    ("checks", "said"),
    [
        ([("gradient", 9.5)], "the points sum to 9.5, not to 10"),
        ([("gradient", 10.5), ("data", -0.5)], "points of data is -0.5"),
        ([("gradient", float("nan"))], "points of gradient is nan"),
        ([("gradient", 9.995), ("data", 0.005)], "finer than two decimals"),
        ([("gradiant", 10)], "no check is called 'gradiant'"),
        ([("gradient", 5), ("gradient", 5)], "the check 'gradient' is used 2 times"),
        ([("gradient", 6), ("learned", 2), ("generalises", 2)], r"outcome (learned, generalises) carry 4 points, more than 3"),
        ([("gradient", 6.99), ("trajectory", 3.01)], "carry 3.01 points"),
        ([("plotted", 10)], "needs Task.figure"),
        ([("shape", 10)], "needs Task.predictions"),
        ([("fitted", 10)], "needs Task.fit"),
        ([("gradient", 8), ("parity", 2)], "needs Task.parity"),
        ([], "no checks"),
    ],
)
def test_checks_must_make_sense(sound, checks, said):
    assert said in _said(_with_checks(sound, *(Check(id=name, points=points) for name, points in checks)))


def test_a_check_needs_its_part(sound):
    ten = Check(id="recorded", points=10.0)
    assert "needs Task.recorded" in _said(_with_checks(sound, ten, recorded=()))
    assert "needs Exercise.variants" in _said(replace(sound, variants=()))


def test_ten_tenths_are_ten_points(sound):
    names = [name for name in CHECKS if name not in OUTCOME_CHECKS][:10]
    parts = {"figure": Figure(curves=("a",)), "fit": Fit(), "predictions": Predictions(name="p", shape=(1,))}
    thirds = [Check(id=name, points=1.1 if at % 2 else 0.9) for at, name in enumerate(names)]
    validate_declaration(_with_checks(sound, *thirds, **parts), where="exercise.py")


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"epochs": 0}, "the number of epochs is 0"),
        ({"epochs": 1.5}, "the number of epochs is 1.5"),
        ({"optimizer": SGD(lr=0)}, "the learning rate is 0"),
        ({"optimizer": SGD(lr=float("inf"))}, "the learning rate is inf"),
        ({"optimizer": SGD(lr=0.1, momentum=-1)}, "the momentum is -1"),
        ({"optimizer": Adam(lr=0.1, betas=(0.9, 1.0))}, "a beta of Adam"),
        ({"batches": Batches(size=0)}, "the batch size is 0"),
        ({"start": At(values=(1.0,))}, "At has 1 values; the model has 2 parameters"),
        ({"start": AnyStart(low=1, high=1)}, "not below high"),
        ({"data": Line(first=3, stop=3, step=0.1, slope=1, intercept=1, noise=0)}, "holds no points"),
        ({"data": Line(first=0, stop=3, step=0, slope=1, intercept=1, noise=0)}, "the line's step is 0"),
        ({"data": Table(file="../t.csv", feature="x", target="y")}, "not a plain file name"),
        ({"data": Table(file="gone.csv", feature="x", target="y")}, "neither served nor among the files"),
        ({"data": Table(file="table.csv", feature="", target="y")}, "names no feature"),
    ],
)
def test_a_training_must_make_sense(sound, parts, said):
    assert said in _said(_with_training(sound, **parts))
    training = replace(sound.tasks[0].training, **parts)
    assert said in _said(replace(sound, given=(training,)))


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"slug": "Big One"}, "the slug 'Big One'"),
        ({"title": " "}, "no title"),
        ({"tasks": ()}, "no tasks"),
        ({"files": ("/etc/passwd",)}, "not a plain file name"),
        ({"files": ("..",)}, "not a plain file name"),
        ({"served": {"ftp://x": "table.csv"}}, "is no web address"),
        ({"limits": Limits(cell_seconds=0)}, "cell_seconds is 0"),
        ({"variants": (OtherLine(grade_id="data", template="x = {slope}"),)}, "the template has no {intercept}"),
        ({"variants": (OtherLine(grade_id="data", template="{slope}{intercept}", slope=(1, 1)),)}, "the range of slope is"),
        ({"variants": (OtherTable(slope=(1, 2), intercept=(2, 1), feature=(0, 1), noise=0),)}, "the range of intercept is"),
        (
            {"variants": (OtherTable(slope=(1, 2), intercept=(1, 2), feature=(0, 1), noise=0),), "files": (), "served": {}},
            "no file is served",
        ),
    ],
)
def test_an_exercise_must_make_sense(sound, parts, said):
    assert said in _said(replace(sound, **parts))


def test_tasks_have_names_of_their_own(sound):
    task = sound.tasks[0]
    assert "the task id 'practice' is used 2 times" in _said(replace(sound, tasks=(task, task)))
    assert "the task id 'a b'" in _said(replace(sound, tasks=(replace(task, id="a b"),)))
    assert "needs Task.training" in _said(replace(sound, tasks=(replace(task, training=None),)))


@pytest.mark.parametrize(
    ("recorded", "said"), [(Recorded(name="a b"), "no name in Python"), (Recorded(name="a", every=0), "interval of a is 0")]
)
def test_a_list_must_have_a_name_and_an_interval(sound, recorded, said):
    assert said in _said(replace(sound, tasks=(replace(sound.tasks[0], recorded=(recorded,)),), variants=(OtherSeed(),)))
