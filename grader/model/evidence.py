"""What one run of a submission left behind: plain numbers, shapes, names and positions.  Nothing here is a grade.

Everything that happened has a place in one order: `seq` counts backward calls, optimizer steps and the other events of a
run from 0.  `cell` is the notebook's own index of the cell that was executing, or -1 where it is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Array",
    "Axes",
    "CellOutcome",
    "Curve",
    "Events",
    "Evidence",
    "Event",
    "FigureData",
    "Graph",
    "LeafState",
    "Named",
    "Node",
    "Object",
    "Saved",
    "Site",
    "Steps",
    "WarningSeen",
]

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One node of an autograd graph.

    type: torch's name of it without its number (`MulBackward`).
    next: for each input, the index of its node in the graph, or -1 for a constant.
    leaf: which leaf it accumulates into, or -1.
    settings: its scalar attributes (exponent, reduction, alpha, …).
    """

    type: str
    next: tuple[int, ...]
    leaf: int = -1
    settings: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A tensor that a node kept for its backward pass: node index, attribute (`other`, `self`, `mat1`, `target`, …).

    constant: it needs no gradient, so it is data; otherwise it depends on the parameters (a residual, a prediction).
    """

    node: int
    name: str
    constant: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """The structure that many backward calls share: nodes (the loss first), leaves' shapes, and what is saved where.

    call: `backward` or `grad` (torch.autograd.grad).
    loss_shape: shape of the tensor that backward was called on.
    whole: the walk reached every node; measured: the leaves are small enough that their values were read.
    """

    id: int
    call: str
    nodes: tuple[Node, ...]
    leaves: tuple[tuple[int, ...], ...]
    saved: tuple[Saved, ...]
    loss_shape: tuple[int, ...] = ()
    dtype: str = "float32"
    whole: bool = True
    measured: bool = True
    read: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What whoever reads the structure has found out about it, by a name of its own: every step has it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """Every backward call over one graph structure, as columns of n rows.

    seq, cell, site: (n,) int.  loss: (n,) the value differentiated.  tokens: (n, L) identity of each leaf tensor.
    theta, stale, grad: (n, P) parameters before, their .grad before (0 where None) and after; P numbers over all leaves.
    fresh: (n, L) bool, .grad was None before.  array: (n, S) index into `Evidence.arrays` or -1.
    scalar: (n, S) the value where the saved tensor has one element (NaN where it has more).
    """

    graph: int
    seq: Ints
    cell: Ints
    site: Ints
    loss: Array
    tokens: Ints
    theta: Array
    stale: Array
    grad: Array
    fresh: NDArray[np.bool_]
    array: Ints
    scalar: Array

    def __len__(self) -> int:
        return len(self.seq)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened besides a backward call.

    kind: `step` `zero_grad` `iterate` `draw` `train` `eval` `seed` `loss` (computed or read, never met by backward)
    `evaluate` (a loss without a graph) `backward-failed`.
    object: index into `Evidence.objects`, or -1.  value: batch rows drawn, the seed, the loss's value, …
    """

    kind: str
    seq: int
    cell: int
    object: int = -1
    value: float = float("nan")
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Events(Sequence[Event]):
    """Events in order, as columns of n numbers: a long training has several for every step.

    names: the kinds; kind: (n,) index into names.  seq, cell, object, counts: (n,) int.  value: (n,) float.
    """

    names: tuple[str, ...] = ()
    kind: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    seq: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    cell: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    object: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    counts: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    value: Array = field(default_factory=lambda: np.zeros(0))
    _of: dict[tuple[str, ...], Events] = field(default_factory=dict, init=False, repr=False)

    def __len__(self) -> int:
        return len(self.seq)

    @overload
    def __getitem__(self, at: int) -> Event: ...

    @overload
    def __getitem__(self, at: slice) -> Events: ...

    def __getitem__(self, at: int | slice) -> Event | Events:
        if isinstance(at, slice):
            return self.take(np.arange(len(self))[at])
        return Event(
            kind=self.names[int(self.kind[at])],
            seq=int(self.seq[at]),
            cell=int(self.cell[at]),
            object=int(self.object[at]),
            count=int(self.counts[at]),
            value=float(self.value[at]),
        )

    def take(self, rows: Ints | NDArray[np.bool_]) -> Events:
        """Some of the events, by index or by mask."""
        if rows.dtype == bool and rows.all():
            return self
        columns = {name: getattr(self, name)[rows] for name in ("kind", "seq", "cell", "object", "counts", "value")}
        return Events(names=self.names, **columns)

    def of(self, *kinds: str) -> Events:
        """The events of these kinds, sorted out once."""
        if kinds not in self._of:
            self._of[kinds] = self.take(np.array([name in kinds for name in self.names], bool)[self.kind])
        return self._of[kinds]


