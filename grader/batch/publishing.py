"""A class's reports into a folder: JSON, the sheet, and pages with pictures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from grader.batch.intake import Class
from grader.batch.shelf import Shelf
from grader.gradebook import Gradebook, Held
from grader.gradebook.arriving import bytes_of
from grader.gradebook.standing import report_json, runs
from grader.grading import Edition, tell
from grader.model.errors import EvidenceError, GraderError
from grader.model.report import Report
from grader.model.story import Story
from grader.wire import from_json, unpack

__all__ = ["Published", "publish", "story_of", "told"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What lies in the folder now.  index: the page to begin with.  lost: a word on each file that could not be written."""

    reports: tuple[Report, ...]
    index: Path
    lost: tuple[GraderError, ...]


def publish(book: Gradebook, of: Class, folder: Path) -> Published:
    """Write every report that holds as JSON and as a page, the class's pages, and the sheet; what is there already is left alone.

    A file that can't be written keeps none of the others from it.  Raises UsageError where the folder can't be made.
    """
    from grader.reports.pages import write_class

    shelf = Shelf(folder, (one.student for one in of.held))
    reports: list[Report] = []
    lost: list[GraderError] = []

    def passing() -> Iterator[tuple[Report, Story | None]]:
        for report, story in told(book, of):
            reports.append(report)
            try:
                shelf.keep(report)
            except GraderError as error:
                lost.append(error)
            yield report, story

    index = write_class(folder, passing(), lost=lost.append)
    try:
        shelf.sheet(reports)
    except GraderError as error:
        lost.append(error)
    return Published(reports=tuple(reports), index=index, lost=tuple(lost))


def told(book: Gradebook, of: Class) -> Iterator[tuple[Report, Story | None]]:
    """The report that holds for each submission of a class, in their order, with its story (see `story_of`).

    Submissions that have no report are left out.
    """
    for one in of.held:
        with book.reading() as session:
            record = report_json(session, one.id)
            if record is None:
                continue
            story = story_of(session, one, of.editions[one.exercise])
        yield from_json(record), story


def story_of(session: Session, one: Held, edition: Edition) -> Story | None:
    """The story that a submission's stored runs tell; None where none is stored under the exercise of now."""
    stored = runs(session, one.id, edition.execution)
    if not stored:
        return None
    try:
        return tell(bytes_of(session, one.sha256), one.name, edition, [unpack(stored[0].data)])
    except EvidenceError:
        return None
