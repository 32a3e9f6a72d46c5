"""The specimens' verdicts agree with the points of their exercise and with themselves, before any judge has seen them."""

import nbformat
import pytest

from grader.authoring.release import stub_bytes
from grader.notebooks import parse

LAWS = {"data", "start", "steps", "loss", "gradient", "update", "surface"}
OUTCOME = {"trajectory", "learned", "parity", "generalises"}


def judged(entry):
    """The checks that a verdict states, `task.check` where there are several tasks: (name, task, check)."""
    several = len(entry.exercise.tasks) > 1
    for task in entry.exercise.tasks:
        for check in task.checks:
            yield f"{task.id}.{check.id}" if several else check.id, task, check


def laws_and_outcome(entry, specimen):
    """For each task with a run or a surface of its own: the outcomes of its laws, and those of the checks of its outcome."""
    for task in entry.exercise.tasks:
        mine = {check.id: specimen.checks[name] for name, owner, check in judged(entry) if owner is task}
        yield {mine[law] for law in LAWS & mine.keys()}, {mine[check] for check in OUTCOME & mine.keys()}


def test_there_are_at_least_ten(entry):
    assert len(entry.specimens) >= 10


def test_the_score_is_the_sum_of_the_checks_passed(entry):
    points = {name: check.points for name, _, check in judged(entry)}
    for specimen in entry.specimens:
        assert specimen.checks.keys() == points.keys(), specimen.name
        passed = sum(points[check] for check, outcome in specimen.checks.items() if outcome == "passed")
        assert specimen.score == pytest.approx(passed), specimen.name


def test_no_outcome_is_judged_where_a_law_is_broken(entry):
    for specimen in entry.specimens:
        for laws, outcome in laws_and_outcome(entry, specimen):
            if laws - {"passed", "unobserved"}:
                assert outcome <= {"blocked"}, specimen.name
            elif "unobserved" in laws:
                assert outcome <= {"unobserved"}, specimen.name


def test_what_compares_runs_does_not_generalise_while_one_of_them_is_broken(course):
    entry = course.load("learning-rate-and-epochs")
    for specimen in entry.specimens:
        if any(laws - {"passed"} for laws, _ in laws_and_outcome(entry, specimen)):
            assert specimen.checks["compare.generalises"] == "blocked", specimen.name


def test_right_ones_earn_all_and_have_no_cause(entry):
    right = [specimen for specimen in entry.specimens if specimen.name.startswith("right")]
    assert len(right) >= 8
    assert all(specimen.score == 10 and specimen.finding == "" for specimen in right)


def test_wrong_ones_name_a_cause_where_a_law_is_broken(entry):
    broken = [specimen for specimen in entry.specimens if any("failed" in laws for laws, _ in laws_and_outcome(entry, specimen))]
    assert len(broken) >= 9
    assert not [specimen.name for specimen in broken if not specimen.finding]


def test_every_check_with_points_is_failed_or_blocked_by_some_specimen(entry):
    for name, _, check in judged(entry):
        if check.points:
            assert {"failed", "blocked"} & {specimen.checks[name] for specimen in entry.specimens}, name


def test_the_specimen_called_stub_is_the_stub(entry):
    (specimen,) = (specimen for specimen in entry.specimens if specimen.name == "stub")
    assert specimen.score == 0

    def sources(notebook):
        return [cell.source.strip() for cell in parse(notebook, "a notebook").cells]

    assert sources(specimen.data) == sources(stub_bytes(entry))


def test_notebooks_are_valid_and_hold_no_outputs(entry):
    for specimen in entry.specimens:
        if specimen.path.suffix == ".ipynb" and specimen.finding != "unreadable-notebook":
            notebook = nbformat.reads(specimen.data.decode(), as_version=nbformat.NO_CONVERT)
            nbformat.validate(notebook)
            assert not any(cell.get("outputs") for cell in notebook.cells), specimen.name
