"""The specimens' verdicts agree with the points of their exercise and with themselves, before any judge has seen them."""

import nbformat
import pytest

from grader.authoring.release import stub_bytes
from grader.notebooks import parse

LAWS = {"data", "start", "steps", "loss", "gradient", "update"}
OUTCOME = {"trajectory", "learned", "parity", "generalises"}


def test_there_are_at_least_ten(entry):
    assert len(entry.specimens) >= 10


def test_the_score_is_the_sum_of_the_checks_passed(entry):
    points = {check.id: check.points for check in entry.exercise.tasks[0].checks}
    for specimen in entry.specimens:
        assert specimen.checks.keys() == points.keys(), specimen.name
        passed = sum(points[check] for check, outcome in specimen.checks.items() if outcome == "passed")
        assert specimen.score == pytest.approx(passed), specimen.name


def test_no_outcome_is_judged_where_a_law_is_broken(entry):
    for specimen in entry.specimens:
        if any(specimen.checks[law] != "passed" for law in LAWS):
            assert {specimen.checks[check] for check in OUTCOME & specimen.checks.keys()} == {"blocked"}, specimen.name


def test_right_ones_earn_all_and_have_no_cause(entry):
    right = [specimen for specimen in entry.specimens if specimen.name.startswith("right")]
    assert len(right) >= 8
    assert all(specimen.score == 10 and specimen.finding == "" for specimen in right)


def test_wrong_ones_name_a_cause_where_a_law_is_broken(entry):
    broken = [specimen for specimen in entry.specimens if "failed" in {specimen.checks[law] for law in LAWS}]
    assert len(broken) >= 10
    assert not [specimen.name for specimen in broken if not specimen.finding]


def test_the_specimen_called_stub_is_the_stub(entry):
    (specimen,) = (specimen for specimen in entry.specimens if specimen.name == "stub")
    assert specimen.score == 0

    def sources(notebook):
        return [cell.source.strip() for cell in parse(notebook, "a notebook").cells]

    assert sources(specimen.data) == sources(stub_bytes(entry))


def test_notebooks_are_valid_and_hold_no_outputs(entry):
    for specimen in entry.specimens:
        if specimen.path.suffix == ".ipynb":
            notebook = nbformat.reads(specimen.data.decode(), as_version=nbformat.NO_CONVERT)
            nbformat.validate(notebook)
            assert not any(cell.get("outputs") for cell in notebook.cells), specimen.name
