"""The paths that were given: what lies there, what each was taken for, and whose the files are."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from grader.lms.collection import Layout, Limits, SetAside, Source
from grader.lms.incoming.archives import archive_listing, is_archive
from grader.lms.incoming.belongings import Attribution, Belonging, Tree
from grader.lms.incoming.folders import file_member, folder_listing
from grader.lms.incoming.layouts import Recognised, attributed, recognised
from grader.lms.incoming.members import Listing, Member, RefusedError, content
from grader.lms.incoming.paths import suffix
from grader.lms.incoming.students import by_file_name, told_apart
from grader.model.errors import UsageError
from grader.model.harmless import plain

__all__ = ["SUBMISSIONS", "Found", "find", "where"]

SUBMISSIONS = (".ipynb", ".py")
"""Endings of what can be graded."""


@dataclass(slots=True)
class Found:
    """What lies in the paths, attributed; members are open as long as the stack is."""

    sources: list[Source] = field(default_factory=list)
    belongings: list[tuple[str, Belonging]] = field(default_factory=list)
    aside: list[SetAside] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def find(paths: Sequence[Path], layout: Layout | None, exercises: Sequence[str], limits: Limits, stack: ExitStack) -> Found:
    """All files of the paths and whose they are: beside each belonging stands the path that it came from.

    Raises UsageError for a path that is not there, that is neither folder, zip nor notebook, or whose layout can't be told.
    """
    found = Found()
    files = [path for path in paths if suffix(path.name) in SUBMISSIONS and not path.is_dir()]
    plain_ones: list[tuple[str, Tree, Attribution]] = []
    for path in paths:
        if path in files:
            continue
        shown, taken_for = _recognised(path, layout, exercises, limits, stack, found)
        if taken_for.layout == "folders":
            plain_ones.append((shown, taken_for.tree, attributed(taken_for)))
        else:
            _take(shown, attributed(taken_for), found)
    apart = told_apart([(tree, attribution) for _, tree, attribution in plain_ones])
    for (shown, _, _), attribution in zip(plain_ones, apart, strict=True):
        _take(shown, attribution, found)
    if files:
        given = [_single(path) for path in files]
        shown = given[0][0].path if len(given) == 1 else f"{len(given)} files"
        found.sources.append(Source(path=shown, layout="folders", why="single files, called by their students"))
        _take("", by_file_name(given, exercises), found)
    return found


def where(shown: str, member: Member) -> str:
    """Where a member lies, for a person."""
    inside = plain(member.where, limit=400)
    return f"{shown}/{inside}" if shown else inside


def _recognised(
    path: Path, layout: Layout | None, exercises: Sequence[str], limits: Limits, stack: ExitStack, found: Found,
) -> tuple[str, Recognised]:  # fmt: skip
    """What a folder or zip was taken for, and its path as it is shown; what was refused in it is set aside."""
    listing = _listing(path, limits, stack)
    shown = plain(str(path), limit=300)
    for refusal in listing.refused:
        at = f"{shown}/{plain(refusal.path, limit=400)}"
        found.aside.append(SetAside(source=at, reason=refusal.reason, detail=refusal.detail, size=refusal.size))
    tree = Tree(
        name=path.absolute().name if path.is_dir() else path.stem,
        members=listing.members,
        left_behind={refusal.path for refusal in listing.refused if refusal.reason == "by-product"},
        exercises=exercises,
        read=lambda member: content(member, limits),
        packed=not path.is_dir(),
    )
    taken_for = recognised(tree, layout)
    found.sources.append(Source(path=shown, layout=taken_for.layout, why=taken_for.why))
    return shown, taken_for


def _take(shown: str, attribution: Attribution, found: Found) -> None:
    found.notes.extend(attribution.notes)
    found.belongings.extend((shown, one) for one in attribution.belongings)
    for member, reason, detail in attribution.nobodys:
        found.aside.append(SetAside(source=where(shown, member), reason=reason, detail=detail, size=member.size))


def _listing(path: Path, limits: Limits, stack: ExitStack) -> Listing:
    if path.is_dir():
        return folder_listing(path, limits)
    try:
        stream = stack.enter_context(path.open("rb"))
        start = stream.read(4)
    except OSError as error:
        raise _no_path(path, error) from error
    if not is_archive(start):
        remedy = "give folders, zips of them, .ipynb or .py files"
        raise UsageError("neither a folder, a zip nor a notebook", where=str(path), remedy=remedy)
    try:
        listing, archive = archive_listing(stream, limits)
    except RefusedError as error:
        raise UsageError(error.detail, where=str(path), remedy="download it again") from None
    stack.enter_context(archive)
    return listing


def _single(path: Path) -> tuple[Member, str]:
    """A file given by itself, and the name of its folder.  A link is the instructor's own, and is followed."""
    try:
        real = path.resolve(strict=True)
        size = real.stat().st_size
    except OSError as error:
        raise _no_path(path, error) from error
    return file_member(real, str(path), size), path.absolute().parent.name


def _no_path(path: Path, error: OSError) -> UsageError:
    if isinstance(error, FileNotFoundError):
        return UsageError("no such file or folder", where=str(path), remedy="give folders, zips of them, .ipynb or .py files")
    return UsageError(f"can't be read: {error.strerror}", where=str(path), remedy="check its permissions")
