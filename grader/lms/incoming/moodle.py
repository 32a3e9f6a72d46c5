"""Moodle's download of an assignment: `<Full Name>_<number>_assignsubmission_file[_]/<path>`, or all in one folder."""

from __future__ import annotations

import re

from grader.lms.collection import Reason
from grader.lms.incoming.belongings import Attribution, Belonging, Identity, Tree
from grader.lms.incoming.members import Member

__all__ = ["claims_moodle", "moodle", "moodle_parts"]

_PREFIXED = re.compile(r"(?P<who>(?P<name>.+?)(?:_(?P<number>\d{1,19}))?)_assignsubmission_(?P<plugin>[a-z]+)(?:_(?P<file>.*))?", re.DOTALL)


def claims_moodle(tree: Tree) -> str:
    """Why this is a download of Moodle's, '' where it is not: at least half of its files stand under assignsubmission."""
    fit = [member for member in tree.members if _PREFIXED.fullmatch(member.path.split("/")[0])]
    if not fit or 2 * len(fit) < len(tree.members):
        return ""
    return f"{len(fit)} of {len(tree.members)} files stand under <name>_<number>_assignsubmission_…"


def moodle(tree: Tree) -> Attribution:
    """The files by their participants.  A team has no number where it is the default one; then its name stands for it."""
    belongings = []
    nobodys: list[tuple[Member, Reason, str]] = []
    for member in tree.members:
        found = _PREFIXED.fullmatch(member.path.split("/")[0])
        if found is None:
            nobodys.append((member, "no-student", "not under <name>_<number>_assignsubmission_…"))
            continue
        file = member.name if "/" in member.path else found["file"] or member.name
        identity = Identity(system="moodle", id=found["number"] or found["name"], name=found["name"])
        belongings.append(Belonging(identity=identity, member=member, file=file))
    return Attribution(belongings=belongings, nobodys=nobodys)


def moodle_parts(path: str) -> tuple[str, str] | None:
    """Number and `<name>_<number>` of a path in Moodle's download, None where it is none.

    >>> moodle_parts("Anna Lee_77_assignsubmission_file_/lab.ipynb")
    ('77', 'Anna Lee_77')
    """
    found = _PREFIXED.fullmatch(path.partition("/")[0])
    return None if found is None or found["number"] is None else (found["number"], found["who"])
