import json
from pathlib import Path

import pytest

from grader.grading.recognition import named, recognise
from grader.model.errors import NotebookError


@pytest.fixture(scope="module")
def scaffolds(course):
    return {slug: course.load(slug).scaffold for slug in course.exercises()}


def test_each_reference_is_recognised_by_its_cells_alone(course, scaffolds):
    for slug in course.exercises():
        notebook = json.loads(course.load(slug).reference.read_bytes())
        for cell in notebook["cells"]:
            cell["metadata"] = {}
        assert recognise(json.dumps(notebook).encode(), "a.ipynb", scaffolds) == slug


@pytest.mark.parametrize("key", ["pytorch-way", {"exercise": "pytorch-way"}])
def test_what_the_notebook_calls_itself_decides(entry, scaffolds, key):
    notebook = json.loads(entry.reference.read_bytes())
    notebook["metadata"]["grader"] = key
    assert recognise(json.dumps(notebook).encode(), "a.ipynb", scaffolds) == "pytorch-way"


def test_an_unknown_name_in_the_metadata_is_passed_over(entry, scaffolds):
    notebook = json.loads(entry.reference.read_bytes())
    notebook["metadata"]["grader"] = {"exercise": ["no", "text"]}
    assert recognise(json.dumps(notebook).encode(), "a.ipynb", scaffolds) == "slope-and-bias"


def test_a_strange_notebook_is_nobodys(scaffolds):
    cells = [{"cell_type": "code", "source": "print('hello')", "metadata": {}, "outputs": [], "execution_count": None}]
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    assert recognise(json.dumps(notebook).encode(), "a.ipynb", scaffolds) is None
    assert recognise(b"# %%\nprint('hello')\n", "a.py", scaffolds) is None


def test_an_unreadable_one_is_said_to_be_so(scaffolds):
    with pytest.raises(NotebookError):
        recognise(b"\xff\xfe", "a.ipynb", scaffolds)


@pytest.mark.parametrize(
    ("path", "slug"),
    [
        ("/x/reshape-bug.ipynb", "reshape-bug"), ("/x/reshape-bug_anna.ipynb", "reshape-bug"), ("/x/Reshape-Bug (1).ipynb", "reshape-bug"),
        ("/x/reshape-bug/anna/n.ipynb", "reshape-bug"), ("/pytorch-way/reshape-bug/n.ipynb", "reshape-bug"), ("/x/n.ipynb", None),
        ("/x/reshape-bugs.ipynb", None),
    ],
)  # fmt: skip
def test_a_name_is_a_last_resort(path, slug):
    assert named(Path(path), ("pytorch-way", "reshape-bug")) == slug
