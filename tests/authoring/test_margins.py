"""The room between right and wrong."""

import dataclasses
import math
from pathlib import Path

import pytest

from grader.authoring import margins
from grader.authoring.margins import Margin, Margins
from grader.authoring.trying import Result
from grader.authoring.validating import cases_of
from grader.catalog import Course
from grader.model.errors import AuthorError


@pytest.fixture(scope="module")
def entry():
    return Course(root=Path(__file__).parents[2]).load("slope-and-bias")


@pytest.fixture
def beside(entry, tmp_path):
    """The exercise with a reference in a folder of the test's own."""
    return dataclasses.replace(entry, reference=tmp_path / entry.reference.name)


@pytest.fixture(scope="module")
def cases(entry):
    return {case.what: case for case in cases_of(entry)}


def result(case, report, outcome, **strains):
    checks = tuple(dataclasses.replace(report.checks[0], id=name, outcome=outcome) for name in strains)
    return Result(
        case=case, report=dataclasses.replace(report, checks=checks), shortfalls=(),
        strains={f"practice.{name}": strain for name, strain in strains.items()},
    )  # fmt: skip


def margin(**more):
    given = {"check": "practice.loss", "right": 0.02, "right_of": "in-a-class, seed 1", "wrong": 50.0, "wrong_of": "half-the-loss"}
    return Margin(**{**given, **more})


def test_the_widest_right_work_and_the_nearest_mistake_are_found(entry, cases, report):
    found = margins.gathered(
        entry,
        [
            result(cases["while-for-for"], report, "passed", loss=0.1, update=0.3),
            result(cases["in-a-function"], report, "passed", loss=0.2, update=0.1),
            result(cases["half-the-loss"], report, "failed", loss=90.0),
            result(cases["not-squared"], report, "failed", loss=40.0),
            result(cases["drop-step"], report, "failed", loss=0.5),  # within what is allowed: another reason
        ],
    )
    assert {one.check: (one.right, one.right_of, one.wrong, one.wrong_of) for one in found.of} == {
        "practice.loss": (0.2, cases["in-a-function"].name, 40.0, "not-squared"),
        "practice.update": (0.3, cases["while-for-for"].name, math.inf, ""),
    }


def test_the_tolerance_would_stand_in_the_middle():
    assert margin(right=0.01, wrong=100.0).computed == pytest.approx(1.0)
    assert margin(right=0.04, wrong=1e4).computed == pytest.approx(20.0)
    assert margin(right=0.0).computed == margin(wrong=math.inf).computed == 1.0


def test_a_gap_that_closes_is_told_from_either_side():
    assert margins.closed(Margins(digests={}, of=(margin(), margin(right=0.5, wrong=2.0)))) == ()
    (told,) = margins.closed(Margins(digests={}, of=(margin(right=0.6),)))
    assert told == "practice.loss: right work (in-a-class, seed 1) uses up 60% of what is allowed"
    for name in ("parity", "fitted"):  # students were told by how much
        assert margins.closed(Margins(digests={}, of=(margin(check=f"practice.{name}", right=0.79),))) == ()
        assert margins.closed(Margins(digests={}, of=(margin(check=f"practice.{name}", right=0.81),)))
    (told,) = margins.closed(Margins(digests={}, of=(margin(wrong=1.5),)))
    assert told == "practice.loss: the nearest mistake (half-the-loss) is only 1.5 times beyond what is allowed"


def test_a_tolerance_ten_times_wider_shows():
    before, wider = (Margins(digests={}, of=(one,)) for one in (margin(), margin(right=0.002, wrong=5.0)))
    assert margins.moved(before, before) == ()
    assert margins.moved(before, wider) == (
        "practice.loss: the nearest mistake (half-the-loss) was 50 times beyond what is allowed, and is 5",
    )
    (told,) = margins.moved(wider, before)  # and one ten times narrower
    assert "right work" in told


def test_what_is_kept_is_read_again(beside):
    digests = dict(margins.gathered(beside, []).digests)
    written = Margins(digests=digests, of=(margin(), margin(check="practice.update", right=0.0, wrong=math.inf, wrong_of="")))
    (beside.reference.parent / margins.FILE).write_text(margins.text(written), encoding="utf-8")
    assert margins.kept(beside) == written
    assert margins.complaints(beside) == ()
    assert "50 times beyond" in margins.shown(beside)
    assert "none near" in margins.shown(beside)


def test_margins_of_another_judge_are_an_error(beside):
    (beside.reference.parent / margins.FILE).write_text(margins.text(Margins(digests={"judging": "other"}, of=())), encoding="utf-8")
    (told,) = margins.complaints(beside)
    assert told.endswith("(write it anew: grader validate slope-and-bias --margins)")
    assert "stale" in margins.shown(beside)


@pytest.mark.parametrize("broken", ["[", "a = 1", "[digests]\n[margins.x]\nright = 'wide'\nright-of = 'a'"])
def test_a_file_that_cannot_be_read_says_how_it_is_made(beside, broken):
    (beside.reference.parent / margins.FILE).write_text(broken, encoding="utf-8")
    with pytest.raises(AuthorError, match="grader validate"):
        margins.kept(beside)


def test_without_a_file_there_is_nothing_to_complain_of(beside):
    assert margins.complaints(beside) == ()
    assert "--margins" in margins.shown(beside)
