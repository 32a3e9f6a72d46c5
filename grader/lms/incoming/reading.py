"""The submissions in one file: itself, or those in it where it is a zip; all else with the reason why it is none."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace

from grader.lms.collection import Limits, Reason
from grader.lms.incoming.archives import archive_listing
from grader.lms.incoming.belongings import Belonging, Tree
from grader.lms.incoming.canvas import claims_canvas
from grader.lms.incoming.members import Budget, Listing, Member, RefusedError, content
from grader.lms.incoming.moodle import claims_moodle
from grader.lms.incoming.paths import suffix
from grader.lms.incoming.sources import SUBMISSIONS, where

__all__ = ["Read", "Unread", "read"]

_OTHER_ARCHIVES = (".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz")


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A file that may be graded."""

    belonging: Belonging
    source: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A file that is not graded, and why."""

    source: str
    reason: Reason
    detail: str
    size: int


def read(shown: str, one: Belonging, limits: Limits, *budgets: Budget) -> tuple[list[Read], list[Unread]]:
    """The file's submissions, within limits and budgets, and what is none."""
    kind = suffix(one.file)
    at = where(shown, one.member)
    if kind not in {*SUBMISSIONS, ".zip"}:
        return [], [Unread(source=at, reason="wrong-type", detail=_kind(kind), size=one.member.size)]
    try:
        data = content(one.member, limits, *budgets)
        if kind != ".zip":
            return [Read(belonging=one, source=at, data=data)], []
        listing, archive = archive_listing(io.BytesIO(data), _inner(limits))
    except RefusedError as error:
        return [], [Unread(source=at, reason=error.reason, detail=error.detail, size=one.member.size)]
    with archive:
        return _inside(at, one, listing, limits, *budgets)


def _inside(at: str, one: Belonging, listing: Listing, limits: Limits, *budgets: Budget) -> tuple[list[Read], list[Unread]]:
    """The submissions in a student's zip."""
    found: list[Read] = []
    unread = [
        Unread(source=f"{at}/{refusal.path}", reason=refusal.reason, detail=refusal.detail, size=refusal.size)
        for refusal in listing.refused
    ]  # fmt: skip
    platform = _platform(listing)
    if platform:
        detail = f"it looks like {platform}'s own download: give it as a path of its own"
        return [], [*unread, Unread(source=at, reason="too-deep", detail=detail, size=one.member.size)]
    for member in listing.members:
        kind = suffix(member.path)
        source = where(at, member)
        if kind not in SUBMISSIONS:
            reason: Reason = "too-deep" if kind == ".zip" else "wrong-type"
            unread.append(Unread(source=source, reason=reason, detail=_kind(kind), size=member.size))
            continue
        try:
            data = content(member, limits, *budgets)
        except RefusedError as error:
            unread.append(Unread(source=source, reason=error.reason, detail=error.detail, size=member.size))
            continue
        found.append(Read(belonging=_belonging(one, member), source=source, data=data))
    if not found and not unread:
        unread.append(Unread(source=at, reason="wrong-type", detail="an empty zip", size=one.member.size))
    return found, unread


def _belonging(one: Belonging, member: Member) -> Belonging:
    """The member as its owner's.  Files of one zip were handed in together, so nothing orders them among themselves."""
    path = f"{one.member.path}/{member.path}"
    return replace(one, member=replace(member, path=path), file=member.name)


def _inner(limits: Limits) -> Limits:
    """What a student's zip may hold: its table of contents is read whole, so it is kept small."""
    return replace(limits, members=limits.student_members, directory=min(limits.directory, 2**20))


def _platform(listing: Listing) -> str:
    """The platform whose download this is, '' for a student's own zip."""
    tree = Tree(name="", members=listing.members, left_behind=(), exercises=(), read=lambda _: b"")
    if claims_moodle(tree):
        return "Moodle"
    return "Canvas" if len(listing.members) > 1 and claims_canvas(tree) else ""


def _kind(kind: str) -> str:
    return f"{kind or 'a file without an ending'}{' (an archive, but no zip)' if kind in _OTHER_ARCHIVES else ''}"
