"""Is the grader right?  References earn everything, stubs nothing, specimens what stands beside them; every mutant is caught and named."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grader.cli import course as courses
from grader.cli import running, writing
from grader.cli.options import CourseOption, Debug, JUnit, Slugs
from grader.cli.progress import Progress
from grader.model.errors import UsageError

if TYPE_CHECKING:
    from grader.authoring.trying import Case, Result
    from grader.catalog import Course, Entry

__all__ = ["EXAMPLES", "run"]

EXAMPLES = """\b
Examples:
  grader validate
  grader validate slope-and-bias --junit validation.xml
  grader validate --changed origin/main --markdown summary.md
  grader validate --thorough --json all.json
  grader validate --thorough --resume tried.jsonl

Leaves with 1 where anything is not as it must be.
"""


def run(
    slugs: Slugs = None,
    course: CourseOption = None,
    junit: JUnit = None,
    json: Annotated[str | None, typer.Option("--json", metavar="F", help="Write every case and what it got ('-': stdout).")] = None,
    markdown: Annotated[
        list[str] | None, typer.Option("--markdown", metavar="F", help="Write Markdown (between a file's markers, if any). Repeatable.")
    ] = None,
    changed: Annotated[str | None, typer.Option("--changed", metavar="REF", help="Only what differs from this commit touches.")] = None,
    thorough: Annotated[bool, typer.Option("--thorough", help="Everything that there is, and rewrites under 20 seeds.")] = False,
    seeds: Annotated[int | None, typer.Option("--seeds", metavar="N", min=1, help="Rewrites under N seeds, thorough or not.")] = None,
    minutes: Annotated[float, typer.Option("--minutes", metavar="M", min=0, help="What fits into about so long.")] = 3.0,
    mutants: Annotated[bool, typer.Option("--mutants/--no-mutants", help="Leave mutants out.")] = True,
    margins: Annotated[bool, typer.Option("--margins", help="Try all, and write reference/<slug>/margins.toml.")] = False,
    resume: Annotated[str | None, typer.Option("--resume", metavar="F", help="Keep what is tried in F; go on with what F has.")] = None,
    jobs: Annotated[int, typer.Option("--jobs", metavar="N", min=1, help="Notebooks run side by side.")] = 2,
    debug: Debug = False,  # noqa: ARG001 - read by main
) -> None:
    """Validate, a line for each exercise and for all that is wrong.  Returns through typer.Exit with 0 or 1."""
    found = courses.find(course)
    wanted = _touched(found, slugs, changed) if changed is not None else slugs
    said = sys.stderr if "-" in (junit, json, *(markdown or ())) else sys.stdout
    if changed is not None and not wanted:
        typer.echo(f"nothing that differs from {changed} touches an exercise", file=said)
        writing.leave(0)
    _installed()
    from contextlib import ExitStack
    from functools import partial

    from grader.authoring import matrix
    from grader.authoring.resuming import Journal
    from grader.authoring.sampling import fitting
    from grader.authoring.validating import THOROUGH_SEEDS, cases_of, validate
    from grader.reports import junit_of_trials

    times = seeds or (THOROUGH_SEEDS if thorough else 1)
    entries = courses.entries(found, wanted)
    every = tuple(case for entry in entries for case in cases_of(entry, mutants=mutants, seeds=times))
    cases = every if thorough or margins else fitting(every, minutes * 60 * jobs)
    executor = partial(running.executor, trusted=True, ready=jobs)  # the course's own work
    told = _Telling(cases, said)
    with ExitStack() as ending:
        journal = ending.enter_context(Journal.opened(Path(resume), cases, strained=margins)) if resume else None
        before = len(journal.results) if journal else 0
        if journal:
            typer.echo(f"{before} of {len(cases)} were tried before ({resume})", file=said)
        progress = ending.enter_context(Progress(f"Trying {len(cases)} notebooks"))

        def heard(one: Result) -> None:
            progress.moved(told.done + 1, len(cases), fresh=told.done >= before)
            told(one)

        done = validate(cases, executor=executor, jobs=jobs, progress=heard, strained=margins, journal=journal)
    if junit:
        writing.write(junit_of_trials([(one.case.exercise, one.case.id, one.shortfalls) for one in done]), junit)
    if json:
        writing.write(matrix.json_of(done), json)
    for path in markdown or ():
        writing.write(matrix.written(_text(path), done), path)
    typer.echo(str(matrix.tally(done)), file=said)
    if len(cases) < len(every):
        rest = len(every) - len(cases)
        typer.echo(f"{rest} specimens, mutants and rewrites did not fit into {minutes:g} minutes: --thorough tries them all", file=said)
    complaints = [one for entry in entries for one in _margins(entry, done if margins else None)]
    for complaint in complaints:
        typer.echo(f"✗ {complaint}", file=said)
    writing.leave(1 if complaints or any(one.shortfalls for one in done) else 0)


def _margins(entry: Entry, done: tuple[Result, ...] | None) -> tuple[str, ...]:
    """What is wrong with an exercise's margins, after they were written anew where there are results for them."""
    from grader.authoring import margins

    if done is None:
        return margins.complaints(entry)
    before, now = margins.kept(entry), margins.gathered(entry, done)
    writing.write(margins.text(now), str(entry.reference.parent / margins.FILE))
    moved = margins.moved(before, now) if before is not None else ()
    return (*(f"{entry.slug}, {one}" for one in moved), *margins.complaints(entry))


def _text(path: str) -> str:
    """What stands in the file already; a page between markers takes their place."""
    file = Path(path)
    return file.read_text(encoding="utf-8") if path != "-" and file.is_file() else ""


def _touched(found: Course, slugs: list[str] | None, changed: str) -> list[str]:
    from grader.authoring.changed import changed_files, touched

    return list(touched(changed_files(found.root, changed), slugs or found.exercises(), root=found.root))


def _installed() -> None:
    from importlib.util import find_spec

    if find_spec("libcst") is None:
        raise UsageError("libcst must be installed to make mutants", remedy="pip install 'torch-grader[instructor]'")


class _Telling:
    """A line for each exercise as soon as all of it is tried, and at once for what is not as it must be."""

    def __init__(self, cases: tuple[Case, ...], said: object) -> None:
        self.done = 0
        self._left = {case.exercise: sum(one.exercise == case.exercise for one in cases) for case in cases}
        self._seen: dict[str, list[Result]] = {}
        self._said = said

    def __call__(self, one: Result) -> None:
        from grader.authoring.matrix import tally

        self.done += 1
        slug = one.case.exercise
        self._seen.setdefault(slug, []).append(one)
        for shortfall in one.shortfalls:
            self._say(f"✗ {one.case.id}\n    {shortfall}")
            if os.environ.get("GITHUB_ACTIONS") == "true":
                self._say(_annotation(one, shortfall))
        if len(self._seen[slug]) == self._left[slug]:
            wrong = any(result.shortfalls for result in self._seen[slug])
            self._say(f"{'✗' if wrong else '✓'} {slug}: {tally(self._seen[slug])}")

    def _say(self, line: str) -> None:
        typer.echo(line, file=self._said)  # type: ignore[arg-type]


def _annotation(one: Result, shortfall: str) -> str:
    """GitHub's line for an error at a file; what it treats as its own is written as it wants it."""
    text = f"{one.case.id}: {shortfall}".replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return f"::error file=reference/{one.case.exercise}/exercise.py,title=grader validate::{text}"
