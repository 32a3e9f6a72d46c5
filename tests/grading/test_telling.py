"""The story of a submission, from its bytes and its runs."""

import pytest

from grader.grading import Edition, Grader, tell


@pytest.fixture
def edition(entry):
    return Edition.of(entry)


def test_a_submission_that_trained_nothing_has_a_title_its_sources_and_an_empty_chapter(silent, entry, edition):
    data = entry.reference.read_bytes()
    runs = Grader(silent(), secret=b"s" * 32).examine(data, "a.ipynb", edition).runs
    story = tell(data, "a.ipynb", edition, runs)
    assert story.title == entry.exercise.title
    assert [(one.task, one.own) for one in story.chapters] == [("practice", None)]
    assert any("LOSS2" in source for source in story.sources.values())


@pytest.mark.parametrize("data", [b"{", b"not a notebook"])
def test_what_cannot_be_read_or_was_not_run_has_a_title_alone(entry, edition, data):
    assert tell(data, "a.ipynb", edition, ()).chapters == ()
    assert tell(entry.reference.read_bytes(), "a.ipynb", edition, ()).chapters == ()
