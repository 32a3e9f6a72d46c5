"""A sample of mutants and equivalents graded for real; the whole matrix among the slow tests."""

import dataclasses
from functools import partial
from pathlib import Path

import pytest

from grader.authoring.matrix import tally
from grader.authoring.mutants.operator import must
from grader.authoring.trying import Case
from grader.authoring.validating import cases_of, validate
from grader.catalog import Course
from grader.cli import running

COURSE = Course(root=Path(__file__).parents[2])
EXECUTOR = partial(running.executor, trusted=True, ready=2)
SAMPLE = {
    "slope-and-bias": {
        "drop-backward", "rate-times-ten", "tensors-recorded", "typed-in", "legend-left-out",
        "in-a-class", "double-precision", "a-module-for-two-tensors",
    },
    "pytorch-way": {"one-side-flat", "optimizer-of-the-old-model", "by-hand-for-an-optimizer"},
    "error-surface": {"surface-sign", "surface-otherwise"},
}  # fmt: skip


def sample():
    return [case for slug, names in SAMPLE.items() for case in cases_of(COURSE.load(slug)) if _known(case) in names]


def _known(case):
    """Mutants by their name (place and all), rewrites whatever their seed."""
    return case.what if case.kind == "equivalent" else case.name


def other_names(cases):
    """The same notebooks under the wrong name: a mistake as right work, right work as a mistake, a mistake that must get another cause."""
    mutant = next(one for one in cases if one.name == "drop-backward")
    right = next(one for one in cases if one.what == "in-a-class")
    site = mutant.of.site
    others = {
        "mistake-as-right": ("equivalent", dataclasses.replace(right.of, change=site.change)),
        "right-as-mistake": ("mutant", dataclasses.replace(mutant.of, site=dataclasses.replace(site, change=right.of.change))),
        "other-cause": ("mutant", dataclasses.replace(mutant.of, site=dataclasses.replace(site, must=must("missing-step")))),
    }
    return [Case(exercise=right.exercise, kind=kind, name=name, of=of) for name, (kind, of) in others.items()]


@pytest.fixture(scope="module")
def results():
    """By name; one executor for all of them."""
    cases = sample()
    return {one.case.name: one for one in validate([*cases, *other_names(cases)], executor=EXECUTOR, jobs=2)}


def test_the_sample_is_all_there():
    assert len(sample()) == sum(map(len, SAMPLE.values()))


def test_mistakes_are_named_and_right_rewrites_keep_every_point(results):
    wanted = [results[case.name] for case in sample()]
    assert {one.case.id: one.got for one in wanted if one.shortfalls} == {}
    assert {one.verdict for one in wanted} == {"named", "equivalent", "kept"}


def test_a_column_against_a_row_of_one_is_measured_to_be_the_same_work(results):
    assert results["one-side-flat"].verdict == "equivalent"
    assert results["one-side-flat"].measured == "the same evidence as the reference's"


def test_a_mutant_that_must_get_something_else_is_misnamed(results):
    told = results["other-cause"]
    assert told.verdict == "misnamed"
    assert "missing-backward" in told.shortfalls[0]
    assert "must get missing-step" in told.shortfalls[0]


def test_a_mistake_is_no_equivalent(results):
    told = results["mistake-as-right"]
    assert told.verdict == "lost"
    assert "right work got 0 of 10" in told.shortfalls[0]


def test_right_work_is_a_mutant_only_where_its_evidence_says_so(results):
    """A mutant that loses nothing must have left the reference's own evidence; this one did, being right."""
    assert results["right-as-mistake"].verdict == "equivalent"


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("slug", COURSE.exercises())
def test_the_whole_matrix_of_an_exercise(slug):
    done = validate([case for case in cases_of(COURSE.load(slug)) if case.kind in ("mutant", "equivalent")], executor=EXECUTOR)
    total = tally(done)
    assert {one.case.id: (one.got, one.measured) for one in done if one.verdict in ("missed", "lost")} == {}
    assert total.share >= 0.97, {one.case.id: one.got for one in done if one.verdict == "misnamed"}
