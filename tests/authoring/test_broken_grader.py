"""A grader broken on purpose: validation must say so.  Notebooks run once; each break judges their evidence anew."""

import dataclasses
from pathlib import Path

import pytest

from grader.authoring import margins
from grader.authoring.trying import References, try_case
from grader.authoring.validating import cases_of
from grader.authoring.witness import Witness
from grader.catalog import Course
from grader.cli import running
from grader.grading import Grader
from grader.judging import facts, laws, training, verdict
from grader.judging.outcomes import passed

COURSE = Course(root=Path(__file__).parents[2])
ENTRY = COURSE.load("slope-and-bias")
MISTAKES = {  # by the law that tells of them
    "data": "standardised", "start": "start-elsewhere", "steps": "one-epoch-more", "loss": "other-loss", "gradient": "drop-zero-grad",
    "update": "rate-over-ten",
}  # fmt: skip
RIGHT = {"in-a-class", "double-precision"}


class Remembering:
    """An executor that runs each job once."""

    def __init__(self, inner):
        self.inner, self.seen = inner, {}

    def run(self, job):
        key = tuple(cell.source for cell in job.notebook.cells), job.seed
        if key not in self.seen:
            self.seen[key] = self.inner.run(job)
        return self.seen[key]

    def close(self):
        self.inner.close()


@pytest.fixture(scope="module")
def executor():
    made = Remembering(running.executor(trusted=True))
    yield made
    made.close()


@pytest.fixture(scope="module")
def cases():
    wanted = RIGHT | set(MISTAKES.values())
    return [case for case in cases_of(ENTRY) if case.what in wanted and not case.name.endswith("-2")]


@pytest.fixture
def wrong(executor, cases):
    """The names of the cases that fall short, under whatever grader there is now."""

    def run():
        return {one.case.what for one in graded(executor, cases) if one.shortfalls}

    assert run() == set()
    return run


def graded(executor, cases):
    witness, references = Witness(executor), References()
    grader = Grader(witness, secret=b"s" * 32)
    return [try_case(grader, witness, references, case, strained=True) for case in cases]


@pytest.mark.parametrize("law", sorted(MISTAKES))
def test_a_law_that_always_holds(wrong, monkeypatch, law):
    whole = verdict.training_checks

    def without(view, absence):
        return whole(view, absence) | {law: passed(law, "it always holds")}

    monkeypatch.setattr(verdict, "training_checks", without)
    assert MISTAKES[law] in wrong()


def test_a_replay_from_a_wrong_start(wrong, monkeypatch):
    whole = training.asked_path

    def elsewhere(facts, known):
        path, losses = whole(facts, known)
        return path + 0.01, losses

    monkeypatch.setattr(training, "asked_path", elsewhere)
    assert wrong() >= RIGHT


def test_a_judge_that_names_no_cause(wrong, monkeypatch):
    monkeypatch.setattr(verdict, "diagnose", lambda *_: ())
    assert wrong() == set(MISTAKES.values())


def test_a_judge_that_names_the_same_cause_always(wrong, monkeypatch):
    whole = verdict.diagnose

    def same(*given):
        return tuple(dataclasses.replace(one, rule="wrong-loss") for one in whole(*given))

    monkeypatch.setattr(verdict, "diagnose", same)
    assert wrong() == set(MISTAKES.values()) - {"other-loss"}


def test_a_judge_that_is_content_with_everything(wrong, monkeypatch):
    def content(*given):
        report = whole(*given)
        checks = tuple(dataclasses.replace(one, outcome="passed", points=one.max_points, pending=0.0) for one in report.checks)
        return dataclasses.replace(report, checks=checks, findings=(), score=report.max_score, pending=0.0)

    whole = verdict._judge
    monkeypatch.setattr(verdict, "_judge", content)
    assert wrong() == set(MISTAKES.values())


def test_a_tolerance_ten_times_wider(executor, cases, monkeypatch):
    """Nothing falls short of it here; but every mistake has come nearer, and the margins say so."""
    before = margins.gathered(ENTRY, graded(executor, cases))
    assert margins.closed(before) == margins.moved(before, before) == ()
    wider = 10 * laws.RELATIVE
    for module in (laws, facts, training):
        monkeypatch.setattr(module, "RELATIVE", wider)
    told = margins.moved(before, margins.gathered(ENTRY, graded(executor, cases)))
    assert {one.partition(":")[0] for one in told} >= {"practice.loss", "practice.update"}
