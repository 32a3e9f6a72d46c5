"""Reading an autograd graph before it is consumed: its structure, its leaves, and the tensors it saved.

Hand-written loops name no data, but the graph does: whoever needs the gradient of w in w * x has saved x, and whoever
needs the gradient of r ** 2 has saved r.  A structure is described once and recognised by its key from then on, so that
a step of a long training costs a few attribute reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import torch

__all__ = ["Plan", "Walk", "describe", "walk"]

NODES = 4096
KEYED = ("_saved_exponent", "_saved_reduction", "_saved_delta", "_saved_beta", "_saved_ord", "_saved_p")
RESIDUALS = (
    "MseLoss",
    "SmoothL1Loss",
    "HuberLoss",
    "L1Loss",
    "Pow",
    "Abs",
    "Sgn",
    "LinalgVectorNorm",
    "Norm",
    "Mul",
    "Dot",
    "Mv",
    "Mm",
    "Bmm",
    "Var",
    "Std",
)

_keyed: dict[type, tuple[str, ...]] = {}


class Walk(NamedTuple):  # made at every step: a frozen dataclass takes four times as long
    """One graph, in order of discovery: its key (equal for equal structures), its nodes and its leaf tensors."""

    key: tuple[Any, ...]
    nodes: list[Any]
    leaves: list[Any]
    whole: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What to read from each graph of one structure, and its description.

    reads: `(node index, attribute)` of every saved tensor worth keeping.
    data: those that need no gradient (data), with their place in `reads`; rest: those that depend on the parameters.
    """

    id: int
    reads: tuple[tuple[int, str], ...]
    data: tuple[tuple[int, tuple[int, str]], ...]
    rest: tuple[tuple[int, tuple[int, str]], ...]
    description: dict[str, Any]


def walk(root: Any) -> Walk:
    """The graph below `root` (a grad_fn), breadth first, each node once; at most NODES nodes (then `whole` is False)."""
    nodes, index, leaves = [root], {root: 0}, []
    key: list[Any] = []
    for node in nodes:
        kind = type(node)
        key.append(kind)
        extra = _keyed.get(kind)
        if extra is None:
            extra = _keyed[kind] = ("variable",) if hasattr(kind, "variable") else tuple(n for n in KEYED if hasattr(kind, n))
        if extra:
            if extra[0] == "variable":
                leaves.append(node.variable)
                continue
            for name in extra:
                try:
                    value = getattr(node, name)
                except RuntimeError:  # freed
                    value = None
                key.append(float(value) if isinstance(value, (bool, int, float)) else None)
        for child, _ in node.next_functions:
            if child is None:
                key.append(-1)
                continue
            at = index.get(child)
            if at is None:
                if len(nodes) >= NODES:
                    return Walk(tuple(key), nodes, leaves, False)
                at = index[child] = len(nodes)
                nodes.append(child)
            key.append(at)
    key.extend(p.shape for p in leaves)
    return Walk(tuple(key), nodes, leaves, True)


def describe(number: int, call: str, root: Any, seen: Walk) -> Plan:
    """The plan and the record of a structure met for the first time."""
    index = {node: i for i, node in enumerate(seen.nodes)}
    known = {id(p) for p in seen.leaves}
    reads: list[tuple[int, str]] = []
    constant: list[bool] = []
    saved, nodes, leaf = [], [], 0
    for i, node in enumerate(seen.nodes):
        name = node.name().rsplit("::", 1)[-1].rstrip("0123456789")
        settings: dict[str, float] = {}
        for attribute in dir(node):
            if not attribute.startswith("_saved_"):
                continue
            value = _read(node, attribute)
            if isinstance(value, (bool, int, float)):
                settings[attribute[7:]] = float(value)
            elif torch.is_tensor(value) and value.dtype.is_floating_point and value.numel() and id(value) not in known:
                fixed = not value.requires_grad
                told = name.endswith("LossBackward")  # of the two sides of a loss function the one that is data tells enough
                if fixed or (name.startswith(RESIDUALS) and not told):
                    reads.append((i, attribute))
                    constant.append(fixed)
                    saved.append({"node": i, "name": attribute[7:], "constant": fixed})
        is_leaf = getattr(node, "variable", None) is not None
        children = [] if is_leaf else [index.get(c, -1) if c is not None else -1 for c, _ in node.next_functions]
        nodes.append({"type": name, "next": children, "leaf": leaf if is_leaf else -1, "settings": settings})
        leaf += is_leaf
    description = {
        "id": number,
        "call": call,
        "nodes": nodes,
        "leaves": [list(p.shape) for p in seen.leaves],
        "saved": saved,
        "loss_shape": list(root.shape),
        "dtype": str(root.dtype).removeprefix("torch."),
        "whole": seen.whole,
    }
    places = list(enumerate(reads))
    data = tuple(p for p, fixed in zip(places, constant, strict=True) if fixed)
    rest = tuple(p for p, fixed in zip(places, constant, strict=True) if not fixed)
    return Plan(number, tuple(reads), data, rest, description)


def _read(node: Any, name: str) -> Any:
    """A saved attribute, or None where torch refuses (changed in place since, or freed)."""
    try:
        return getattr(node, name)
    except RuntimeError:
        return None
