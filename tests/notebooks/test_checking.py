"""The cells of the student's own check: known by what they do, and nobody's work."""

from dataclasses import replace

import pytest

from grader.model.notebook import Cell, Notebook
from grader.notebooks import CHECK, LOAD, align, is_check


@pytest.mark.parametrize(
    "source",
    [
        LOAD.source, CHECK.source, "%load_ext grader", "  %grade  ", "%grade ../data", "import grader\ngrader.check()", "grader.check();",
        "%reload_ext grader\n\n%grade # now",
    ],
)
def test_a_cell_that_asks_for_the_check(source):
    assert is_check(source)


@pytest.mark.parametrize(
    "source",
    [
        "", "# %grade", "%grade\nx = 1", "x = 1; %grade", "%load_ext graders", "%load_ext autoreload", "grader.check(train())", "%graded",
        "import grader as g",
    ],
)
def test_a_cell_that_does_anything_else(source):
    assert not is_check(source)


@pytest.fixture
def stripped(course):
    """A right submission from which an editor took the metadata, and the exercise's scaffold."""
    from grader.notebooks import read

    entry = course.load("hello-pytorch")  # its last code cell is one to fill in
    notebook = read(next(one.data for one in entry.specimens if one.name == "right"), "right.ipynb")
    return replace(notebook, cells=tuple(replace(cell, grade_id=None) for cell in notebook.cells)), entry.scaffold


def surrounded(notebook):
    """The notebook between the two cells, as in a stub without metadata."""
    cells = [Cell(index=0, kind="code", source=LOAD.source), *notebook.cells, Cell(index=0, kind="code", source=CHECK.source)]
    return Notebook(name=notebook.name, cells=tuple(replace(cell, index=at) for at, cell in enumerate(cells)))


def test_the_two_cells_change_nothing_about_the_others(stripped):
    notebook, scaffold = stripped
    plain, with_check = align(notebook, scaffold), align(surrounded(notebook), scaffold)
    assert [(c.grade_id, c.owner, c.changed) for c in with_check.cells[1:-1]] == [(c.grade_id, c.owner, c.changed) for c in plain.cells]
    assert (with_check.aligned, with_check.missing) == (plain.aligned, plain.missing)
    assert plain.cells[-2].grade_id == "curves" or any(c.grade_id == "curves" for c in plain.cells)


def test_they_are_given_and_have_no_name(stripped):
    notebook, scaffold = stripped
    first, *_, last = align(surrounded(notebook), scaffold).cells
    assert {(c.grade_id, c.owner, c.changed) for c in (first, last)} == {(None, "given", False)}
