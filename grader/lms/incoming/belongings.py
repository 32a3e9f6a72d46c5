"""Whose a file is, as its layout says it: before anything is known of the roster."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from grader.lms.collection import Reason
from grader.lms.incoming.members import Member

__all__ = ["Attribution", "Belonging", "Identity", "Tree"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Somebody, as one system knows them.

    system: `canvas`, `moodle`, `gradescope`, `github`; '' where the name itself is the course's own key (folders, nbgrader).
    id: unique in that system.  sid: the institution's number, '' where not said.
    """

    system: str
    id: str
    name: str = ""
    email: str = ""
    login: str = ""
    sid: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Belonging:
    """A file and whose it is.

    file: the student's own name of it.  order: rises with the time of handing in, () where the layout does not tell.
    exercise: the slug that the layout names, '' where it names none.  others: who handed it in together with them.
    """

    identity: Identity
    member: Member
    file: str
    late: bool | None = None
    handed_in: datetime | None = None
    order: tuple[int, ...] = ()
    exercise: str = ""
    others: tuple[Identity, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """The files of one source: whose they are, which are nobody's (with reason and detail), and what a person should know."""

    belongings: Sequence[Belonging]
    nobodys: Sequence[tuple[Member, Reason, str]] = ()
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """One source as a layout sees it.

    name: of the folder or archive, without ending.  left_behind: paths of folders and files that systems left.
    exercises: the slugs that are known.  read: a member's bytes within limits, raising RefusedError.  packed: it is an archive.
    """

    name: str
    members: Sequence[Member]
    left_behind: Collection[str]
    exercises: Collection[str]
    read: Callable[[Member], bytes]
    packed: bool = False
