"""Edits of a syntax tree: some nodes replaced, all else to the letter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import libcst as cst

__all__ = ["Edit", "code", "edited", "expression", "statements"]

Edit = cst.CSTNode | str | None | Sequence[cst.CSTNode | str]
"""What takes a node's place: a node, source text, several of them (where a statement stood), or nothing."""


def code(node: cst.CSTNode) -> str:
    """The node's source."""
    return cst.Module(body=()).code_for_node(node)


def expression(text: str) -> cst.BaseExpression:
    """Source text as an expression."""
    return cst.parse_expression(text)


def statements(text: str) -> tuple[cst.CSTNode, ...]:
    """Source text as statements."""
    return tuple(cst.parse_module(text.strip("\n") + "\n").body)


def edited(tree: cst.Module, edits: Mapping[cst.CSTNode, Edit]) -> cst.Module:
    """The tree with each key (a node of this very tree, told by identity) replaced; none may lie within another.

    Text stands for an expression where the node is one, else for statements.  A block that loses all its statements is `pass`.
    """
    result = tree.visit(_Editing({id(node): _made(node, edit) for node, edit in edits.items()}))
    assert isinstance(result, cst.Module)
    return result


def _made(node: cst.CSTNode, edit: Edit) -> Any:
    if edit is None:
        return cst.RemoveFromParent()
    if isinstance(edit, cst.CSTNode):
        return edit
    if isinstance(edit, str):
        if isinstance(node, cst.BaseExpression):
            return expression(edit)
        if isinstance(node, cst.Arg):
            return node.with_changes(value=expression(edit))
        return cst.FlattenSentinel(_led(node, statements(edit)))
    return cst.FlattenSentinel([made for one in edit for made in (statements(one) if isinstance(one, str) else (one,))])


def _led(node: cst.CSTNode, new: tuple[cst.CSTNode, ...]) -> tuple[cst.CSTNode, ...]:
    """The first new statement keeps the empty lines and comments that led the old one."""
    lead = getattr(node, "leading_lines", ())
    return (new[0].with_changes(leading_lines=lead), *new[1:]) if new and lead else new


class _Editing(cst.CSTTransformer):
    def __init__(self, edits: Mapping[int, Any]) -> None:
        super().__init__()
        self._edits = edits

    def on_visit(self, node: cst.CSTNode) -> bool:
        return id(node) not in self._edits

    def on_leave(self, original_node: Any, updated_node: Any) -> Any:
        return self._edits.get(id(original_node), updated_node)
