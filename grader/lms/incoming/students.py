"""Folders and files called by their students: plain ones, nbgrader's tree, GitHub Classroom's repositories."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from grader.lms.collection import Reason
from grader.lms.incoming.belongings import Attribution, Belonging, Identity, Tree
from grader.lms.incoming.members import Member, RefusedError
from grader.lms.incoming.paths import suffix
from grader.lms.incoming.times import moment

__all__ = ["by_file_name", "classroom", "claims_classroom", "claims_nbgrader", "folders", "nbgrader", "student_of", "told_apart"]

_TIMESTAMP = "timestamp.txt"
_REPOSITORY = (".git", ".github")


def folders(tree: Tree) -> Attribution:
    """`<student>/<anything>`, and files at the top by their names.

    A folder that holds everything is passed through where the folders in it look like students: there are several, they are
    no exercises, and no notebook lies beside them.
    """
    prefix = ""
    while (inner := _wrapper(tree, prefix)) is not None:
        prefix = inner
    belongings = []
    name = prefix.rstrip("/").rpartition("/")[2] or tree.name
    for member in tree.members:
        inside = member.path.removeprefix(prefix)
        head, slash, _ = inside.partition("/")
        student = head if slash else student_of(inside, name, tree.exercises)
        belongings.append(Belonging(identity=Identity(system="", id=student, name=student), member=member, file=member.name))
    return Attribution(belongings=belongings)


def _wrapper(tree: Tree, prefix: str) -> str | None:
    """The one folder in `prefix` to pass through, None where what lies there are the students."""
    inside = [member.path.removeprefix(prefix).split("/") for member in tree.members]
    tops = {parts[0] for parts in inside}
    if len(tops) != 1 or any(len(parts) < 3 for parts in inside):
        return None
    children = {parts[1] for parts in inside}
    if len(children) < 2 or children & set(tree.exercises):
        return None
    return f"{prefix}{tops.pop()}/"


def told_apart(sources: Sequence[tuple[Tree, Attribution]]) -> list[Attribution]:
    """Plain folders and zips that were given side by side, as `class/*` gives them: some are one student's own.

    What holds one submission, at its top, is called by the path.  Where nothing else tells two of them apart (the same file at
    the top, or everything in a folder of the same name), both are called by their paths: they are two students.
    """
    if len(sources) < 2:
        return [attribution for _, attribution in sources]
    names: Counter[str] = Counter()
    for tree, attribution in sources:
        names.update(_inner_names(tree, attribution))
    found = []
    for tree, attribution in sources:
        kinds = [one.member.path for one in attribution.belongings if suffix(one.file) in {".ipynb", ".py", ".zip"}]
        alone = len(kinds) == 1 and "/" not in kinds[0]
        twice = {name for name in _inner_names(tree, attribution) if names[name] > 1}
        own = Identity(system="", id=tree.name, name=tree.name)
        belongings = [
            replace(one, identity=own) if alone or (one.identity.id in twice and _inner(tree, one)) else one
            for one in attribution.belongings
        ]  # fmt: skip
        found.append(replace(attribution, belongings=belongings))
    return found


def _inner_names(tree: Tree, attribution: Attribution) -> set[str]:
    """Students of this source who may be called by something in their own work."""
    return {one.identity.id for one in attribution.belongings if _inner(tree, one)}


def _inner(tree: Tree, one: Belonging) -> bool:
    """The student was told by a file at the top, or by the one folder of a zip, which may be the student's own."""
    if "/" not in one.member.path:
        return True
    return tree.packed and len({member.path.split("/")[0] for member in tree.members}) == 1


def student_of(file: str, folder: str, exercises: Collection[str]) -> str:
    """The student that a file is called by: its name without ending and exercise, else the name of its folder.

    >>> student_of("anna.ipynb", "class", ()), student_of("slope-and-bias_anna.ipynb", "class", ["slope-and-bias"])
    ('anna', 'anna')
    >>> student_of("slope-and-bias.ipynb", "anna", ["slope-and-bias"])
    'anna'
    """
    stem = re.sub(r"\.(ipynb|py|zip)(\s*\(\d+\))?(\.txt|\.json)?$", "", file, flags=re.IGNORECASE) or file
    for slug in sorted(exercises, key=len, reverse=True):
        found = re.fullmatch(rf"{re.escape(slug)}(?:[ _.(-]+(.*?))?\)?|(.+?)[ _.-]+{re.escape(slug)}", stem, re.IGNORECASE)
        if found is not None:
            return found[1] or found[2] or folder
    return stem


def by_file_name(files: Sequence[tuple[Member, str]], exercises: Collection[str]) -> Attribution:
    """Files that were given one by one, each with its folder's name.

    Called by their students; where two have the same name, by their folders.
    """
    told = [student_of(member.name, folder, exercises) for member, folder in files]
    often = Counter(told)
    belongings = []
    for (member, folder), name in zip(files, told, strict=True):
        student = folder if often[name] > 1 and folder else name
        belongings.append(Belonging(identity=Identity(system="", id=student, name=student), member=member, file=member.name))
    return Attribution(belongings=belongings)


