import csv as reader
import dataclasses
import io

import pytest

from grader.reports import csv


def rows(*reports):
    return list(reader.DictReader(io.StringIO(csv(reports))))


def test_a_row_for_each_report_and_a_column_for_each_check(report):
    other = dataclasses.replace(report, exercise="model-class", student="ben", checks=report.checks[:1])
    first, second = rows(report, other)
    assert list(first) == ["student", "exercise", "score", "max_score", "pending", "cause", "data", "update", "learned"]
    assert first["score"] == "1"
    assert first["cause"] == "wrong-learning-rate (cell 41, line 4)"
    assert (second["student"], second["data"], second["update"]) == ("ben", "1", "")


def test_several_tasks_name_their_checks(report):
    checks = (report.checks[0], dataclasses.replace(report.checks[1], task="second"))
    assert {"practice.data", "second.update"} <= set(rows(dataclasses.replace(report, checks=checks))[0])


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\x00=1", " =1", "＝1"])
def test_no_name_becomes_a_formula(report, name):
    cell = rows(dataclasses.replace(report, student=name))[0]["student"]
    assert cell.startswith("'")


def test_a_score_with_pending_points_is_withheld(report):
    check = dataclasses.replace(report.checks[1], outcome="fault", pending=2.0)
    row = rows(dataclasses.replace(report, pending=2.0, checks=(check,)))[0]
    assert (row["score"], row["pending"], row["update"]) == ("", "2", "pending")


def test_quotes_commas_and_line_feeds_stay_in_their_cell(report):
    assert rows(dataclasses.replace(report, student='a "b", c\nd'))[0]["student"] == 'a "b", c\nd'
