import dataclasses
import json

from grader.reports import gradescope


def test_scores_tests_and_the_cause(report):
    results = json.loads(gradescope(report))
    assert results["score"] == 1.0
    assert sum(test["max_score"] for test in results["tests"]) == 4.0
    assert [test["status"] for test in results["tests"]] == ["passed", "failed", "failed"]
    assert results["visibility"] == "visible"
    assert "wrong-learning-rate (cell 41, line 4)" in results["output"]
    assert "off by 0.1 (allowed 2e-05)" in results["tests"][1]["output"]


def test_hidden_checks_wait_for_the_due_date(report):
    assert [test["visibility"] for test in json.loads(gradescope(report))["tests"]] == ["visible", "visible", "after_due_date"]


def test_pending_points_hide_the_result_until_a_person_has_looked(report):
    assert json.loads(gradescope(dataclasses.replace(report, pending=2.0)))["visibility"] == "hidden"


def test_nothing_is_sent_as_markup(report):
    results = json.loads(gradescope(report))
    assert {results["output_format"], results["test_output_format"], results["test_name_format"]} == {"text"}
