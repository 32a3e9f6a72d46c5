"""A tiny course on disk: one exercise, its data, one specimen."""

import json

import pytest

from grader.catalog import Course

DECLARATION = '''
"""A small exercise."""
from grader.model.exercise import (
    SGD, Affine, At, Batches, Check, Exercise, Line, OtherLine, OtherSeed, Recorded, SquaredError, Task, Training,
)

TRAINING = Training(
    model=Affine(), loss=SquaredError(), optimizer=SGD(lr=0.2), start=At(values=(-15.0, -10.0)),
    data=Line(first=-3, stop=3, step=0.1, slope=1, intercept=-1, noise=0.1), batches=Batches(), epochs=15,
)
EXERCISE = Exercise(
    slug="small", title="Small", files=("table.csv",), served={"https://example.org/t.csv": "table.csv"},
    tasks=(Task(
        training=TRAINING, recorded=(Recorded(name="LOSS"),),
        checks=(Check(id="gradient", points=5.0), Check(id="recorded", points=3.0), Check(id="generalises", points=2.0)),
    ),),
    variants=(OtherLine(grade_id="data", template="x = {slope} + {intercept}"), OtherSeed()),
)
'''
VERDICT = """title = "forgets zero_grad"
score = 5
finding = "missing-zero-grad"
remarks = ["tensors-not-floats"]
[checks]
gradient = "failed"
"""


def notebook(*cells):
    """Bytes of a notebook of (grade id, kind of cell, source); kind is given or asked."""
    made = [
        {"cell_type": "code", "source": source, "outputs": [], "execution_count": None, "metadata": {"nbgrader": {
            "grade_id": grade_id, "schema_version": 3, "grade": False, "solution": owner == "asked", "locked": owner == "given"}}}
        for grade_id, owner, source in cells
    ]
    return json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


@pytest.fixture
def course(tmp_path):
    folder = tmp_path / "reference" / "small"
    (folder / "data").mkdir(parents=True)
    (folder / "specimens").mkdir()
    (tmp_path / "exercises").mkdir()
    (folder / "exercise.py").write_text(DECLARATION)
    (folder / "small.ipynb").write_bytes(notebook(("data", "given", "x = 1"), ("practice", "asked", "train(x)")))
    (folder / "data" / "table.csv").write_bytes(b"x,y\n1,2\n")
    (folder / "specimens" / "forgets.py").write_text("# %%\nx = 1\n")
    (folder / "specimens" / "forgets.toml").write_text(VERDICT)
    return Course(root=tmp_path)


@pytest.fixture
def folder(course):
    """The folder of the small exercise."""
    return course.root / "reference" / "small"


@pytest.fixture
def write_notebook():
    """A function that makes the bytes of a notebook."""
    return notebook