@dataclass(frozen=True, slots=True, kw_only=True)
class Object:
    """An optimizer, module, loader or loss function that events name.

    tokens: the tensors that it holds (an optimizer's parameters).  settings: lr, momentum, batch_size, shuffle, reduction …
    """

    id: int
    kind: str
    name: str
    settings: Mapping[str, float | str | bool | None] = field(default_factory=dict)
    tokens: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A place in code from which backward was called: function name, line, and the cell that defines it (-1: not a cell)."""

    function: str
    line: int
    cell: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LeafState:
    """The values of a leaf at the end of a cell: the only sight of a run's last update."""

    cell: int
    seq: int
    token: int
    values: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A named value at the end of a cell.

    kind: `number` `array` (also of a tensor) `list` (of numbers, or of one-element tensors) `state` (one entry of a
    state_dict or fitted estimator, name dotted) `text` `dict`.
    element: what a list holds: `float`, `tensor`, `tensor-with-grad`, `array`.
    values: float64, flattened; shape is the original's.  truncated: the tail was dropped; `length` is the full length.
    """

    cell: int
    seq: int
    name: str
    kind: str
    type: str
    dtype: str
    shape: tuple[int, ...]
    values: Array
    element: str = ""
    text: str = ""
    truncated: bool = False
    aliased: bool = False
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One line of a plot: its label ('' where automatic), x and y.  failed: plotting it raised (values are those asked for)."""

    label: str
    x: Array
    y: Array
    kind: str = "line"
    failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Axes:
    """One set of axes as data."""

    curves: tuple[Curve, ...]
    title: str = ""
    xlabel: str = ""
    ylabel: str = ""
    xscale: str = "linear"
    yscale: str = "linear"
    legend: tuple[str, ...] = ()
    three_d: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureData:
    """A figure, not rendered."""

    cell: int
    axes: tuple[Axes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CellOutcome:
    """How a cell ended, as the trusted side saw it: `ok`, `error` or `not-run`.  line is within the cell, from 1."""

    cell: int
    status: str
    error: str = ""
    message: str = ""
    line: int | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningSeen:
    """A Python warning shown while a cell ran."""

    cell: int
    category: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One run, decoded.

    arrays: interned tensors by index, original shape, float64.
    dropped: what the recorder or the decoder had to leave out, one sentence each; what is missing is never a pass.
    complete: the recorder's closing record arrived (a killed kernel leaves none).
    damaged: a record was missing, doubled, out of order or malformed: what the evidence lacks is then nobody's failure.
    """

    cells: tuple[CellOutcome, ...] = ()
    graphs: tuple[Graph, ...] = ()
    steps: tuple[Steps, ...] = ()
    events: Events = field(default_factory=Events)
    objects: tuple[Object, ...] = ()
    sites: tuple[Site, ...] = ()
    arrays: Mapping[int, Array] = field(default_factory=dict)
    leaves: tuple[LeafState, ...] = ()
    values: tuple[Named, ...] = ()
    figures: tuple[FigureData, ...] = ()
    warnings: tuple[WarningSeen, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    dropped: tuple[str, ...] = ()
    complete: bool = False
    damaged: bool = False
    _holders: dict[int, list[int]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def holders(self, tokens: Iterable[int]) -> list[int]:
        """Which objects hold any of these tensors, as indices in order.  A training may make an optimizer for every step."""
        if not self._holders:
            for index, thing in enumerate(self.objects):
                for token in thing.tokens:
                    self._holders.setdefault(token, []).append(index)
        return sorted({index for token in tokens for index in self._holders.get(token, ())})
