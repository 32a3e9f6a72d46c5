"""The folder that `grader submit` hands in to: files under their SHA-256, and a receipt for each handing in."""

from __future__ import annotations

import hashlib
import re

from grader.lms.collection import Reason
from grader.lms.incoming.belongings import Attribution, Belonging, Identity, Tree
from grader.lms.incoming.members import Member, RefusedError
from grader.lms.incoming.times import moment
from grader.lms.receipts import RECEIPT_NAME, Receipt, receipt_of

__all__ = ["claims_dropbox", "dropbox"]

_STORED = re.compile(r"(?P<sha256>[0-9a-f]{64})\.(?:ipynb|py)")


def claims_dropbox(tree: Tree) -> str:
    """Why this is a folder of `grader submit`, '' where it is not."""
    receipts = sum(1 for member in tree.members if RECEIPT_NAME.fullmatch(member.path))
    return f"it holds {receipts} {'receipt' if receipts == 1 else 'receipts'} of grader submit" if receipts else ""


def dropbox(tree: Tree) -> Attribution:
    """The files by their receipts; the same file may have been handed in by several students."""
    stored = {found["sha256"]: member for member in tree.members if (found := _STORED.fullmatch(member.path))}
    belongings: list[Belonging] = []
    nobodys: list[tuple[Member, Reason, str]] = []
    owned: set[str] = set()
    for member in tree.members:
        named = RECEIPT_NAME.fullmatch(member.path)
        if named is None:
            continue
        file = stored.get(named["sha256"])
        receipt = _receipt(tree, member)
        if receipt is None or receipt.sha256 != named["sha256"] or file is None:
            nobodys.append((member, "damaged", "a receipt without its file" if file is None else "no receipt that can be read"))
            continue
        if not _is(tree, file, receipt.sha256):
            nobodys.append((file, "damaged", "its content is not what its receipt says"))
            continue
        owned.add(file.path)
        when = moment(receipt.handed_in)
        belongings.append(
            Belonging(
                identity=Identity(system="", id=receipt.student, name=receipt.student),
                member=file,
                file=receipt.file,
                handed_in=when,
                order=(int(when.timestamp() * 1_000_000),) if when else (),
                exercise=receipt.exercise if receipt.exercise in tree.exercises else "",
            ),
        )
    told = {member.path for member, _, _ in nobodys} | owned
    for member in tree.members:
        if member.path not in told and not RECEIPT_NAME.fullmatch(member.path):
            nobodys.append((member, "no-student", "no receipt says whose it is"))
    return Attribution(belongings=belongings, nobodys=nobodys)


def _receipt(tree: Tree, member: Member) -> Receipt | None:
    try:
        return receipt_of(tree.read(member))
    except RefusedError:
        return None


def _is(tree: Tree, member: Member, sha256: str) -> bool:
    try:
        return hashlib.sha256(tree.read(member)).hexdigest() == sha256
    except RefusedError:
        return False
