import dataclasses
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.model.errors import UsageError
from grader.model.report import CellError, CheckResult, Finding, Report, Run
from grader.reports import from_json, to_json

numbers = st.floats()
texts = st.text(st.characters(codec="utf-8"), max_size=20).filter(lambda t: t not in {"inf", "-inf", "nan"})
values = st.one_of(st.none(), st.booleans(), st.integers(), numbers, texts, st.lists(numbers, max_size=3).map(tuple))
checks = st.builds(
    CheckResult, id=texts, task=texts, title=texts, outcome=st.sampled_from(["passed", "failed", "blocked", "unobserved", "fault"]),
    points=st.floats(0, 10), max_points=st.floats(0, 10), visible=st.booleans(), actual=values, expected=values,
    deviation=st.none() | numbers, tolerance=st.none() | numbers, message=texts, pending=st.floats(0, 10),
)
findings = st.builds(
    Finding, rule=texts, task=texts, certainty=st.floats(0, 1), message=texts, hint=texts,
    cell=st.none() | st.integers(0), line=st.none() | st.integers(1), remark=st.booleans(),
)
errors = st.builds(CellError, cell=st.integers(0), type=texts, message=texts, line=st.none() | st.integers(1), scaffold=st.booleans())
runs = st.builds(
    Run, status=st.sampled_from(["completed", "timed-out", "fault"]), isolation=texts, seconds=st.floats(0, 1e6), cells=st.integers(0, 99),
    errors=st.lists(errors, max_size=2).map(tuple), detail=texts,
)
reports = st.builds(
    Report, exercise=texts, notebook=texts, student=st.none() | texts, run=runs, score=st.floats(0, 10), max_score=st.floats(0, 10),
    pending=st.floats(0, 10), checks=st.lists(checks, max_size=3).map(tuple), findings=st.lists(findings, max_size=2).map(tuple),
    digests=st.dictionaries(texts, texts, max_size=2), environment=st.dictionaries(texts, texts, max_size=2),
)


@given(reports)
def test_reading_what_was_written_gives_the_same_report(report):
    assert repr(from_json(to_json(report))) == repr(report)  # repr, because nan is not itself


def test_the_record_has_the_documented_names(report):
    record = json.loads(to_json(report))
    assert set(record) == {
        "format", "exercise", "digests", "notebook", "student", "run", "score", "max_score", "pending", "checks", "findings", "environment",
    }
    assert record["format"] == 1
    assert {"status", "isolation", "seconds", "cells", "errors"} <= set(record["run"])
    assert {"cell", "type", "message"} <= set(record["run"]["errors"][0])
    assert {
        "id", "task", "title", "outcome", "points", "max_points", "visible", "actual", "expected", "deviation", "tolerance", "message",
    } <= set(record["checks"][0])
    assert record["checks"][1]["deviation"] == pytest.approx(0.1)


def test_only_remarks_carry_the_mark(report):
    first, second = json.loads(to_json(report))["findings"]
    assert "remark" not in first
    assert second["remark"] is True
    assert set(first) == {"rule", "task", "certainty", "cell", "line", "message", "hint"}


def test_numbers_that_are_not_finite_travel_as_strings(report):
    check = dataclasses.replace(report.checks[1], actual=(math.inf, -math.inf, 1.0), expected=math.nan, deviation=math.inf)
    record = json.loads(to_json(dataclasses.replace(report, checks=(check,))), parse_constant=pytest.fail)
    assert record["checks"][0]["actual"] == ["inf", "-inf", 1.0]
    assert record["checks"][0]["expected"] == "nan"
    assert record["checks"][0]["deviation"] == "inf"


def test_a_lone_surrogate_in_a_message_does_not_stop_the_record(report):
    finding = dataclasses.replace(report.findings[0], message="odd \ud800 text")
    to_json(dataclasses.replace(report, findings=(finding,))).encode()


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"format": 2}', '{"format": 1}', '{"format": 1, "run": 3}', "\xff"])
def test_what_is_no_report_is_refused_in_one_line(text):
    with pytest.raises(UsageError) as caught:
        from_json(text)
    assert "\n" not in str(caught.value)
