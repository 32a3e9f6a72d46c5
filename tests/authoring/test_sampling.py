"""What is tried where not everything fits."""

from pathlib import Path

import pytest

from grader.authoring.sampling import estimate, fitting
from grader.authoring.validating import cases_of
from grader.catalog import Course

COURSE = Course(root=Path(__file__).parents[2])
SLUGS = ("slope-and-bias", "cars-from-scratch", "error-surface")


@pytest.fixture(scope="module")
def cases():
    return tuple(case for slug in SLUGS for case in cases_of(COURSE.load(slug)))


def kinds(cases, kind):
    return {case.what for case in cases if case.kind == kind}


def causes(cases):
    return {(case.exercise, case.of.specimen.finding) for case in cases if case.kind == "specimen"}


def test_an_exercise_alone_is_tried_with_all_its_specimens(cases):
    for slug in SLUGS:
        own = [case for case in cases if case.exercise == slug]
        left = [case for case in own if case not in fitting(own, 360)]
        assert all(case.kind != "specimen" for case in left)


def test_what_takes_many_steps_is_dearer():
    assert estimate(COURSE.load("slope-and-bias")) < estimate(COURSE.load("model-class")) < estimate(COURSE.load("cars-from-scratch"))


def test_with_time_enough_all_are_tried(cases):
    assert fitting(cases, 1e6) == cases


@pytest.mark.parametrize("seconds", [0, 60, 200])
def test_each_operator_rewrite_and_cause_is_tried(cases, seconds):
    chosen = fitting(cases, seconds)
    assert len(chosen) < len(cases)
    assert causes(cases) == causes(chosen)
    for kind in ("reference", "stub"):
        assert [case for case in cases if case.kind == kind] == [case for case in chosen if case.kind == kind]
    for kind in ("mutant", "equivalent"):
        assert kinds(chosen, kind) == kinds(cases, kind)


def test_more_time_leaves_nothing_out_that_less_time_tried(cases):
    few, more = set(map(id, fitting(cases, 50))), set(map(id, fitting(cases, 5000)))
    assert few <= more


def test_the_same_choice_is_made_each_time(cases):
    again = tuple(case for slug in SLUGS for case in cases_of(COURSE.load(slug)))
    assert [case.id for case in fitting(cases, 120)] == [case.id for case in fitting(again, 120)]


def test_cheap_exercises_are_tried_whole_before_dear_ones(cases):
    chosen = fitting(cases, 300)
    left = [case.exercise for case in cases if case not in chosen]
    assert set(left) == {"cars-from-scratch"}
