"""Grades out of the gradebook: as CSV, for Canvas, Moodle, nbgrader, Gradescope and JUnit, and as reports to hand back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grader.cli import books, running, writing
from grader.cli import course as courses
from grader.cli.options import GRADEBOOK, CourseOption, Debug, GradebookOption, OneExercise
from grader.model.errors import UsageError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from grader.lms.outgoing.export import Export
    from grader.model.grade import Grade
    from grader.model.story import Story

__all__ = ["EXAMPLES", "Format", "run"]

EXAMPLES = """\b
Examples:
  grader export --format csv -o grades.csv
  grader export --format canvas --template canvas-export.csv -o upload.csv
  grader export --format moodle --exercise slope-and-bias --template worksheet.csv -o upload.csv
  grader export --format feedback --exercise slope-and-bias --template submissions.zip -o upload.zip
  grader export --format reports -o handed-back/

What waits for a person is never written: its cell stays as it was, and standard error says so.
"""


class Format(StrEnum):
    """What can be written."""

    CSV = "csv"
    CANVAS = "canvas"
    MOODLE = "moodle"
    NBGRADER = "nbgrader"
    GRADESCOPE = "gradescope"
    JUNIT = "junit"
    REPORTS = "reports"
    FEEDBACK = "feedback"


def run(
    format_: Annotated[
        Format, typer.Option("--format", help="`reports` is a folder for each student, `feedback` a zip for Canvas or Moodle."),
    ],
    template: Annotated[
        Path | None, typer.Option("--template", metavar="FILE", help="The platform's own export: filled, and else the same byte for byte.")
    ] = None,
    output: Annotated[str, typer.Option("-o", "--output", metavar="FILE", help="Where to; by default standard output.")] = "-",
    exercise: OneExercise = None,
    column: Annotated[
        str, typer.Option("--column", metavar="NAME", help="The column to fill, where its title does not tell: title or number.")
    ] = "",
    scale: Annotated[bool, typer.Option("--scale", help="Convert where the platform counts other points than the exercise.")] = False,
    gradebook: GradebookOption = GRADEBOOK,
    course: CourseOption = None,
    debug: Debug = False,  # noqa: ARG001 - read by main
) -> None:
    """Write the grades, and say on standard error what is not in them."""
    grades, stories = _grades(gradebook, exercise, course, stories=format_ in {Format.REPORTS, Format.FEEDBACK})
    if format_ is Format.REPORTS:
        _hand_back(grades, stories, output)
        return
    if format_ is Format.FEEDBACK and template is None:
        remedy = "give with --template the zip of submissions that you downloaded"
        raise UsageError("feedback goes back under the names of the platform's files", remedy=remedy)
    data = running.file_bytes(template) if template is not None else None
    if format_ is Format.FEEDBACK:
        from grader.lms.outgoing import feedback_zip

        done = feedback_zip(data or b"", grades, _reports(grades, stories), name=str(template))
    else:
        done = _export(format_, grades, data, str(template or ""), column=column, scale=scale)
    writing.write_bytes(done.data, output)
    _tell(done.notes)
    words = "1 grade" if done.written == 1 else f"{done.written} grades"
    typer.echo(f"{words} written" + (f" to {output}" if output != "-" else ""), err=True)


def _grades(url: str, exercise: str | None, course: Path | None, *, stories: bool) -> tuple[Sequence[Grade], Mapping[int, Story]]:
    """The grades of the book, and the stories of those that have one, by position.  Raises UsageError where there is no grade."""
    from grader.gradebook.arriving import exercise_row
    from grader.gradebook.counting import grades

    with books.opened(url) as book, book.reading() as session:
        if exercise is not None:
            exercise_row(session, exercise)
        found = grades(session, exercise=exercise)
        if not found:
            raise UsageError("nothing is graded yet", where=book.where, remedy="grade a class with `grader batch`")
        return found, _stories(session, found, course) if stories else {}


def _stories(session: Session, grades: Sequence[Grade], course: Path | None) -> Mapping[int, Story]:
    """What the pages' pictures are drawn from.  Without the course, or with another one, there are none, and pages do without."""
    from grader.batch import story_of
    from grader.gradebook.standing import held
    from grader.grading import Edition

    try:
        found = courses.find(course)
    except UsageError:
        if course is not None:
            raise
        return {}
    there = {(one.student, one.exercise, one.attempt): one for one in held(session)}
    editions = {slug: Edition.of(found.load(slug)) for slug in {grade.exercise for grade in grades} if slug in found.slugs}
    told: dict[int, Story] = {}
    for at, grade in enumerate(grades):
        one, edition = there.get((grade.student.id, grade.exercise, grade.attempt)), editions.get(grade.exercise)
        story = story_of(session, one, edition) if one is not None and edition is not None and grade.report is not None else None
        if story is not None:
            told[at] = story
    return told


