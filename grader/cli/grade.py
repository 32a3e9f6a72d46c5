"""Grade one notebook: the score, the cause of what went wrong, and a verdict for each check."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grader.cli import course as courses
from grader.cli import running, writing
from grader.cli.options import CourseOption, Debug, ExerciseOption
from grader.model.errors import NotebookError, UsageError

if TYPE_CHECKING:
    from grader.catalog import Course, Entry
    from grader.model.report import Report
    from grader.model.story import Story

__all__ = ["EXAMPLES", "run"]

EXAMPLES = """\b
Examples:
  grader grade anna.ipynb
  grader grade anna.py --exercise slope-and-bias --student anna
  grader grade anna.ipynb --json - | jq .score
  grader grade anna.ipynb --junit report.xml --gradescope results.json
  grader grade anna.ipynb --html anna.html --write csv=anna.csv

Leaves with 0 for full marks, 1 where points were lost, 2 for a wrong call, 3 where the grader failed.
"""


def run(
    notebook: Annotated[Path, typer.Argument(metavar="NOTEBOOK", help="An .ipynb file, or a percent script (# %%).")],
    exercise: ExerciseOption = None,
    course: CourseOption = None,
    student: Annotated[str | None, typer.Option("--student", metavar="NAME", help="Whose it is, for the report.")] = None,
    json: Annotated[str | None, typer.Option("--json", metavar="F", help="Write the report as JSON ('-' is standard output).")] = None,
    junit: Annotated[str | None, typer.Option("--junit", metavar="F", help="Write JUnit XML ('-' is standard output).")] = None,
    gradescope: Annotated[str | None, typer.Option("--gradescope", metavar="F", help="Write Gradescope's results.json.")] = None,
    write: Annotated[
        list[str] | None, typer.Option("--write", metavar="NAME=F", help="Write any format, by its name (grader/reports/formats/)."),
    ] = None,
    html: Annotated[
        str | None, typer.Option("--html", metavar="F", help="Write the page a student reads, and the scripts beside it."),
    ] = None,
    single_file: Annotated[
        bool, typer.Option("--single-file", help="With --html: one file to mail, its pictures static, no script."),
    ] = False,
    allow_unconfined: Annotated[
        bool, typer.Option("--allow-unconfined", help="Run the notebook even where no confined kernel can be had."),
    ] = False,
    debug: Debug = False,  # noqa: ARG001 - read by main
) -> None:
    """Grade one notebook.  Returns through typer.Exit with 0, 1 or 3."""
    asked = [*_wanted(write), *((name, to) for name, to in (("json", json), ("junit", junit), ("gradescope", gradescope)) if to)]
    if [*(to for _, to in asked), html].count("-") > 1:
        raise UsageError("two formats can't both go to standard output", remedy="give one of them a file")
    if single_file and not html:
        raise UsageError("--single-file without --html", remedy="say with --html where the page goes")
    data = running.submission_bytes(notebook)
    found = courses.find(course)
    report, story = _graded(data, notebook, found, exercise, student, allow_unconfined=allow_unconfined, told=html is not None)
    _write(report, asked, shown="-" not in (*(to for _, to in asked), html))
    if html:
        _write_page(report, story, html, single=single_file)
    writing.leave(writing.exit_code([report]))


def _graded(
    data: bytes, path: Path, course: Course, slug: str | None, student: str | None, *, allow_unconfined: bool, told: bool
) -> tuple[Report, Story | None]:
    """The report, and where `told` the story that its page draws."""
    import secrets
    from contextlib import closing

    from grader.grading import Edition, Grader, tell, unreadable

    try:
        entry = course.load(slug) if slug else _recognised(data, path, course)
    except NotebookError as error:  # without an exercise there is nothing to grade; the file is the student's all the same
        return replace(unreadable(None, path.name, error, seconds=0.0), student=student), None
    with closing(running.WhenNeeded(trusted=allow_unconfined)) as executor:
        edition = Edition.of(entry)
        examined = Grader(executor, secret=secrets.token_bytes(32)).examine(data, path.name, edition, student)
    return examined.report, tell(data, path.name, edition, examined.runs) if told else None


def _recognised(data: bytes, path: Path, course: Course) -> Entry:
    """The exercise that the notebook is for: what it says or holds, else what its file or folders are called.

    Raises UsageError where that can't be told, NotebookError where the notebook can't be read either.
    """
    from grader.grading.recognition import named, recognise

    entries = {entry.slug: entry for entry in courses.entries(course, None)}
    by_name = named(path.absolute(), tuple(entries))
    try:
        found = recognise(data, path.name, {slug: entry.scaffold for slug, entry in entries.items()}) or by_name
    except NotebookError:
        if by_name is None:
            raise
        found = by_name
    if found is None:
        slugs = ", ".join(entries)
        raise UsageError("can't tell which exercise this is for", where=path.name, remedy=f"say it with --exercise; there are {slugs}")
    return entries[found]


def _write_page(report: Report, story: Story | None, to: str, *, single: bool) -> None:
    from grader.reports.pages import report_page, write_page

    if to == "-":
        writing.write(report_page(report, story), to)
    else:
        write_page(Path(to), report, story, single=single)


def _wanted(write: list[str] | None) -> list[tuple[str, str]]:
    """Format and file of each `--write`.  Raises UsageError for what names no format or no file, before anything runs."""
    asked = []
    for one in write or ():
        from grader.reports.formats import names

        name, _, to = one.partition("=")
        if name not in names() or not to:
            raise UsageError(f"--write {one!r} is no NAME=F", remedy=f"NAME is one of {', '.join(names())}; F a file, or '-'")
        asked.append((name, to))
    return asked


def _write(report: Report, asked: list[tuple[str, str]], *, shown: bool) -> None:
    from grader import reports
    from grader.reports.formats import text_of

    for name, to in asked:
        writing.write(text_of(name, report), to)
    if shown:
        writing.show(reports.terminal(report))
