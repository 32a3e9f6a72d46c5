"""The story of a submission: what its trainings did beside what was asked for, as numbers to draw.  Nothing is executed."""

from __future__ import annotations

from collections.abc import Sequence

from grader import notebooks
from grader.grading.editions import Edition, data_files
from grader.judging.story import story
from grader.model.errors import NotebookError
from grader.model.run import Observed, Ran
from grader.model.story import Story

__all__ = ["tell"]


def tell(data: bytes, name: str, edition: Edition, runs: Sequence[Ran]) -> Story:
    """The story that these bytes and these runs (the first as handed in) tell; one with no chapters where there is none."""
    entry = edition.entry
    try:
        notebook = notebooks.align(notebooks.read(data, name), entry.scaffold)
    except NotebookError:
        return Story(title=entry.exercise.title)
    if not runs or runs[0].drawn is not None:
        return Story(title=entry.exercise.title)
    first = Observed(exercise=entry.exercise, outcome=runs[0].outcome, files=data_files(entry))
    return story(entry.exercise, notebook, (first,))