def _export(format_: Format, grades: Sequence[Grade], template: bytes | None, name: str, *, column: str, scale: bool) -> Export:
    """The file.  A template is for the formats of platforms alone."""
    from grader.lms import outgoing

    match format_:
        case Format.CANVAS if template is not None:
            return outgoing.canvas_fill(template, grades, name=name, chosen=column, scale=scale)
        case Format.CANVAS:
            return outgoing.canvas_new(grades)
        case Format.MOODLE if template is not None:
            return outgoing.moodle_fill(template, grades, name=name, chosen=column, scale=scale)
        case Format.MOODLE:
            return outgoing.moodle_new(grades)
    if template is not None:
        raise UsageError(f"--format {format_} fills no template", remedy="leave --template out, or say canvas, moodle or feedback")
    return _plain(format_, grades)


def _plain(format_: Format, grades: Sequence[Grade]) -> Export:
    """The formats that need nothing but grades."""
    from grader import reports
    from grader.lms import outgoing

    match format_:
        case Format.NBGRADER:
            return outgoing.nbgrader_csv(grades)
        case Format.GRADESCOPE:
            told = {at: reports.gradescope(grade.report) for at, grade in enumerate(grades) if grade.report is not None}
            return outgoing.results_of_class(grades, told)
        case Format.JUNIT:
            return outgoing.junit_of_class(grades, reports.junit([grade.report for grade in grades if grade.report is not None]))
        case _:
            return outgoing.csv(grades)


def _reports(grades: Sequence[Grade], stories: Mapping[int, Story]) -> dict[int, dict[str, bytes]]:
    """What each student gets back, by position of the grade: nothing where nothing was handed in, or a person has to look.

    The page tells of the automatic score; where a person's or lateness made another of it, the text alone goes back.
    """
    from grader.lms.outgoing import as_text
    from grader.reports.pages import report_page

    told: dict[int, dict[str, bytes]] = {}
    for at, grade in enumerate(grades):
        if grade.status not in {"missing", "waiting"}:
            told[at] = {"report.txt": as_text(grade).encode()}
            if grade.report is not None and grade.final == grade.report.score:
                told[at]["report.html"] = report_page(grade.report, stories.get(at)).encode()
    return told


def _hand_back(grades: Sequence[Grade], stories: Mapping[int, Story], output: str) -> None:
    """A folder for each student, below the folder named."""
    from grader.lms.outgoing import folders, withheld

    if output == "-":
        raise UsageError("reports need a folder", remedy="name one with -o")
    files = folders(grades, _reports(grades, stories))
    for path, data in files.items():
        at = Path(output) / path
        try:
            at.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"no folder can be made: {error.strerror}", where=str(at.parent), remedy="name another one") from error
        writing.write_bytes(data, str(at))
    _tell(withheld(grades))
    typer.echo(f"{len(files)} {'file' if len(files) == 1 else 'files'} written to {output}", err=True)


def _tell(notes: Sequence[str]) -> None:
    from grader.model.harmless import plain

    for note in notes:
        typer.echo(plain(note, limit=400), err=True)
