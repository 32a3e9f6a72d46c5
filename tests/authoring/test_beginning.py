"""A new exercise, made by the steps of docs/authoring.md as they stand there, in a course of its own."""

import ast
import json
import re
import shlex
import shutil
from functools import partial

import pytest
from typer.testing import CliRunner

from grader.authoring.beginning import begin
from grader.authoring.validating import cases_of, validate
from grader.catalog import Course
from grader.cli import running
from grader.cli.app import app
from grader.model.errors import UsageError
from tests.conftest import ROOT

GUIDE = (ROOT / "docs" / "authoring.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
SLUG = "adam-line"
SAMPLE = {"drop-backward", "drop-zero-grad", "in-a-class", "double-precision"}
OPEN: set[str] = set()


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """An empty course, and the working folder."""
    for name in ("exercises", "reference"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GRADER_COURSE", raising=False)
    return tmp_path


def call(*words):
    told = CliRunner().invoke(app, list(words))
    if told.exception is not None and not isinstance(told.exception, SystemExit):
        raise told.exception
    return told


def replaced(path, text):
    """Each statement of a module that the text has as well (an import of the same module, the same name) as it stands in the text."""

    def key(one):
        return one.module if isinstance(one, ast.ImportFrom) else ast.unparse(one.targets[0]) if isinstance(one, ast.Assign) else ""

    new = {key(one): ast.get_source_segment(text, one) for one in ast.parse(text).body}
    source = path.read_text(encoding="utf-8")
    old = {key(one): ast.get_source_segment(source, one) for one in ast.parse(source).body}
    assert new.keys() <= old.keys()
    for name, statement in new.items():
        source = source.replace(old[name], statement)
    path.write_text(source, encoding="utf-8")


def edited(path, name, text):
    """The notebook with this cell's source."""
    tree = json.loads(path.read_text(encoding="utf-8"))
    (cell,) = (one for one in tree["cells"] if one["metadata"]["nbgrader"]["grade_id"] == name)
    cell["source"] = text.rstrip("\n")
    path.write_text(json.dumps(tree), encoding="utf-8")


def follow(folder, *, until):
    """Every step of the guide before the command that begins so; what it says is done, with no file of grader/ touched."""
    made = folder / "reference" / SLUG
    for kind, where, text in BLOCKS:
        if kind == "sh":
            for line in text.strip().split("\n"):
                if line.startswith(until):
                    return
                program, *words = shlex.split(line)
                if program == "grader":
                    assert call(*words).exit_code == 0
                elif program == "cp":
                    shutil.copy(*words)
                else:
                    assert (program, words[0]) == ("mkdir", "-p")
                    (folder / words[1]).mkdir(parents=True, exist_ok=True)
        elif where == "exercise.py":
            replaced(made / where, text)
        elif kind == "toml":
            (made / where).write_text(text, encoding="utf-8")
        else:
            edited(made / f"{SLUG}.ipynb", where, text)
    raise AssertionError(f"the guide never says {until}")


def test_what_it_begins_with_is_a_whole_exercise(folder):
    paths = begin(Course(root=folder), "steep-line", "A steeper line")
    assert {path.relative_to(folder).as_posix() for path in paths} == {
        "reference/steep-line/exercise.py", "reference/steep-line/steep-line.ipynb",
        "exercises/steep-line/steep-line.ipynb", "exercises/steep-line/grader.json",
    }  # fmt: skip
    entry = Course(root=folder).load("steep-line")
    assert entry.exercise.title == "A steeper line"
    assert "YOUR CODE HERE" in entry.stub.read_text(encoding="utf-8")
    assert "BEGIN SOLUTION" not in entry.stub.read_text(encoding="utf-8")


NONE = (("../up", "x"), ("Large", "x"), ("small", 'a "b"'), ("small", ""), ("small", "a\nb"), ("small", "{slug}"))


@pytest.mark.parametrize(("slug", "title"), NONE)
def test_names_and_titles_that_cannot_be_one_write_nothing(folder, slug, title):
    with pytest.raises(UsageError):
        begin(Course(root=folder), slug, title)
    assert not list(folder.rglob("*.py"))


def test_what_is_there_is_never_written_over(folder):
    assert call("new", "again").exit_code == 0
    held = (folder / "reference" / "again" / "exercise.py").read_bytes()
    with pytest.raises(UsageError, match="is there already"):
        call("new", "again", "--title", "Another")
    assert (folder / "reference" / "again" / "exercise.py").read_bytes() == held


def test_the_guide_makes_an_exercise_that_is_judged_rightly(folder):
    """Reference, stub and specimen, and some mistakes and rewrites."""
    follow(folder, until="grader validate")
    entry = Course(root=folder).load(SLUG)
    assert type(entry.exercise.tasks[0].training.optimizer).__name__ == "Adam"
    assert [one.name for one in entry.specimens] == ["stub"]
    cases = [case for case in cases_of(entry) if case.kind not in ("mutant", "equivalent") or (case.what or case.name) in SAMPLE]
    done = validate(cases, executor=partial(running.executor, trusted=True, ready=2), jobs=2)
    assert {case.what for case in cases} >= SAMPLE
    assert {one.case.kind for one in done} >= {"reference", "stub", "specimen", "mutant", "equivalent"}
    assert not [said for one in done for said in one.shortfalls]


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("edits", [False, True], ids=["as it begins", "as the guide has it"])
def test_all_of_it_validates(folder, edits):
    if edits:
        follow(folder, until="grader validate")
    else:
        call("new", SLUG)
    told = call("validate", SLUG, "--json", "all.json")
    done = json.loads((folder / "all.json").read_text(encoding="utf-8"))
    wrong = {one["name"] for one in done["cases"] if one["shortfalls"]}
    assert wrong == OPEN, told.output
