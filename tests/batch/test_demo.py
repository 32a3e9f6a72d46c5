import dataclasses
from collections import Counter

import pytest

from grader.batch import bundled_class
from grader.model.exercise import Limits


@pytest.fixture(scope="module")
def entries(course):
    return [course.load(slug) for slug in course.exercises()]


def test_a_class_of_all_exercises_with_a_name_each(entries):
    found = bundled_class(entries)
    assert len(found) >= 20
    assert len({one.student for one in found}) == len(found)
    assert {one.exercise for one in found} == {entry.slug for entry in entries}
    assert bundled_class(entries) == found


def test_right_work_and_different_mistakes_of_each_exercise(entries):
    declared = {(entry.slug, one.path.name): one.finding for entry in entries for one in entry.specimens}
    for entry in entries:
        findings = Counter(declared[one.exercise, one.name] for one in bundled_class(entries) if one.exercise == entry.slug)
        assert findings[""] >= 1
        assert len(findings) >= 3


def test_what_needs_limits_of_its_own_is_left_out(entries):
    (entry,) = (entry for entry in entries if entry.slug == "slope-and-bias")
    slow = dataclasses.replace(entry, specimens=tuple(dataclasses.replace(one, limits=Limits()) for one in entry.specimens[1:]))
    assert len(bundled_class([slow])) == 0
    beyond = dataclasses.replace(entry, specimens=(dataclasses.replace(entry.specimens[0], confined=True), *entry.specimens[1:3]))
    assert {one.name for one in bundled_class([beyond])} == {one.file for one in entry.specimens[1:3]}


def test_a_small_course_gives_what_it_has(entries):
    assert len(bundled_class(entries[:1])) == min(24, len(entries[0].specimens))
    assert bundled_class([]) == ()
