"""`grader validate` before a kernel is needed, and how it tells of a failure."""

import subprocess

import pytest
from typer.testing import CliRunner

from grader.authoring.trying import Case, Result
from grader.cli.app import app
from grader.cli.validate import _annotation
from grader.model.errors import UsageError


def git(folder, *arguments):
    author = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    subprocess.run(["git", "-C", folder, *author, *arguments], check=True, capture_output=True)


@pytest.fixture
def committed(course):
    """The small course in a checkout of its own, everything committed."""
    git(course.root, "init", "-q", ".")
    git(course.root, "add", ".")
    git(course.root, "commit", "-qm", "all")
    return course.root


def test_a_change_that_touches_no_exercise_needs_no_kernel(committed):
    (committed / "notes.txt").write_text("nothing to do with it")
    told = CliRunner().invoke(app, ["validate", "--course", str(committed), "--changed", "HEAD"])
    assert (told.exit_code, told.output) == (0, "nothing that differs from HEAD touches an exercise\n")


def test_a_commit_that_is_not_there_is_a_wrong_call(committed):
    told = CliRunner().invoke(app, ["validate", "--course", str(committed), "--changed", "no-such-thing"])
    assert isinstance(told.exception, UsageError)


def test_a_failure_is_an_error_at_its_exercise_on_github(report):
    case = Case(exercise="slope-and-bias", kind="mutant", name="uphill", of=None)
    line = _annotation(Result(case=case, report=report, shortfalls=()), "50% lost\nand more")
    assert line == (
        "::error file=reference/slope-and-bias/exercise.py,title=grader validate::slope-and-bias::mutant[uphill]: 50%25 lost%0Aand more"
    )


def test_margins_can_be_asked_for_where_there_are_none(course):
    told = CliRunner().invoke(app, ["show", "small", "--course", str(course.root), "--tolerances"])
    assert told.exit_code == 0
    assert told.output == "small has no margins.toml (write it anew: grader validate small --margins)\n"