# ---- nbgrader --------------------------------------------------------------------------------------------------------


def claims_nbgrader(tree: Tree) -> str:
    """Why this is nbgrader's tree, '' where it is not: `submitted/<student>/<assignment>/`, or timestamps where those lie."""
    parts = [member.path.split("/") for member in tree.members]
    if any(one[0] == "submitted" and len(one) >= 4 for one in parts):
        return "it holds submitted/<student>/<assignment>/"
    if tree.name == "submitted" and any(len(one) >= 3 for one in parts):
        return "it is called submitted"
    if any(len(one) == 3 and one[2] == _TIMESTAMP for one in parts):
        return "<student>/<assignment>/ hold timestamp.txt"
    return ""


def nbgrader(tree: Tree) -> Attribution:
    """`[submitted/]<student>/<assignment>/<files>`, with the time in timestamp.txt."""
    prefix = "submitted/" if any(member.path.startswith("submitted/") for member in tree.members) else ""
    belongings: list[Belonging] = []
    nobodys: list[tuple[Member, Reason, str]] = []
    stamps = {member.path.rpartition("/")[0]: member for member in tree.members if member.name == _TIMESTAMP}
    for member in tree.members:
        parts = member.path.removeprefix(prefix).split("/")
        if not member.path.startswith(prefix) or len(parts) < 3:
            nobodys.append((member, "no-student", f"not in {prefix}<student>/<assignment>/"))
            continue
        folder = prefix + "/".join(parts[:2])
        stamp = stamps.get(folder)
        if member is stamp:
            continue
        exercise = parts[1] if parts[1] in tree.exercises else ""
        when = _stamp(tree, stamp) if stamp is not None and suffix(member.path) in {".ipynb", ".py"} else None
        identity = Identity(system="", id=parts[0], name=parts[0])
        belongings.append(Belonging(identity=identity, member=member, file=member.name, handed_in=when, exercise=exercise))
    return Attribution(belongings=belongings, nobodys=nobodys)


def _stamp(tree: Tree, stamp: Member) -> datetime | None:
    try:
        return moment(tree.read(stamp)[:200].decode("utf-8", "replace"))
    except RefusedError:
        return None


# ---- GitHub Classroom ------------------------------------------------------------------------------------------------


def claims_classroom(tree: Tree) -> str:
    """Why these are GitHub Classroom's repositories, '' where they are not: one student's own repository is no sign."""
    tops = {member.path.split("/")[0] for member in tree.members if "/" in member.path}
    repositories = {parts[0] for path in tree.left_behind if len(parts := path.split("/")) > 1 and parts[1] in _REPOSITORY}
    if tops and 2 * len(repositories & tops) >= len(tops):
        return f"{len(repositories & tops)} of {len(tops)} folders are repositories"
    if len(tops) > 1 and any(all(top.startswith(f"{slug}-") for top in tops) for slug in tree.exercises):
        return "its folders are called <exercise>-<student>"
    return "it is a repository called <exercise>-<student>" if _alone(tree) else ""


def _alone(tree: Tree) -> bool:
    """The tree is one student's repository, and not a class that the instructor keeps in one."""
    inside = any(path.split("/")[0] == ".git" for path in tree.left_behind)
    return inside and any(tree.name.startswith(f"{slug}-") for slug in tree.exercises)


def classroom(tree: Tree) -> Attribution:
    """`<assignment>-<login>/<files>`: the assignment is what all folders begin with."""
    alone = _alone(tree)
    tops = [tree.name] if alone else sorted({member.path.split("/")[0] for member in tree.members if "/" in member.path})
    prefix = _assignment(tops, tree)
    exercise = prefix.rstrip("-") if prefix.rstrip("-") in tree.exercises else ""
    belongings = []
    nobodys: list[tuple[Member, Reason, str]] = []
    for member in tree.members:
        top = tree.name if alone else member.path.split("/")[0]
        if not alone and "/" not in member.path:
            nobodys.append((member, "no-student", "not in a student's repository"))
            continue
        login = top.removeprefix(prefix) or top
        identity = Identity(system="github", id=login, name=login, login=login)
        belongings.append(Belonging(identity=identity, member=member, file=member.name, exercise=exercise))
    return Attribution(belongings=belongings, nobodys=nobodys)


def _assignment(tops: Sequence[str], tree: Tree) -> str:
    """What the names of all repositories begin with, up to a hyphen; '' where that is nothing.

    An exercise, or what the folder around them is called (`<assignment>-submissions`), goes before what they share by chance.
    """
    for named in (tree.name.removesuffix("-submissions"), *sorted(tree.exercises, key=len, reverse=True)):
        if tops and named and all(top.startswith(f"{named}-") for top in tops):
            return f"{named}-"
    if len(tops) < 2:
        return ""
    first, last = min(tops), max(tops)
    same = next((at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), min(len(first), len(last)))
    return first[: first.rfind("-", 0, same) + 1]
