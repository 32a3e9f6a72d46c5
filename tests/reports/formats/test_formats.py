"""Every format that lies in the folder, whatever it is called: it says what it is, and writes a report that quotes a stranger."""

import dataclasses
import json
from importlib import import_module

import pytest
from typer.testing import CliRunner

from grader import reports
from grader.cli.app import app
from grader.model.errors import UsageError
from grader.reports import formats

HOSTILE = "=1+1\x1b[2J<script>alert(1)</script>\u202e"


def test_the_ones_with_an_option_of_their_own_are_among_them():
    assert {"json", "junit", "gradescope", "csv"} <= set(formats.names())


@pytest.mark.parametrize("name", formats.names())
def test_each_says_what_it_is_and_writes_a_report(name, report):
    assert import_module(f"grader.reports.formats.{name}").__doc__.split("\n")[0].endswith(".")
    text = formats.text_of(name, report)
    assert isinstance(text, str)
    assert text.endswith("\n")


@pytest.mark.parametrize("name", formats.names())
def test_none_lets_a_control_character_through(name, report):
    """But for JSON's escapes, which no terminal obeys."""
    finding = dataclasses.replace(report.findings[0], message=HOSTILE)
    text = formats.text_of(name, dataclasses.replace(report, student=HOSTILE, notebook=HOSTILE, findings=(finding,)))
    assert "\x1b" not in text


def test_json_is_the_documented_record(report):
    assert reports.from_json(formats.text_of("json", report)) == report
    assert json.loads(formats.text_of("gradescope", report))["score"] == report.score


def test_a_format_that_is_not_there_is_a_wrong_call_before_anything_runs(report, tmp_path):
    with pytest.raises(UsageError, match="no format is called 'pdf'"):
        formats.text_of("pdf", report)
    for wrong in ("pdf=a.pdf", "csv", "csv="):
        told = CliRunner().invoke(app, ["grade", str(tmp_path / "none.ipynb"), "--write", wrong])
        assert isinstance(told.exception, UsageError)
        assert "csv, gradescope, json, junit" in told.exception.remedy
