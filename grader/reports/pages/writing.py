"""Pages on disk, and the scripts beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib.util import find_spec
from pathlib import Path

from grader.model.errors import GraderError, UsageError
from grader.model.filenames import safe_name
from grader.model.report import Report
from grader.model.story import Story
from grader.reports.pages.course import Entry, class_page, course_page, entry_of
from grader.reports.pages.report import report_page
from grader.reports.pages.template import Scripts

__all__ = ["file_name", "write_class", "write_page"]

ASSETS = "assets"
"""Folder beside the pages that holds the scripts, which all pages share."""
_INDEX = "index.html"
_OWN = Path(__file__).parent / "assets"


def write_page(path: Path, report: Report, story: Story | None = None, *, single: bool = False, everything: bool = False) -> Path:
    """Write one report's page, and the scripts beside it unless `single`.  Raises UsageError where a file can't be written."""
    scripts = None if single else write_scripts(path.parent)
    return _write(path, report_page(report, story, scripts=scripts, everything=everything))


def write_class(
    folder: Path,
    graded: Iterable[tuple[Report, Story | None]],
    *,
    single: bool = False,
    everything: bool = False,
    lost: Callable[[GraderError], None] | None = None,
) -> Path:
    """A page for each report, one for each exercise's class, and where there are several exercises one over them; returns the first.

    graded: reports with their stories, or with None where none is at hand; taken one at a time, and each page written as it comes,
    unless it is there already.
    single: reports' pages that stand alone, so that they can be mailed or handed back.  everything: with hidden checks.
    lost: hears of each file that can't be written, and the others are written all the same; without it, that is raised as UsageError.
    Raises UsageError where the folder can't be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"no folder for pages: {error.strerror}", where=str(folder), remedy="name another one") from error

    def written(name: str, text: str) -> Path:
        try:
            return _write(folder / name, text)
        except UsageError as error:
            if lost is None:
                raise
            lost(error)
            return folder / name

    scripts = None if single else write_scripts(folder)
    classes: dict[str, list[Entry]] = {}
    used = {_INDEX}
    for report, story in graded:
        name = _unused(file_name(report.student or report.notebook, report.exercise), used)
        written(name, report_page(report, story, scripts=scripts, everything=everything))
        classes.setdefault(report.exercise, []).append(entry_of(report, story, name))
    own = Scripts(own=_lay(_OWN / "class.js", folder / ASSETS))
    if len(classes) <= 1:
        return written(_INDEX, class_page(next(iter(classes.values()), []), scripts=own))
    listed = []
    for exercise, entries in classes.items():
        name = _unused(f"class.{safe_name(exercise)}.html", used)
        written(name, class_page(entries, scripts=own, back=_INDEX))
        listed.append((name, entries))
    return written(_INDEX, course_page(listed))


def _unused(name: str, used: set[str]) -> str:
    """`name`, with a number where it is taken, on whatever file system."""
    stem, again = name.removesuffix(".html"), 1
    while name.casefold() in used:
        again += 1
        name = f"{stem}-{again}.html"
    used.add(name.casefold())
    return name


def write_scripts(folder: Path) -> Scripts | None:
    """Lay our script and Plotly's into the folder's `assets`; None where Plotly is not installed."""
    library = _plotly()
    if library is None:
        return None
    return Scripts(own=_lay(_OWN / "pages.js", folder / ASSETS), plotly=_lay(library, folder / ASSETS))


def _lay(source: Path, beside: Path) -> str:
    """Copy a script into the folder of scripts, unless it is there; returns its address from the pages."""
    target = beside / source.name
    try:
        beside.mkdir(parents=True, exist_ok=True)
        data = source.read_bytes()
        if not target.is_file() or target.read_bytes() != data:
            target.write_bytes(data)
    except OSError as error:
        raise UsageError(f"a script can't be written: {error.strerror}", where=str(beside), remedy="name another place") from error
    return f"{beside.name}/{source.name}"


def _plotly() -> Path | None:
    """Plotly's script, out of its Python package (which is looked up, not imported)."""
    spec = find_spec("plotly")
    for root in spec.submodule_search_locations or () if spec is not None else ():
        found = Path(root) / "package_data" / "plotly.min.js"
        if found.is_file():
            return found
    return None


def file_name(student: str, exercise: str) -> str:
    """The name of a report's page.  Different students never share one, and no part of a name becomes a path."""
    return f"{safe_name(student)}.{safe_name(exercise)}.html"


def _write(path: Path, text: str) -> Path:
    """Write the text, unless the file holds it already (equal records give equal pages)."""
    data = text.encode("utf-8", "replace")
    try:
        if not path.is_file() or path.read_bytes() != data:
            path.write_bytes(data)
    except OSError as error:
        raise UsageError(f"can't be written: {error.strerror}", where=str(path), remedy="name a file in a folder that is there") from error
    return path
