"""Grade a class: folders, zips and exports of learning platforms, into a gradebook; safe to interrupt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grader.cli import books, running, writing
from grader.cli import course as courses
from grader.cli.options import GRADEBOOK, By, CourseOption, Debug, GradebookOption, Jobs
from grader.cli.progress import Progress
from grader.model.errors import UsageError

if TYPE_CHECKING:
    from grader.batch import Class, Place, Plan, Tally
    from grader.catalog import Course
    from grader.gradebook import Gradebook
    from grader.grading import Edition
    from grader.lms import Collection
    from grader.lms.collection import Layout
    from grader.model.grade import Student

__all__ = ["EXAMPLES", "run"]

EXAMPLES = """\b
Examples:
  grader batch submissions/ --exercise slope-and-bias
  grader batch canvas-download.zip --roster roster.csv --reports reports/
  grader batch submitted/ --plan
  grader batch submissions.zip --gradebook postgresql://grader@db/course
  grader batch submissions.zip --scheduler tcp://10.0.0.5:8786

Several exercises go at once where the files say which they are for.  Stopped at any moment, the same command goes on: what is
graded is not graded again.  Leaves with 3 where the grader itself failed at a submission; the same command tries that again.
"""

STOPPED = 130


def run(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Folders, notebooks, zips, exports of a learning platform.")],
    exercise: Annotated[
        str | None, typer.Option("--exercise", metavar="SLUG", help="All of it is for this exercise; else each file says its own.")
    ] = None,
    gradebook: GradebookOption = GRADEBOOK,
    reports: Annotated[
        Path | None, typer.Option("--reports", metavar="DIR", help="Write each report (JSON, and a page), the class's page, and a sheet.")
    ] = None,
    roster: Annotated[
        Path | None, typer.Option("--roster", metavar="CSV", help="Who is in the class; `grader roster` keeps it in the gradebook.")
    ] = None,
    strangers: Annotated[bool, typer.Option("--strangers", help="Grade those too whom the roster does not name.")] = False,
    layout: Annotated[
        str | None, typer.Option("--layout", metavar="NAME", help="Take the paths for this; found out where left out.")
    ] = None,
    jobs: Jobs = None,
    scheduler: Annotated[
        str | None, typer.Option("--scheduler", metavar="ADDRESS", help="Grade on the workers of this Dask cluster: tcp://HOST:PORT.")
    ] = None,
    plan: Annotated[bool, typer.Option("--plan", help="Say what would be done, and do nothing.")] = False,
    allow_unconfined: Annotated[
        bool, typer.Option("--allow-unconfined", help="Run notebooks even where no confined kernel can be had."),
    ] = False,
    course: CourseOption = None,
    by: By = None,
    debug: Debug = False,  # noqa: ARG001 - read by main
) -> None:
    """Grade a class.  Returns through typer.Exit: 0, 3 where the grader failed at a submission, 130 where it was stopped."""
    from grader.batch import came_in, plan_of

    found = courses.find(course)
    if scheduler is not None:
        _refuse_without_dask(jobs)
    elif not plan:
        _refuse_early(allow_unconfined=allow_unconfined)
    editions = _editions(found, exercise)
    with books.opened(gradebook, create=True, name=found.root.name) as book:
        collection = _collected(paths, _students(book, roster), editions, exercise=exercise, layout=layout, strangers=strangers)
        _tell_sources(collection)
        of = came_in(book, collection, editions)
        planned = plan_of(book, of)
        _tell_plan(book, planned)
        if plan:
            return
        if scheduler is not None:
            place = _elsewhere(scheduler, book, of, found, allow_unconfined=allow_unconfined)
        else:
            place = _here(book, of, planned, jobs, allow_unconfined=allow_unconfined)
        tally = _carried_out(book, of, planned, place, by)
        _tell_class(book, of, tally)
        if reports is not None:
            _write_reports(book, of, reports)
        writing.leave(3 if tally.faults else 0)


def _refuse_without_dask(jobs: int | None) -> None:
    from importlib.util import find_spec

    if jobs is not None:
        raise UsageError("--jobs is for this machine", remedy="say it to each worker: dask worker --nthreads N")
    missing = [name for name in ("dask", "distributed") if find_spec(name) is None]
    if missing:
        raise UsageError(f"{', '.join(missing)} must be installed for --scheduler", remedy="pip install 'torch-grader[cluster]'")


def _refuse_early(*, allow_unconfined: bool) -> None:
    """Say at once, and not after reading a class, that nothing confines a kernel here."""
    from grader.execution.choosing import confined, refusal
    from grader.execution.confinement.probing import probe_level

    here = probe_level()
    if not allow_unconfined and not confined(here):
        raise refusal(here)


def _editions(course: Course, slug: str | None) -> Mapping[str, Edition]:
    from grader.grading import Edition

    return {entry.slug: Edition.of(entry) for entry in courses.entries(course, [slug] if slug else None)}


def _students(book: Gradebook, roster: Path | None) -> Sequence[Student] | None:
    """The roster: the file's, which is kept, else the book's; None where there is none."""
    from grader.gradebook import arriving

    if roster is not None:
        from grader.lms.roster import read_roster

        students = read_roster(running.submission_bytes(roster), roster.name)
        with book.writing() as session:
            arriving.enrol(session, students)
    with book.reading() as session:
        return arriving.roster(session) or None


def _collected(
    paths: Sequence[Path],
    students: Sequence[Student] | None,
    editions: Mapping[str, Edition],
    *,
    exercise: str | None,
    layout: str | None,
    strangers: bool,
) -> Collection:
    from grader.grading.recognition import recognise
    from grader.lms import collect
    from grader.lms.collection import LAYOUTS

    known: Layout | None = next((one for one in LAYOUTS if one == layout), None)
    if layout is not None and known is None:
        raise UsageError(f"no layout is called {layout!r}", remedy=f"there are {', '.join(LAYOUTS)}")
    scaffolds = {slug: edition.entry.scaffold for slug, edition in editions.items()}
    return collect(
        paths,
        students,
        layout=known,
        exercise=exercise or "",
        exercises=tuple(editions),
        recognise=lambda data, name: recognise(data, name, scaffolds),
        strangers=strangers,
    )


def _tell_sources(collection: Collection) -> None:
    from collections import Counter

    from grader.model.harmless import plain

    for source in collection.sources:
        typer.echo(f"{plain(source.path, limit=200)}: {source.layout} ({plain(source.why, limit=200)})")
    students = len({one.student for one in collection.handed_in})
    typer.echo(f"{len(collection.handed_in)} submissions of {students} students")
    for reason, count in Counter(one.reason for one in collection.aside).most_common():
        rule = next(one.rule for one in collection.aside if one.reason == reason)
        typer.echo(f"  {count} set aside, {reason}: {rule}")
    for note in collection.notes:
        typer.echo(f"  {plain(note, limit=400)}")


def _tell_plan(book: Gradebook, plan: Plan) -> None:
    for line in plan.lines():
        typer.echo(line)
    typer.echo(f"gradebook: {book.where}")


def _here(book: Gradebook, of: Class, plan: Plan, jobs: int | None, *, allow_unconfined: bool) -> Place:
    from functools import partial

    from grader.batch import Here, default_jobs

    side_by_side = min(jobs or default_jobs(), max(1, len(plan.run) + len(plan.judge)))
    executor = partial(running.executor, trusted=allow_unconfined, ready=side_by_side)
    return Here(of.editions, executor=executor, secret=book.secret(), jobs=side_by_side)


def _elsewhere(address: str, book: Gradebook, of: Class, course: Course, *, allow_unconfined: bool) -> Place:
    from functools import partial

    from grader.batch.cluster.scheduled import Cluster

    tell = partial(typer.echo, err=True)
    return Cluster(address, of.editions, course=course.root, secret=book.secret(), unconfined=allow_unconfined, tell=tell)


def _carried_out(book: Gradebook, of: Class, plan: Plan, place: Place, by: str | None) -> Tally:
    from grader.batch import grade_class

    with Progress(f"Grading {plan.total} submissions") as progress:
        try:
            return grade_class(book, of, plan, place, progress=progress, who=by or "")
        except KeyboardInterrupt:
            typer.echo(f"stopped; what is graded is in {book.where}, and the same command goes on", err=True)
            raise typer.Exit(STOPPED) from None


def _tell_class(book: Gradebook, of: Class, tally: Tally) -> None:
    from grader.cli.overview import lines
    from grader.gradebook.attention import attention
    from grader.gradebook.overview import overview

    typer.echo(f"{tally.ran} graded, {tally.judged} judged again from stored runs, {tally.kept} kept as they were")
    with book.reading() as session:
        found = [one for one in overview(session) if one.exercise in of.editions]
        waiting = len(attention(session))
    for one in found:
        typer.echo("\n".join(["", *lines(one)]))
    if waiting:
        typer.echo(f"\n{'1 thing waits' if waiting == 1 else f'{waiting} things wait'} for a person: grader attention")


def _write_reports(book: Gradebook, of: Class, folder: Path) -> None:
    """Reports and pages.  A file that can't be written keeps none of the others from it; all is in the gradebook anyway."""
    from grader.batch import Shelf, publish

    made = publish(book, of, folder)
    if made.lost:
        first = made.lost[0]
        what = f"{len(made.lost)} files can't be written, the first of them {first.where}: {first.what}"
        raise UsageError(what, where=str(folder), remedy=f"{first.remedy}; every report is in the gradebook")
    typer.echo(f"{len(made.reports)} reports (JSON, HTML), {made.index.name} and {Shelf.SHEET} are in {folder.resolve()}")
