"""The course that a verb works on, and its exercises."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from grader.model.errors import UsageError

if TYPE_CHECKING:
    from grader.catalog import Course, Entry

__all__ = ["entries", "find"]


def find(folder: Path | None) -> Course:
    """The course named, else the nearest one above the working folder.  Raises UsageError where there is none."""
    from grader.catalog import find_course

    return find_course(folder)


def entries(course: Course, slugs: Sequence[str] | None) -> tuple[Entry, ...]:
    """The exercises named, all of the course where none is.  Raises UsageError for a name that the course does not know."""
    found = tuple(course.load(slug) for slug in slugs or course.exercises())
    if not found:
        raise UsageError("this course has no exercise yet", where=str(course.root), remedy="add reference/<slug>/exercise.py")
    return found
