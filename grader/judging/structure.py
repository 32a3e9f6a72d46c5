"""What an autograd graph says of itself: which leaf enters a product with which data, and where residuals and targets are kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from grader.model.evidence import Graph

__all__ = ["Layout", "layout"]

SHAPES = (
    "T",
    "Permute",
    "View",
    "Reshape",
    "UnsafeView",
    "Unsqueeze",
    "Squeeze",
    "Expand",
    "Select",
    "Slice",
    "Transpose",
    "Clone",
    "Alias",
    "ToCopy",
    "Unbind",
    "AsStrided",
    "Repeat",
    "Neg",
    "Narrow",
    "Split",
    "Index",
)
PRODUCTS = ("Mul", "Addmm", "Mm", "Mv", "Dot", "Bmm", "Addmv", "Matmul", "Linear", "Baddbmm", "Addcmul")
DATA = ("other", "self", "mat1", "mat2", "vec", "tensor", "batch1", "batch2", "tensor1", "tensor2", "input")


@dataclass(frozen=True, slots=True)
class Layout:
    """Where to find things in one graph's rows.

    x: columns of `Steps.array`/`scalar` that hold features, in order of discovery.
    residual: columns that hold residuals (prediction - target, either way round).  target: columns that hold targets.
    weights, biases: indices of the leaves that enter products with data, and of those that don't.
    loss: torch's name of the loss function's node where there is one (`MseLoss`, …), else ''.
    reduction: 1 for a mean, 2 for a sum, 0 for none, -1 where the graph has no such node.
    """

    x: tuple[int, ...]
    residual: tuple[int, ...]
    target: tuple[int, ...]
    weights: tuple[int, ...]
    biases: tuple[int, ...]
    loss: str
    reduction: int


def layout(graph: Graph) -> Layout:
    """Read a graph's structure, once.  Nothing here looks at values."""
    if "layout" not in graph.read:
        graph.read["layout"] = _layout(graph)
    return cast("Layout", graph.read["layout"])


def _layout(graph: Graph) -> Layout:
    kinds = [node.type.removesuffix("Backward") for node in graph.nodes]
    below = _leaves_below(graph)
    x: list[int] = []
    residual: list[int] = []
    target: list[int] = []
    loss, reduction = "", -1
    for column, saved in enumerate(graph.saved):
        kind = kinds[saved.node]
        if kind.endswith("Loss"):
            loss, reduction = kind, int(graph.nodes[saved.node].settings.get("reduction", -1))
            if saved.constant:  # whichever side it stands on: what does not depend on the parameters is the target
                target.append(column)
        elif saved.name == "result":
            continue  # what the node computed, not what it was given
        elif not saved.constant:
            if residual and kind == "Mul" and graph.saved[residual[-1]].node == saved.node:
                continue  # r * r keeps r twice
            residual.append(column)
        elif kind in PRODUCTS and saved.name in DATA and below[saved.node]:
            x.append(column)
    holders = {graph.saved[c].node for c in x}
    weights = tuple(i for i in range(len(graph.leaves)) if _enters(graph, kinds, i, holders))
    biases = tuple(i for i in range(len(graph.leaves)) if i not in weights)
    x = [c for c in x if _feeds(graph, kinds, graph.saved[c].node)]
    return Layout(tuple(x), tuple(residual), tuple(target), weights, biases, loss, reduction)


def _leaves_below(graph: Graph) -> list[frozenset[int]]:
    """Per node, the leaves that it depends on."""
    below: list[frozenset[int] | None] = [None] * len(graph.nodes)
    todo = [(0, False)]
    while todo:
        at, ready = todo.pop()
        if below[at] is not None:
            continue
        node = graph.nodes[at]
        if node.leaf >= 0:
            below[at] = frozenset({node.leaf})
        elif ready:
            below[at] = frozenset().union(*(below[c] or frozenset() for c in node.next if c >= 0))
        else:
            todo.append((at, True))
            todo.extend((c, False) for c in node.next if c >= 0 and below[c] is None and c != at)
    return [b or frozenset() for b in below]


def _consumers(graph: Graph, kinds: list[str], leaf: int) -> set[int]:
    """The nodes that take in a leaf, whatever mere reshaping stands between."""
    parents: dict[int, set[int]] = {}
    for i, node in enumerate(graph.nodes):
        for c in node.next:
            if c >= 0:
                parents.setdefault(c, set()).add(i)
    found: set[int] = set()
    seen: set[int] = set()
    todo = [i for i, node in enumerate(graph.nodes) if node.leaf == leaf]
    while todo:
        at = todo.pop()
        for parent in parents.get(at, ()):
            if parent in seen:
                continue
            seen.add(parent)
            if kinds[parent] in SHAPES:
                todo.append(parent)
            else:
                found.add(parent)
    return found


def _enters(graph: Graph, kinds: list[str], leaf: int, holders: set[int]) -> bool:
    """Whether the leaf is multiplied by data: a product's factor, not the summand that addmm adds."""
    for node in _consumers(graph, kinds, leaf) & holders:
        if kinds[node] in ("Addmm", "Addmv", "Baddbmm", "Addcmul") and graph.nodes[node].next:
            summand = graph.nodes[node].next[0]
            while summand >= 0 and kinds[summand] in SHAPES and graph.nodes[summand].next:
                summand = graph.nodes[summand].next[0]
            if summand >= 0 and graph.nodes[summand].leaf == leaf:
                continue
        return True
    return False


def _feeds(graph: Graph, kinds: list[str], node: int) -> bool:
    """Whether a product node has a leaf as a direct factor (else its constant is a scale, not a feature)."""
    todo = [c for c in graph.nodes[node].next if c >= 0]
    while todo:
        at = todo.pop()
        if graph.nodes[at].leaf >= 0:
            return True
        if kinds[at] in SHAPES:
            todo.extend(c for c in graph.nodes[at].next if c >= 0)
    return False
