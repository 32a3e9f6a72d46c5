"""Which platform's layout a listing is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from grader.lms.collection import Layout
from grader.lms.incoming.belongings import Attribution, Tree
from grader.lms.incoming.canvas import canvas, claims_canvas
from grader.lms.incoming.dropbox import claims_dropbox, dropbox
from grader.lms.incoming.gradescope import claims_gradescope, gradescope
from grader.lms.incoming.moodle import claims_moodle, moodle
from grader.lms.incoming.students import claims_classroom, claims_nbgrader, classroom, folders, nbgrader
from grader.model.errors import UsageError

__all__ = ["Recognised", "attributed", "recognised"]

_CLAIMS: Mapping[Layout, Callable[[Tree], str]] = {
    "dropbox": claims_dropbox, "gradescope": claims_gradescope, "moodle": claims_moodle, "canvas": claims_canvas,
    "nbgrader": claims_nbgrader, "classroom": claims_classroom,
}  # fmt: skip
_READERS: Mapping[Layout, Callable[[Tree], Attribution]] = {
    "dropbox": dropbox, "gradescope": gradescope, "moodle": moodle, "canvas": canvas, "nbgrader": nbgrader, "classroom": classroom,
    "folders": folders,
}  # fmt: skip
_DEEPEST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """A layout, why it was taken for that, and the tree from which it is read (below the folder that held everything)."""

    layout: Layout
    why: str
    tree: Tree


def recognised(tree: Tree, forced: Layout | None = None) -> Recognised:
    """What the tree is.

    The first depth at which a platform's signs stand decides; without any, folders of students.  Raises UsageError where two
    platforms' signs stand at one depth, and where a forced layout's are nowhere.
    """
    inner: Tree | None = tree
    for _ in range(_DEEPEST):
        if inner is None:
            break
        claims = {layout: why for layout, claim in _CLAIMS.items() if (why := claim(inner))}
        if forced is not None and forced in claims:
            return Recognised(layout=forced, why=f"as you said, and {claims[forced]}", tree=inner)
        if forced is None and claims:
            return _decided(claims, inner)
        inner = _below(inner)
    if forced is not None:
        return _forced(forced, tree)
    return Recognised(layout="folders", why="no platform's signs: folders and files called by their students", tree=tree)


def attributed(found: Recognised) -> Attribution:
    """Whose each file is.  Raises UsageError where the layout's own list can't be read."""
    return _READERS[found.layout](found.tree)


def _decided(claims: Mapping[Layout, str], tree: Tree) -> Recognised:
    if len(claims) > 1:
        said = "; ".join(f"{layout}: {why}" for layout, why in claims.items())
        remedy = f"say which with --layout {' or --layout '.join(claims)}"
        raise UsageError(f"can't tell which platform's files these are ({said})", where=tree.name, remedy=remedy)
    ((layout, why),) = claims.items()
    return Recognised(layout=layout, why=why, tree=tree)


def _forced(layout: Layout, tree: Tree) -> Recognised:
    if layout == "gradescope":
        raise UsageError("no export of Gradescope's: it holds no submission_metadata.yml", where=tree.name, remedy="export it again")
    return Recognised(layout=layout, why="as you said", tree=tree)


def _below(tree: Tree) -> Tree | None:
    """The tree below the one folder that holds everything, None where there is no such folder."""
    tops = {member.path.split("/")[0] for member in tree.members}
    if len(tops) != 1 or any("/" not in member.path for member in tree.members):
        return None
    top = tops.pop()
    return Tree(
        name=top,
        members=[replace(member, path=member.path.partition("/")[2], at=member.where) for member in tree.members],
        left_behind={path.partition("/")[2] for path in tree.left_behind if path.startswith(f"{top}/")},
        exercises=tree.exercises,
        read=tree.read,
        packed=tree.packed,
    )
