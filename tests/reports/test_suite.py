import dataclasses
from xml.etree import ElementTree as ET

import pytest

from grader.reports import junit, junit_of_trials


def suite(report):
    return ET.fromstring(junit([report])).find("testsuite")


def case(report, name):
    return suite(report).find(f"testcase[@name='{name}']")


def test_counts_and_points(report):
    found = suite(report)
    assert {k: found.get(k) for k in ("tests", "failures", "errors", "skipped")} == {
        "tests": "3", "failures": "1", "errors": "0", "skipped": "1",
    }
    points = {p.get("name"): p.get("value") for p in case(report, "update").find("properties")}
    assert points == {"points": "0", "max_points": "2", "pending": "0"}


@pytest.mark.parametrize(
    ("outcome", "pending", "tag"),
    [("passed", 0, None), ("failed", 0, "failure"), ("blocked", 0, "skipped"), ("fault", 2, "error"), ("unobserved", 2, "error"),
     ("unobserved", 0, "failure")],
)  # fmt: skip
def test_whose_failure_it_is(report, outcome, pending, tag):
    check = dataclasses.replace(report.checks[1], outcome=outcome, pending=pending)
    found = case(dataclasses.replace(report, checks=(check,)), "update")
    assert [child.tag for child in found if child.tag != "properties"] == ([tag] if tag else [])


@pytest.mark.parametrize(("status", "tag"), [("timed-out", "failure"), ("unreadable", "failure"), ("fault", "error")])
def test_a_run_that_did_not_end_is_a_case_of_its_own(report, status, tag):
    run = dataclasses.replace(report.run, status=status, detail="why")
    found = case(dataclasses.replace(report, run=run), "run").find(tag)
    assert found.get("message") == "why"


def test_hostile_text_stays_text(report):
    check = dataclasses.replace(report.checks[1], message="</failure><x>\x00\x1b[31m & ]]>")
    found = case(dataclasses.replace(report, checks=(check,), student="<b>\x01"), "update").find("failure")
    assert found.get("message") == "</failure><x>[31m & ]]>"


def test_no_reports_is_an_empty_document():
    assert ET.fromstring(junit([])).get("tests") == "0"


def test_a_trial_that_could_not_be_told_is_skipped_with_its_reason():
    trials = [("a", "a::stub", ()), ("a", "a::specimen[x]", ())]
    (found,) = ET.fromstring(junit_of_trials(trials, skipped={"a::specimen[x]": "no confined kernel"})).iter("testsuite")
    assert (found.get("tests"), found.get("failures"), found.get("skipped")) == ("2", "0", "1")
    assert found.find("testcase[@name='a::specimen[x]']/skipped").get("message") == "no confined kernel"
