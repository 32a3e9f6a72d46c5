"""A forked, confined kernel gives the report that a plain one gives, but for times and the level of isolation.

Notebooks without a seed differ from run to run in their numbers, so verdicts are compared: outcomes, points, causes, places.
"""

from pathlib import Path

import pytest

from grader.batch import trials_of
from grader.catalog import Course
from grader.execution.choosing import choose
from grader.execution.plain import PlainExecutor
from grader.grading import Grader

COURSE = Course(root=Path(__file__).parents[2])


def comparable(course):
    """Reference, stub and specimens of each exercise, without those that show what a confined kernel alone can show."""
    trials = [trial for slug in course.exercises() for trial in trials_of(course.load(slug))]
    return [trial for trial in trials if trial.specimen is None or not trial.specimen.confined]


def different(trials):
    """Of these every reference and stub, and for every cause that a specimen is declared to have the first such specimen."""
    firsts = {}
    for trial in trials:
        if trial.specimen is not None:
            firsts.setdefault((trial.specimen.finding, *trial.specimen.remarks), trial)
    return [trial for trial in trials if trial.kind != "specimen" or trial in firsts.values()]


TRIALS = comparable(COURSE)
FAST = [trial for trial in different(TRIALS) if trial.entry.slug != "cars-from-scratch"]  # its thousands of steps are for the slow tests
SAMPLE = {trial.id for trial in FAST[:: -(-len(FAST) // 3)]}


@pytest.fixture(scope="module")
def graders():
    confined, plain = choose(trusted=True), PlainExecutor()
    yield [Grader(executor, secret=b"s" * 32) for executor in (confined, plain)]
    confined.close()
    plain.close()


def verdict(report):
    """All of a report that a second run must repeat."""
    errors = [(error.cell, error.type, error.line, error.scaffold) for error in report.run.errors]
    checks = [(check.task, check.id, check.outcome, check.points, check.pending) for check in report.checks]
    findings = [(found.rule, found.task, found.cell, found.line, found.remark) for found in report.findings]
    return {
        "run": (report.run.status, report.run.cells, errors), "score": (report.score, report.max_score, report.pending),
        "checks": checks, "findings": findings, "digests": report.digests, "environment": report.environment,
    }  # fmt: skip


@pytest.mark.parametrize(
    "trial", [pytest.param(one, id=one.id, marks=() if one.id in SAMPLE else pytest.mark.slow) for one in TRIALS]
)  # fmt: skip
def test_the_same_report(trial, graders):
    confined, plain = (grader.grade(trial.data, trial.name, trial.entry) for grader in graders)
    assert verdict(confined) == verdict(plain)
    assert plain.run.isolation in ("L0", "")


def test_the_sample_has_up_to_three_of_all_kinds():
    assert 2 <= len(SAMPLE) <= 3
    assert {trial.kind for trial in TRIALS if trial.id in SAMPLE} >= {"reference", "specimen"}
