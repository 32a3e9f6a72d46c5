"""Hand in a notebook: checked to be readable and for the right exercise, stored under its SHA-256, with a receipt."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grader.cli import running, writing
from grader.cli.options import CourseOption, Debug, ExerciseOption
from grader.model.errors import NotebookError, UsageError

if TYPE_CHECKING:
    from grader.model.notebook import Notebook
    from grader.notebooks import Scaffold

__all__ = ["EXAMPLES", "run"]

EXAMPLES = """\b
Examples:
  grader submit slope-and-bias.ipynb --to /srv/handed-in
  grader submit lab.ipynb --to /srv/handed-in --exercise slope-and-bias --student anna
  grader submit lab.ipynb --to /srv/handed-in --json receipt.json

Handing in the same file again changes nothing and shows the first receipt.  Leaves with 1 for a notebook that is refused.
"""


def run(
    notebook: Annotated[Path, typer.Argument(metavar="NOTEBOOK", help="An .ipynb file, or a percent script (# %%).")],
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="The folder that takes submissions.")],
    exercise: ExerciseOption = None,
    course: CourseOption = None,
    student: Annotated[str | None, typer.Option("--student", metavar="NAME", help="Who hands in; by default who is logged in.")] = None,
    json: Annotated[str | None, typer.Option("--json", metavar="F", help="Write the receipt as JSON ('-' is standard output).")] = None,
    debug: Debug = False,  # noqa: ARG001 - read by main
) -> None:
    """Hand the notebook in and show the receipt.  Returns through typer.Exit with 1 where it is refused."""
    from datetime import UTC, datetime

    from grader import notebooks
    from grader.lms.dropbox import hand_in
    from grader.lms.receipts import receipt_json, receipt_text
    from grader.model.harmless import plain

    data = running.submission_bytes(notebook)
    stubs = _stubs(course)
    scaffolds = {slug: notebooks.scaffold(stub, slug) for slug, stub in stubs.items()}
    if exercise and exercise not in scaffolds:
        raise UsageError(f"no exercise is called {exercise!r}", remedy=f"there are {', '.join(scaffolds)}")
    who = (student or _logged_in()).strip()
    if not who:
        raise UsageError("who hands in is not known", remedy="say it with --student")
    try:
        read, slug = _right(data, notebook, scaffolds, exercise)
    except NotebookError as error:
        typer.echo(f"grader: not handed in: {plain(str(error))}", err=True)
        writing.leave(1)
        return
    receipt, new = hand_in(data, notebook.name, to, student=who, exercise=slug, now=datetime.now(UTC), cells=len(read.code()))
    if json:
        writing.write(receipt_json(receipt), json)
    if json != "-":
        writing.write(receipt_text(receipt) + ("" if new else "\nThe same file was handed in before; nothing has changed.\n"), "-")
    if _untouched(read, stubs[slug], scaffolds[slug]):
        typer.echo("grader: the cells for your work are as you received them: is this the right file?", err=True)


def _right(data: bytes, path: Path, scaffolds: Mapping[str, Scaffold], asked: str | None) -> tuple[Notebook, str]:
    """The notebook, and the exercise that it is for.

    Raises NotebookError for what can't be read, is for another exercise than asked for, or holds nothing of any.
    """
    from grader import notebooks
    from grader.grading.recognition import named, recognise

    read = notebooks.read(data, path.name)
    if not read.code():
        raise NotebookError("no code cell holds anything", where=path.name, remedy="save your work first, then hand it in")
    found = recognise(data, path.name, scaffolds)
    if found is None and asked and notebooks.align(read, scaffolds[asked]).aligned != "nothing":
        found = asked
    if found is None:
        guess = asked or named(path.absolute(), tuple(scaffolds))
        what = f"it holds no cell of {guess}" if guess else "can't tell which exercise it is for"
        raise NotebookError(what, where=path.name, remedy="hand in the exercise's own notebook, with your work in it")
    if asked and found != asked:
        raise NotebookError(f"this is {found}, not {asked}", where=path.name, remedy=f"hand in the notebook of {asked}")
    return read, found


def _untouched(read: Notebook, stub: bytes, scaffold: Scaffold) -> bool:
    """Every cell that asks for work is there as it was given out, and there is no other."""
    from grader import notebooks

    out = {cell.source.strip() for cell in notebooks.read(stub, "the stub").code()}
    own = [cell for cell in notebooks.align(read, scaffold).code() if cell.owner != "given"]
    return bool(own) and all(cell.source.strip() in out for cell in own)


def _stubs(course: Path | None) -> Mapping[str, bytes]:
    """What students receive, by exercise: a student has no reference.

    Raises UsageError where there is no course, or it has no exercise.
    """
    from grader.catalog import find_course

    root = _students_course(course) or find_course(course).root
    found = {path.parent.name: path for path in sorted((root / "exercises").glob("*/*.ipynb")) if path.stem == path.parent.name}
    if not found:
        raise UsageError("this course has no exercise yet", where=str(root), remedy="name a folder with exercises/<slug>/<slug>.ipynb")
    return {slug: path.read_bytes() for slug, path in found.items()}


def _students_course(course: Path | None) -> Path | None:
    """The nearest folder with exercises/, at or above the one named or worked in: what a student has of a course."""
    import os

    start = course or (Path(os.environ["GRADER_COURSE"]) if os.environ.get("GRADER_COURSE") else None)
    if start is not None:
        return start if (start / "exercises").is_dir() else None
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if (folder / "exercises").is_dir()), None)


def _logged_in() -> str:
    """The name that the system knows the user by, '' where it knows none."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""
