import dataclasses

import pytest

from grader.grading import proof

OUTCOMES = {"data": "passed", "update": "failed", "learned": "blocked"}


def specimen(report, **changes):
    declared = {"score": 1.0, "finding": "wrong-learning-rate", "remarks": ["tensors-not-floats"], "checks": OUTCOMES, **changes}
    return proof.of_specimen(report, **declared)


def test_a_specimen_as_declared_has_no_shortfall(report):
    assert specimen(report) == ()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"score": 2.0}, "score: got 1.0, expected 2.0"),
        ({"finding": ""}, "cause: got wrong-learning-rate, expected none"),
        ({"finding": "missing-step"}, "cause: got wrong-learning-rate, expected missing-step"),
        ({"remarks": ["recorded-alias"]}, "remark: got not made, expected recorded-alias"),
        ({"checks": {"update": "passed"}}, "update: got failed (The steps were made with a learning rate of 0.1.), expected passed"),
        ({"checks": {"parity": "passed"}}, "parity: got no such check, expected passed"),
        ({"says": {"diverged": "The loss grows."}}, "message of diverged: got no such finding, expected 'The loss grows.'"),
        (
            {"says": {"wrong-learning-rate": "The rate was 0.1; the exercise asks for 0.2."}},
            "got 'The learning rate was 0.1; the exercise asks for 0.2.', expected 'The rate was 0.1; the exercise asks for 0.2.'",
        ),
    ],
)
def test_each_difference_is_one_sentence(report, changes, said):
    told = specimen(report, **changes)
    assert len(told) == 1
    assert said in told[0]


def test_a_message_may_have_other_numbers_and_no_other_words(report):
    rate = "The learning rate was -1.5e-07; the exercise asks for inf."
    assert specimen(report, says={"wrong-learning-rate": rate, "tensors-not-floats": "LOSS9 holds tensors."}) == ()
    assert len(specimen(report, says={"wrong-learning-rate": "The learning rate was ten; the exercise asks for 0.2."})) == 1


def test_a_reference_that_loses_points_says_check_actual_expected_tolerance_and_versions(report):
    told = proof.of_reference(dataclasses.replace(report, environment={"torch": "2.13.0", "python": "3.11.7"}))
    assert told[0] == (
        "slope-and-bias (anna.ipynb), update: got failed, 0.1: The steps were made with a learning rate of 0.1., expected 0.2, "
        "tolerance 2e-05 [torch 2.13.0, python 3.11.7]"
    )
    assert len(told) == 2


def test_a_reference_that_did_not_run_to_its_end_falls_short(report):
    passed = dataclasses.replace(report.checks[0], points=1.0)
    whole = dataclasses.replace(report, checks=(passed,), score=1.0, max_score=1.0)
    assert proof.of_reference(whole) == ()
    assert proof.of_reference(dataclasses.replace(whole, run=dataclasses.replace(report.run, status="timed-out")))


def test_a_stub_must_earn_nothing_and_have_a_cause(report):
    assert len(proof.of_stub(report)) == 1
    nothing = dataclasses.replace(report, checks=report.checks[1:])
    assert proof.of_stub(nothing) == ()
    assert len(proof.of_stub(dataclasses.replace(nothing, findings=()))) == 1


def test_tasks_tell_checks_of_one_name_apart(report):
    other = dataclasses.replace(report.checks[1], task="second", outcome="passed")
    both = dataclasses.replace(report, checks=(report.checks[1], other))
    assert specimen(both, checks={"practice.update": "failed", "second.update": "passed"}) == ()
