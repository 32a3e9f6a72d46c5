"""Which exercises a change touches."""

import subprocess

import pytest

from grader.authoring.changed import changed_files, touched
from grader.model.errors import UsageError

SLUGS = ("cars", "hello", "slopes")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("reference/cars/exercise.py", ("cars",)),
        ("reference/hello/specimens/right.toml", ("hello",)),
        ("exercises/slopes/slopes.ipynb", ("slopes",)),
        ("reference/published.toml", SLUGS),
        ("grader/judging/laws.py", SLUGS),
        ("pyproject.toml", SLUGS),
        ("README.md", ()),
        ("tests/judging/test_laws.py", ()),
        ("reference/unknown/exercise.py", ()),
    ],
)
def test_a_file_touches_its_exercise_and_the_grader_touches_all(tmp_path, path, expected):
    assert touched([tmp_path / path], SLUGS, root=tmp_path) == expected


def test_a_course_within_a_larger_checkout(tmp_path):
    course = tmp_path / "teaching" / "torch"
    assert touched([course / "reference/cars/cars.ipynb"], SLUGS, root=course) == ("cars",)
    assert touched([tmp_path / "teaching/other/reference/hello/x.py"], SLUGS, root=course) == ()


def git(folder, *arguments):
    author = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    subprocess.run(["git", "-C", folder, *author, *arguments], check=True, capture_output=True)


def test_git_is_asked_for_what_is_committed_changed_and_new(tmp_path):
    git(tmp_path, "init", "-q", ".")
    (tmp_path / "kept.txt").write_text("a")
    (tmp_path / "edited.txt").write_text("a")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    (tmp_path / "committed.txt").write_text("b")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "second")
    (tmp_path / "edited.txt").write_text("b")
    (tmp_path / "new name.txt").write_text("b")
    assert {path.name for path in changed_files(tmp_path, "HEAD~1")} == {"committed.txt", "edited.txt", "new name.txt"}


def test_no_commit_and_no_checkout_are_one_line(tmp_path):
    with pytest.raises(UsageError, match="git can't tell"):
        changed_files(tmp_path, "HEAD")
    git(tmp_path, "init", "-q", ".")
    with pytest.raises(UsageError, match="no-such-branch"):
        changed_files(tmp_path, "no-such-branch")
    with pytest.raises(UsageError):
        changed_files(tmp_path, "--output=/tmp/x")
