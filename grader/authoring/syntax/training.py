"""Where a cell trains: its loops, statement by statement."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import libcst as cst
from libcst import matchers as m

from grader.authoring.syntax.editing import edited
from grader.authoring.syntax.work import Work
from grader.model.exercise import Task

__all__ = ["Line", "Loop", "assigned", "called", "lines", "lines_before", "loops"]

Line = cst.SimpleStatementLine
"""One statement on a line of its own."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Loop:
    """A loop that calls backward().

    path: the loops around backward(), outermost first; the last is the one whose body steps.
    loss: the name that backward() is called on; made: the statement that gives it.
    clears: statements that set gradients to zero; steps: those that move parameters; by_hand: no optimizer does it.
    parameters: names moved by hand.  optimizer: the name whose step() is called.  records: statements that append to a list.
    """

    cell: int
    tree: cst.Module
    task: Task
    path: tuple[cst.For, ...]
    backward: Line
    loss: str
    made: Line
    clears: tuple[Line, ...]
    steps: tuple[Line, ...]
    optimizer: str
    records: tuple[Line, ...]

    @property
    def by_hand(self) -> bool:
        """Whether parameters are moved without an optimizer."""
        return not self.optimizer

    @property
    def inner(self) -> cst.For:
        """The loop whose body takes one step."""
        return self.path[-1]

    @property
    def epochs(self) -> cst.For:
        """The loop over epochs (or iterations): the innermost over a range, else the outermost."""
        return next((loop for loop in reversed(self.path) if m.matches(loop.iter, m.Call(func=m.Name("range")))), self.path[0])

    @property
    def outer(self) -> cst.For:
        """The whole of it."""
        return self.path[0]

    @property
    def body(self) -> tuple[cst.BaseStatement, ...]:
        """The statements of one step, compound ones whole."""
        block = cst.ensure_type(self.inner.body, cst.IndentedBlock)
        return tuple(cst.ensure_type(one, cst.BaseStatement) for one in block.body)  # type: ignore[type-abstract]

    def without(self, *left_out: Line) -> cst.For:
        """The innermost loop without these lines."""
        whole = edited(cst.Module(body=(self.inner,)), dict.fromkeys(left_out))
        return cst.ensure_type(whole.body[0], cst.For)

    def within(self, line: Line) -> cst.BaseStatement:
        """The statement of `body` that is, or holds, this line."""
        return next(one for one in self.body if one is line or line in lines(one))


@lru_cache(maxsize=32)
def loops(work: Work) -> tuple[Loop, ...]:
    """Every loop that trains in the cells that students fill in, in order."""
    found = (_read(cell, tree, work.task(cell), path) for cell, tree in work.trees.items() for path in _paths(tree, ()))
    return tuple(loop for loop in found if loop is not None)


def lines(node: cst.CSTNode) -> tuple[Line, ...]:
    """Every statement on a line of its own within the node, in order."""
    return tuple(cst.ensure_type(found, Line) for found in m.findall(node, m.SimpleStatementLine()))


def lines_before(node: cst.CSTNode, line: Line) -> tuple[Line, ...]:
    """The statements of the node that stand before this line; all where the line is not one of them."""
    listed = lines(node)
    at = next((i for i, one in enumerate(listed) if one is line), len(listed))
    return listed[:at]


def called(line: cst.CSTNode, *verbs: str) -> cst.Call | None:
    """The first call of a method (or of a function of a module) with one of these names within the node."""
    named = m.OneOf(*(m.Name(verb) for verb in verbs)) if len(verbs) > 1 else m.Name(verbs[0])
    found = m.findall(line, m.Call(func=m.Attribute(attr=named)))
    return cst.ensure_type(found[0], cst.Call) if found else None


def assigned(line: Line) -> str:
    """The plain name that a statement assigns, '' where it does not."""
    match line.body:
        case [cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))])]:
            return name
    return ""


def _paths(node: cst.CSTNode, above: tuple[cst.For, ...]) -> Iterator[tuple[cst.For, ...]]:
    """The loops around each backward() call, for statements of the loop's own body (nested loops have paths of their own)."""
    for child in node.children:
        if isinstance(child, cst.For):
            inner = (*above, child)
            deeper = list(_paths(child.body, inner))
            yield from deeper
            if not deeper and called(child.body, "backward"):
                yield inner
        elif not isinstance(child, cst.BaseExpression):
            yield from _paths(child, above)


def _read(cell: int, tree: cst.Module, task: Task, path: tuple[cst.For, ...]) -> Loop | None:
    inside = lines(path[-1].body)
    at = next(i for i, line in enumerate(inside) if called(line, "backward"))
    call = called(inside[at], "backward")
    match call:
        case cst.Call(func=cst.Attribute(value=cst.Name(value=loss))):
            made = next((line for line in reversed(inside[:at]) if assigned(line) == loss), None)
        case _:
            return None
    if made is None:
        return None
    stepping = next((one for line in inside if (one := called(line, "step"))), None)
    optimizer = ""
    match stepping:
        case cst.Call(func=cst.Attribute(value=cst.Name(value=name))):
            optimizer = name
    clears = tuple(line for line in inside if called(line, "zero_grad", "zero_"))
    steps = tuple(line for line in inside if called(line, "step") or _moves(line))
    records = tuple(line for loop in path for line in lines(loop.body) if called(line, "append"))
    return Loop(
        cell=cell, tree=tree, task=task, path=path, backward=inside[at], loss=loss, made=made, clears=clears, steps=steps,
        optimizer=optimizer, records=tuple(dict.fromkeys(records)),
    )  # fmt: skip


def _moves(line: Line) -> bool:
    """Whether a statement moves a parameter by its gradient: it assigns, and reads `.grad`."""
    moving = m.Assign() | m.AugAssign()
    return bool(m.findall(line, moving)) and bool(m.findall(line, m.Attribute(attr=m.Name("grad")))) and not called(line, "zero_")
