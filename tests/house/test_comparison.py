"""`make compare` and the class of `make bench`: the notebooks are what they are called, both peers get the same tests, the tables keep
their form.  No timing is tested."""

import ast
import re

import pytest

from benchmarks.compare.environment import CONSTRAINTS, PEERS, SHARED
from benchmarks.compare.mistakes import WORK, cells_of, notebook
from benchmarks.compare.nbgraded import source
from benchmarks.compare.ottered import test_file as as_otters
from benchmarks.compare.process import Verdict, run
from benchmarks.compare.table import README, part, table, with_part
from benchmarks.compare.tests import TESTS
from benchmarks.peers import TESTS as BENCHMARK_TESTS
from benchmarks.peers import benchmark_course, submissions

ROWS = [work.title for work in WORK]


def solution(cell):
    return cell["metadata"].get("nbgrader", {}).get("solution", False)


@pytest.mark.parametrize("work", WORK, ids=lambda work: work.name)
def test_a_notebook_differs_from_the_reference_only_where_students_write(course, work):
    entry = course.load(work.slug)
    made, reference = notebook(entry, work)["cells"], cells_of(entry)
    assert len(made) == len(reference)
    given = [(one["source"], "".join(two["source"])) for one, two in zip(made, reference, strict=True) if not solution(two)]
    assert all(one == two for one, two in given)
    for cell in filter(solution, made):
        ast.parse(cell["source"])
        assert "###" not in cell["source"]


def test_each_wrong_notebook_is_another():
    assert len({(work.slug, *work.cells.items()) for work in WORK}) == len(WORK)
    assert {work.slug for work in WORK if not work.cells} == set(TESTS), "right work for each exercise"


@pytest.mark.parametrize("slug", TESTS)
def test_the_tests_are_worth_as_many_points_as_the_exercise(course, slug):
    entry = course.load(slug)
    assert sum(test.points for test in TESTS[slug]) == sum(check.points for task in entry.exercise.tasks for check in task.checks)


@pytest.mark.parametrize("slug", TESTS)
def test_both_peers_get_the_same_assertions(course, slug):
    cells = [cell for cell in source(cells_of(course.load(slug)), TESTS[slug]) if cell["metadata"]["nbgrader"]["grade"]]
    assert [cell["metadata"]["nbgrader"]["points"] for cell in cells] == [test.points for test in TESTS[slug]]
    for cell, test in zip(cells, TESTS[slug], strict=True):
        asked = [ast.dump(node) for node in ast.walk(ast.parse(cell["source"])) if isinstance(node, ast.Assert)]
        assert asked == [ast.dump(node) for node in ast.walk(ast.parse(as_otters(test))) if isinstance(node, ast.Assert)]
        assert asked


def test_a_command_at_its_limit_is_stopped_with_its_children(tmp_path):
    ran = run(["sh", "-c", "echo begun; sleep 60 & wait"], cwd=tmp_path, env={"PATH": "/usr/bin:/bin"}, limit=0.5)
    assert (ran.code, ran.said) == (None, "begun\n")
    assert ran.seconds < 10


def test_a_table_keeps_its_columns_whatever_a_notebook_makes_a_grader_say():
    verdict = Verdict(points=None, of=10.0, told="a | b\n<script>`x`" + "y" * 200, seconds=1.0)
    rows = table({"one": [verdict, verdict]}, ["a", "b"]).splitlines()
    assert [len(re.findall(r"(?<!\\)\|", row)) for row in rows] == [4, 4, 4]
    assert "<script>" not in rows[2].replace(r"\<", "")


def test_the_readme_holds_a_row_for_each_notebook():
    """Not what stands in it: that is this or that machine's."""
    lines = part(README.read_text(encoding="utf-8"), "compare").strip().splitlines()
    assert [line.split(" | ")[0].lstrip("| ") for line in lines if line.startswith("|")][2:] == ROWS
    assert {line.count(" | ") for line in lines if line.startswith("| ")} == {lines[0].count(" | ")}
    assert re.fullmatch(r"\d{4}-\d\d-\d\d, \w+ \w+, \d+ cores, .*Written by `make compare`\.", lines[-1])


def test_the_readme_holds_a_class_s_figures():
    lines = part(README.read_text(encoding="utf-8"), "class").strip().splitlines()
    assert lines[:2] == ["| | here |", "|---|---|"]
    rows = [line for line in lines[2:] if line.startswith("|")]
    assert {row.count("|") for row in rows} == {3}
    assert all(re.search(r"\| .*\d.* \|$", row) for row in rows)
    assert any("submissions of pytorch-way and slope-and-bias" in row for row in rows)
    assert any("nbgrader" in row for row in rows)
    assert lines[-1].endswith("Written by `make bench`.")


def test_a_part_is_replaced_and_nothing_else():
    text = "before <!-- x -->old<!-- /x --> after"
    assert with_part(text, "x", "new\n") == "before <!-- x -->\nnew\n<!-- /x --> after"
    with pytest.raises(ValueError, match="once"):
        with_part(text + "<!-- x -->", "x", "new")


def test_the_benchmark_notebook_is_an_exercise_whose_class_is_distinct(tmp_path):
    entry = benchmark_course(tmp_path).load("benchmark")
    assert sum(check.points for task in entry.exercise.tasks for check in task.checks) == sum(test.points for test in BENCHMARK_TESTS)
    made = submissions(20)
    assert len({one.data for one in made}) == len({one.student for one in made}) == 20


def test_the_environment_is_pinned():
    pinned = dict(line.split("==") for line in CONSTRAINTS.read_text(encoding="utf-8").splitlines() if line[0] != "#")
    assert {*SHARED, *PEERS} <= pinned.keys()
    assert "+" not in pinned["torch"]
