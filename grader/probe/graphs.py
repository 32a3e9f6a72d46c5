"""Reading an autograd graph before it is consumed: its structure, its leaves, and the tensors it saved.

Hand-written loops name no data, but the graph does: whoever needs the gradient of w in w * x has saved x, and whoever
needs the gradient of r ** 2 has saved r.  A structure is described once and recognised by its key from then on, so that
a step of a long training costs a few attribute reads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple

import torch

__all__ = ["Path", "Plan", "Reads", "Walk", "describe", "follow", "walk"]

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

_first, _shape, _variable = itemgetter(0), attrgetter("shape"), attrgetter("variable")
Reads = tuple[tuple[int, int, str], ...]
"""Of saved tensors: which of a plan's `reads` it is, its node, its attribute."""
_keyed: dict[type, tuple[str, ...]] = {}


class Walk(NamedTuple):  # made at every step: a frozen dataclass takes four times as long
    """One graph, in order of discovery: its key (equal for equal structures), its nodes and its leaf tensors."""

    key: tuple[Any, ...]
    nodes: list[Any]
    leaves: list[Any]
    whole: bool


class Path(NamedTuple):
    """What tells one structure from another, arranged so that it can be followed in few steps.

    Its nodes stand in a row: the root, then for each inner node in turn a 0 and its children, None for one that is not there, a
    node that is met again once more.  inner: the places of the inner nodes.  kinds: types along the row.  again: (place, earlier
    place) of what is met again.  distinct: how many different ones there are.
    settings: place, name and value of what belongs to the key.  pick: from a row to its leaves' nodes.  shapes: the leaves' shapes.
    data, rest: as the Plan's, with places in the row.
    """

    inner: tuple[int, ...]
    kinds: list[type]
    again: tuple[tuple[int, int], ...]
    distinct: int
    settings: tuple[tuple[int, str, float | None], ...]
    pick: Callable[[list[Any]], Sequence[Any]]
    shapes: list[Any]
    data: Reads
    rest: Reads


@dataclass(frozen=True, slots=True)
class Plan:
    """What to read from each graph of one structure, and its description.

    reads: `(node index, attribute)` of every saved tensor worth keeping.
    data: those that need no gradient (data), with their place in `reads`; rest: those that depend on the parameters.
    path: the way through it, where there is one.  single: every leaf has one element.
    """

    id: int
    reads: tuple[tuple[int, str], ...]
    data: Reads
    rest: Reads
    path: Path | None
    single: bool
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
                key.append(_setting(_read(node, name)))
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


def follow(root: Any, path: Path) -> tuple[list[Any], list[Any]] | None:
    """The row of nodes (see Path) and the leaves of the graph below `root` where it has the structure of a known path; else None.

    A training takes the same path at every step, and following one costs a third of finding it.
    """
    row = [root]
    try:
        for place in path.inner:
            row.append(0)
            row.extend(map(_first, row[place].next_functions))
        if [*map(type, row)] != path.kinds or len(set(row)) != path.distinct:
            return None
        for place, earlier in path.again:
            if row[place] is not row[earlier]:
                return None
        for place, name, value in path.settings:
            if getattr(row[place], name) != value:
                return None
    except (IndexError, AttributeError, RuntimeError):  # fewer nodes than there should be, none where one should be, or freed
        return None
    leaves = [*map(_variable, path.pick(row))]
    return (row, leaves) if [*map(_shape, leaves)] == path.shapes else None


def _setting(value: Any) -> float | None:
    """A setting as it stands in a structure's key; None for what is no number, or freed."""
    return float(value) if isinstance(value, (bool, int, float)) else None


def _path(seen: Walk, data: Reads, rest: Reads) -> Path | None:
    """The way through a structure; None where it was not walked to its end, or can't be told by comparing."""
    if not seen.whole or not seen.leaves:
        return None
    row, places, inner = [seen.nodes[0]], {seen.nodes[0]: 0}, []
    settings, again, leaves = [], [], []
    for node in seen.nodes:
        names = _keyed[type(node)]
        if names and names[0] == "variable":
            leaves.append(places[node])
            continue
        values = [_read(node, name) for name in names]
        if not all(value is None or isinstance(value, (bool, int, float)) for value in values):
            return None
        settings += [(places[node], name, value) for name, value in zip(names, values, strict=True)]
        inner.append(places[node])
        row.append(0)
        for child, _ in node.next_functions:
            if child in places:
                again.append((len(row), places[child]))
            elif child is not None:
                places[child] = len(row)
            row.append(child)
    return Path(
        inner=tuple(inner),
        kinds=[*map(type, row)],
        again=tuple(again),
        distinct=len(set(row)),
        settings=tuple(settings),
        pick=itemgetter(*leaves) if len(leaves) > 1 else itemgetter(slice(leaves[0], leaves[0] + 1)),
        shapes=[leaf.shape for leaf in seen.leaves],
        data=tuple((at, places[seen.nodes[node]], name) for at, node, name in data),
        rest=tuple((at, places[seen.nodes[node]], name) for at, node, name in rest),
    )


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
    data = tuple((at, *reads[at]) for at, fixed in enumerate(constant) if fixed)
    rest = tuple((at, *reads[at]) for at, fixed in enumerate(constant) if not fixed)
    single = all(p.numel() == 1 for p in seen.leaves)
    return Plan(number, tuple(reads), data, rest, _path(seen, data, rest), single, description)


def _read(node: Any, name: str) -> Any:
    """A saved attribute, or None where torch refuses (changed in place since, or freed)."""
    try:
        return getattr(node, name)
    except RuntimeError:
        return None
