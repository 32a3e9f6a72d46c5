import sys

import pytest

from grader.catalog import Course, find_course
from grader.model.errors import AuthorError, UsageError
from grader.model.exercise import Exercise


def test_an_exercise_is_loaded_with_all_that_belongs_to_it(course):
    entry = course.load("small")
    assert isinstance(entry.exercise, Exercise)
    assert entry.reference == course.root / "reference/small/small.ipynb"
    assert entry.stub == course.root / "exercises/small/small.ipynb"
    assert [(c.grade_id, c.owner, c.source) for c in entry.scaffold.cells] == [
        ("data", "given", "x = 1"), ("practice", "asked", "# YOUR CODE HERE"),
    ]
    assert entry.files == {"table.csv": b"x,y\n1,2\n"}
    assert entry.served == {"https://example.org/t.csv": b"x,y\n1,2\n"}
    assert [s.name for s in entry.specimens] == ["forgets"]


def test_loading_leaves_nothing_behind_and_sees_every_edit(course, folder):
    assert course.load("small").exercise.title == "Small"
    text = (folder / "exercise.py").read_text()
    (folder / "exercise.py").write_text(text.replace('"Small"', '"Other"'))
    assert course.load("small").exercise.title == "Other"
    assert not list(folder.rglob("__pycache__"))
    assert "exercise" not in sys.modules


def test_exercises_are_listed_by_their_declarations(course):
    (course.root / "reference" / "unfinished").mkdir()
    (course.root / "reference" / ".hidden").mkdir()
    (course.root / "reference" / ".hidden" / "exercise.py").touch()
    assert course.exercises() == course.slugs == ("small",)


def test_an_unknown_exercise_is_a_usage_error(course):
    with pytest.raises(UsageError, match=r"no exercise is called 'smal'.*did you mean small"):
        course.load("smal")
    with pytest.raises(UsageError, match="there are small"):
        course.load("../../etc")


def test_the_course_is_found_by_path_variable_or_ancestor(course, tmp_path, tmp_path_factory, monkeypatch):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    monkeypatch.delenv("GRADER_COURSE", raising=False)
    monkeypatch.chdir(elsewhere)
    with pytest.raises(UsageError, match="no course here or above"):
        find_course(None)
    assert find_course(course.root).root == tmp_path
    monkeypatch.chdir(course.root / "reference" / "small")
    assert find_course(None).root == tmp_path
    monkeypatch.chdir(elsewhere)
    monkeypatch.setenv("GRADER_COURSE", str(tmp_path))
    assert find_course().root == tmp_path
    with pytest.raises(UsageError, match="no exercises/ and reference/"):
        find_course(elsewhere)
    monkeypatch.setenv("GRADER_COURSE", str(elsewhere / "gone"))
    with pytest.raises(UsageError, match=r"GRADER_COURSE=.*gone: no such folder"):
        find_course()


@pytest.mark.parametrize(
    ("old", "new", "said", "line"),
    [
        ("title=", "titel=", "TypeError", 11),
        ("EXERCISE = Exercise(", "EXERCISE = Exercise((", "SyntaxError", 11),
        ('"""A small exercise."""', "import no_such_module_here", "ModuleNotFoundError", 2),
        ("TRAINING = Training(", "1 / 0\nTRAINING = Training(", "ZeroDivisionError", 7),
    ],
)
def test_a_declaration_that_fails_is_named_by_file_and_line(course, folder, old, new, said, line):
    path = folder / "exercise.py"
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(AuthorError, match=said) as caught:
        course.load("small")
    assert caught.value.where == f"{path}, line {line}"
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [("x = 1\n", "defines no EXERCISE"), ("EXERCISE = 3\n", "EXERCISE is a int, not an Exercise")],
)
def test_a_module_without_an_exercise(course, folder, text, said):
    (folder / "exercise.py").write_text(text)
    with pytest.raises(AuthorError, match=said):
        course.load("small")


def test_records_of_an_authors_own_may_have_postponed_annotations(course, folder):
    path = folder / "exercise.py"
    own = "from __future__ import annotations\nfrom dataclasses import dataclass\n@dataclass(slots=True)\nclass Own:\n    x: int\n"
    path.write_text(own + path.read_text())
    assert course.load("small").slug == "small"


@pytest.mark.parametrize(
    ("lost", "said"), [("small.ipynb", "can't be read"), ("data/table.csv", "can't be read"), ("specimens/forgets.py", "no forgets.ipynb")]
)
def test_a_missing_file_is_the_authors_error(course, folder, lost, said):
    (folder / lost).unlink()
    with pytest.raises(AuthorError, match=said):
        course.load("small")


def test_a_slug_that_is_not_the_folders(course, folder):
    folder.rename(folder.parent / "other")
    (folder.parent / "other" / "small.ipynb").rename(folder.parent / "other" / "other.ipynb")
    with pytest.raises(AuthorError, match="its slug is 'small', its folder 'other'"):
        Course(root=course.root).load("other")


def test_a_variant_must_replace_a_given_cell(course, folder, write_notebook):
    (folder / "small.ipynb").write_bytes(write_notebook(("data", "asked", "x = 1"), ("practice", "asked", "train(x)")))
    with pytest.raises(AuthorError, match="OtherLine replaces 'data', which is no given code cell"):
        course.load("small")
