import csv
import dataclasses
import io

import numpy as np
import pytest

from grader.grading.draws import Draw
from grader.grading.variants import prepare, seen
from grader.model.errors import AuthorError, EvidenceError
from grader.model.exercise import (
    SGD,
    Affine,
    At,
    Batches,
    Check,
    Exercise,
    Line,
    OtherLine,
    OtherSeed,
    OtherTable,
    SquaredError,
    Table,
    Task,
    Training,
)  # fmt: skip
from grader.model.notebook import Cell, Notebook
from grader.model.run import Drawn, Job

DRAW = Draw(key=b"k" * 32)
LINE = Line(first=-3.0, stop=3.0, step=0.1, slope=1.0, intercept=-1.0, noise=0.1)
TABLE = Table(file="cars.csv", feature="wt", target="mpg")
CARS = b'model,mpg,cyl,wt\n"Mazda, RX4",21.0,6,2.620\nDatsun,22.8,4,2.320\nValiant,18.1,6,3.460\n'
URL = "https://example.invalid/cars.csv"
ANOTHER_TABLE = OtherTable(slope=(-9.0, -8.0), intercept=(30.0, 40.0), feature=(1.0, 6.0), noise=0.0)
ANOTHER_LINE = OtherLine(grade_id="data", template="f = {slope} * X + {intercept}  # {seed}")
NOTEBOOK = Notebook(
    name="a.ipynb",
    cells=(Cell(index=0, kind="code", source="f = X - 1", grade_id="data", owner="given"), Cell(index=1, kind="code", source="train()")),
)


def exercise(data, *, given=(), served=None):
    training = Training(
        model=Affine(), loss=SquaredError(), optimizer=SGD(lr=0.1), start=At(values=(0.0, 0.0)), data=data, batches=Batches(), epochs=1,
    )  # fmt: skip
    task = Task(training=training, checks=(Check(id="learned", points=10.0),))
    return Exercise(slug="an-exercise", title="An exercise", tasks=(task,), given=tuple(given) or (training,), served=served or {})


def test_another_seed_changes_nothing_but_the_seed():
    job = Job(notebook=NOTEBOOK)
    found = prepare(OtherSeed(), exercise(LINE), job, {}, DRAW)
    assert (found.job.notebook, found.exercise) == (NOTEBOOK, exercise(LINE))
    assert isinstance(found.job.seed, int)


def test_another_line_replaces_the_data_cell_and_moves_every_line_of_the_exercise():
    found = prepare(ANOTHER_LINE, exercise(LINE), Job(notebook=NOTEBOOK), {}, DRAW)
    moved = found.exercise.tasks[0].training.data
    assert found.exercise.given[0].data == moved
    assert found.job.notebook.cells[0].source.startswith(f"f = {moved.slope} * X + {moved.intercept}  # ")
    assert found.job.notebook.cells[1] == NOTEBOOK.cells[1]
    assert abs(moved.slope - LINE.slope) >= 0.6
    assert abs(moved.intercept - LINE.intercept) >= 0.6
    assert (moved.first, moved.noise) == (LINE.first, LINE.noise)


def test_another_line_needs_the_exercises_own_data_cell():
    renamed = OtherLine(grade_id="elsewhere", template="")
    assert prepare(renamed, exercise(LINE), Job(notebook=NOTEBOOK), {}, DRAW) is None


def test_another_table_is_served_and_laid_with_the_other_columns_as_they_were():
    job = Job(notebook=NOTEBOOK, files={"cars.csv": CARS, "else.txt": b"x"}, served={URL: CARS, "u": b"x"})
    found = prepare(ANOTHER_TABLE, exercise(TABLE, served={URL: "cars.csv"}), job, {"cars.csv": CARS, "else.txt": b"x"}, DRAW)
    drawn = found.files["cars.csv"]
    assert found.job.files == {"cars.csv": drawn, "else.txt": b"x"}
    assert found.job.served == {URL: drawn, "u": b"x"}
    before, after = (list(csv.DictReader(io.StringIO(data.decode()))) for data in (CARS, drawn))
    assert [(row["model"], row["cyl"]) for row in after] == [(row["model"], row["cyl"]) for row in before]
    slope, intercept = np.polyfit([float(row["wt"]) for row in after], [float(row["mpg"]) for row in after], 1)
    assert -9 <= slope <= -8
    assert 30 <= intercept <= 40


def test_the_same_draw_gives_the_same_table():
    job = Job(notebook=NOTEBOOK, files={"cars.csv": CARS})
    once, again = (prepare(ANOTHER_TABLE, exercise(TABLE), job, {"cars.csv": CARS}, DRAW).files for _ in range(2))
    assert once == again
    assert once["cars.csv"] != CARS


@pytest.mark.parametrize(
    ("variant", "data", "files"),
    [
        (ANOTHER_LINE, TABLE, {}),
        (ANOTHER_TABLE, LINE, {}),
        (ANOTHER_TABLE, TABLE, {}),
        (ANOTHER_TABLE, TABLE, {"cars.csv": b"a,b\n1,2\n"}),
        (OtherLine(grade_id="data", template="{unknown}"), LINE, {}),
        (OtherLine(grade_id="data", template="{0}"), LINE, {}),
        (OtherLine(grade_id="data", template="{"), LINE, {}),
    ],
)
def test_a_variant_that_does_not_fit_the_exercise_is_the_authors_error(variant, data, files):
    with pytest.raises(AuthorError, match="an-exercise: "):
        prepare(variant, exercise(data), Job(notebook=NOTEBOOK, files=files), files, DRAW)


@pytest.mark.parametrize(
    ("variant", "data", "files"), [(OtherSeed(), LINE, {}), (ANOTHER_LINE, LINE, {}), (ANOTHER_TABLE, TABLE, {"cars.csv": CARS})]
)
def test_a_run_is_seen_again_as_it_was_prepared_from_what_was_drawn(variant, data, files):
    asked = dataclasses.replace(exercise(data), variants=(OtherSeed(), ANOTHER_LINE, ANOTHER_TABLE))
    found = prepare(variant, asked, Job(notebook=NOTEBOOK, files=files), files, DRAW)
    assert seen(found.drawn, asked, files) == (variant, found.exercise, found.files)


def test_a_draw_for_a_variant_that_is_gone_is_refused():
    with pytest.raises(EvidenceError, match="OtherLine"):
        seen(Drawn(kind="OtherLine", slope=1.0, intercept=2.0), exercise(LINE), {})
