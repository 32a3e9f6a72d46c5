"""Canvas's download of an assignment: flat, `<name>_[LATE_]<user>_<attachment>_<file>`."""

from __future__ import annotations

import re
from collections import defaultdict

from grader.lms.collection import Reason
from grader.lms.incoming.belongings import Attribution, Belonging, Identity, Tree
from grader.lms.incoming.members import Member

__all__ = ["canvas", "canvas_parts", "claims_canvas"]

_ID = r"[1-9]\d{0,19}"
_REST = rf"(?:(?P<attachment>{_ID})_(?P<file>.+)|(?P<entry>(?:text|link)\.html))"
_NAMED = rf"_(?:(?P<late>LATE)_)?(?P<user>{_ID})_{_REST}"
_ANONYMOUS = re.compile(rf"(?:(?P<late>LATE)_)?(?P<name>anon)_(?P<user>[A-Za-z0-9]+)_{_REST}", re.DOTALL)


def claims_canvas(tree: Tree) -> str:
    """Why this is a download of Canvas's, '' where it is not: at least half of its files are called that way."""
    fit = [member for member in tree.members if _belonging(member) is not None]
    if not fit or 2 * len(fit) < len(tree.members):
        return ""
    return f"{len(fit)} of {len(tree.members)} files are called <name>_<user>_<attachment>_<file>"


def canvas(tree: Tree) -> Attribution:
    """The files by their users.

    A number of a user belongs to one name.  Who calls herself `x_999` would else hand in for user 999; so where a number comes
    with several names, the files that can be read with the next number as the user's are read so.  Where all of them can, a
    person must decide.
    """
    nobodys: list[tuple[Member, Reason, str]] = []
    by_user: dict[str, list[Belonging]] = defaultdict(list)
    for member in tree.members:
        found = _belonging(member)
        if found is None:
            nobodys.append((member, "no-student", "not called <name>_<user>_<attachment>_<file>"))
        else:
            by_user[found.identity.id].append(found)
    belongings: list[Belonging] = []
    for user, ones in by_user.items():
        if len({one.identity.name for one in ones}) == 1:
            belongings.extend(ones)
            continue
        again = [_belonging(one.member, beyond=f"{one.identity.name}_{user}") for one in ones]
        if all(again):
            nobodys.extend((one.member, "no-student", f"the number {user} comes with several names") for one in ones)
        else:
            belongings.extend(other or one for one, other in zip(ones, again, strict=True))
    return Attribution(belongings=belongings, nobodys=nobodys)


def canvas_parts(name: str) -> tuple[str, str] | None:
    """User and everything up to the file's own name, of the name of a file in Canvas's download; None where it is none.

    >>> canvas_parts("leeanna_LATE_12_345_lab.ipynb")
    ('12', 'leeanna_LATE_12_345_')
    """
    found = _ANONYMOUS.fullmatch(name) or re.fullmatch(rf"(?P<name>.+?){_NAMED}", name, re.DOTALL)
    if found is None or found["file"] is None:
        return None
    return found["user"], name[: found.start("file")]


def _belonging(member: Member, *, beyond: str = "") -> Belonging | None:
    """The member by its name, as Canvas reads it back: the first two numbers between underscores (after `beyond`)."""
    if "/" in member.path:
        return None
    pattern = rf"(?P<name>{re.escape(beyond)}.{'*' if beyond else '+'}?){_NAMED}"
    found = _ANONYMOUS.fullmatch(member.path) or re.fullmatch(pattern, member.path, re.DOTALL)
    if found is None:
        return None
    anonymous = found["name"] == "anon"
    attachment = found["attachment"]
    return Belonging(
        identity=Identity(system="canvas", id=found["user"], name=f"anonymous {found['user']}" if anonymous else found["name"]),
        member=member,
        file=found["file"] or found["entry"],
        late=found["late"] is not None,
        order=(int(attachment),) if attachment else (),
    )
