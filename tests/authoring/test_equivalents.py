"""Right work in other words, as changes of source; that it loses nothing is for test_validating and `grader validate`."""

import ast
import json
import re
from pathlib import Path

import pytest

from grader.authoring.equivalents import REWRITES, equivalents_of
from grader.authoring.syntax.work import work_of
from grader.catalog import Course
from grader.grading import Grader

COURSE = Course(root=Path(__file__).parents[2])
NAMED = {one.name: one for one in REWRITES}

# The issue's own list, in its order.
ASKED_FOR = {
    "other names": "other-names", "while for for": "while-for-for", "manual update for optimizer": "by-hand-for-an-optimizer",
    "and back": "an-optimizer-for-by-hand", "functional for module loss": "functional-loss", "+= under no_grad for .data": "through-data",
    "new leaves each step": "new-leaves", "float64": "double-precision", "list comprehension": "list-comprehension",
    "in a function": "in-a-function", "in a class": "in-a-class", "split over cells": "split-over-cells",
    "in an inserted cell": "in-an-inserted-cell", "figures drawn with another call": "drawn-on-axes",
    "a Module for two tensors": "a-module-for-two-tensors", "seeds set": "seed-set", "or not": "seed-not-set",
    "an extra model trained first": "another-model-first",
}  # fmt: skip


@pytest.fixture(scope="module")
def works():
    return {slug: work_of(COURSE.load(slug)) for slug in COURSE.exercises()}


@pytest.fixture(scope="module")
def made(works):
    return {slug: list(equivalents_of(work, REWRITES, range(1, 2))) for slug, work in works.items()}


def test_names_are_unique_and_there_are_enough():
    assert len(NAMED) == len(REWRITES) >= 15
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", name) for name in NAMED)


def test_everything_that_was_asked_for_is_made(made):
    applied = {one.rewrite.name for found in made.values() for one in found}
    assert set(ASKED_FOR.values()) <= applied


def test_each_rewrite_fits_somewhere(made):
    assert {one.rewrite.name for found in made.values() for one in found} == set(NAMED)


@pytest.mark.parametrize("slug", COURSE.exercises())
def test_each_equivalent_is_another_notebook_that_python_reads(slug, works, made):
    work = works[slug]
    given = [cell["source"] for index, cell in enumerate(json.loads(work.written())["cells"]) if index not in work.trees]
    assert made[slug]
    for one in made[slug]:
        assert work.written(one.change) != work.written(), one.rewrite.name
        cells = json.loads(one.data)["cells"]
        for cell in cells:
            if cell["cell_type"] == "code":
                ast.parse("".join(cell["source"]))
        assert all(source in [cell["source"] for cell in cells] for source in given), one.rewrite.name


def test_each_seed_is_a_trial_of_its_own(works):
    found = list(equivalents_of(works["pytorch-way"], (NAMED["in-a-class"],), range(1, 4)))
    assert [one.name for one in found] == ["in-a-class, seed 1", "in-a-class, seed 2", "in-a-class, seed 3"]


def test_the_judge_draws_other_numbers_under_each_seed_for_the_same_notebook(works, silent):
    work, drawn, read = works["slope-and-bias"], [], []
    for seed in (1, 2, 1):
        (one,) = equivalents_of(work, (NAMED["in-a-class"],), range(seed, seed + 1))
        executor = silent()
        Grader(executor, secret=bytes(32)).grade(one.data, "in-a-class.ipynb", work.entry)
        drawn.append(executor.jobs[0].chance)
        read.append(executor.jobs[0].notebook)
    assert drawn[0] == drawn[2] != drawn[1]
    assert read[0] == read[1]


def test_names_that_are_asked_for_stay(works):
    found = NAMED["other-names"].change(works["model-class"])
    text = "\n".join(works["model-class"].source(cell, found) for cell in found.trees)
    assert "losses, slope, bias = [], [], []" in text
    assert "predictions = " in text
    assert "my_model" in text
    assert not re.search(r"(?<![\w.])optimizer\b", text)


def test_a_rewrite_that_does_not_fit_makes_nothing(works):
    assert NAMED["by-hand-for-an-optimizer"].change(works["slope-and-bias"]) is None
    assert NAMED["new-leaves"].change(works["pytorch-way"]) is None
    assert NAMED["while-for-for"].change(works["error-surface"]) is None


def test_a_functions_assignments_stay_the_notebooks_own(works):
    found = NAMED["in-a-function"].change(works["slope-and-bias"])
    (cell,) = found.trees
    assert "global iteration, loss, w, b" in works["slope-and-bias"].source(cell, found)
