"""The stream of numbered JSON lines -> Evidence, in one pass."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from grader.model.errors import EvidenceError
from grader.model.evidence import (
    Array,
    Axes,
    CellOutcome,
    Curve,
    Events,
    Evidence,
    FigureData,
    Graph,
    LeafState,
    Named,
    Node,
    Object,
    Saved,
    Site,
    Steps,
    WarningSeen,
)
from grader.wire import fields as f

__all__ = ["decode"]

FORMAT = 1
LINE_BYTES = 16 << 20
RECORDS = 400_000
CAPS = {"graph": 2000, "array": 200_000, "object": 20_000, "site": 20_000, "leaf": 50_000, "value": 50_000, "figure": 500, "warning": 2000}
WHOLE = ("seq", "cell", "site", "tokens", "fresh", "array")
COLUMNS = (*WHOLE, "loss", "theta", "stale", "grad", "scalar")
EVENTS = ("kind", "seq", "cell", "object", "count", "value")


def decode(data: bytes, outcomes: tuple[CellOutcome, ...] = ()) -> Evidence:
    """What the recorder's stream says, joined with how the cells ended as the trusted side saw it.

    A record that is missing, doubled, out of order or malformed ends the reading there: what came before is kept, `dropped`
    says where and why, and `damaged` is set.  A stream cut short by a kill only lacks its end (`complete` is False).
    """
    reading = _Reading()
    lines = data.split(b"\n")
    tail = lines.pop()  # '' where the last record is whole
    for at, line in enumerate(lines):
        if at >= RECORDS:
            reading.refuse(f"more than {RECORDS} records")
            break
        try:
            reading.take(line, at)
        except EvidenceError as error:
            reading.refuse(f"record {at}: {error}")
            break
    if tail and not reading.complete and not reading.damaged:
        reading.dropped.append("the last record was cut off")
    return reading.evidence(outcomes)


class _Reading:
    """What was read so far."""

    def __init__(self) -> None:
        self.graphs: dict[int, Graph] = {}
        self.steps: dict[int, list[dict[str, Any]]] = {}
        self.names: tuple[str, ...] = ()
        self.events: list[dict[str, Any]] = []
        self.objects: dict[int, Object] = {}
        self.sites: dict[int, Site] = {}
        self.arrays: dict[int, Array] = {}
        self.leaves: list[LeafState] = []
        self.values: list[Named] = []
        self.figures: list[FigureData] = []
        self.warnings: list[WarningSeen] = []
        self.environment: dict[str, str] = {}
        self.dropped: list[str] = []
        self.complete = self.damaged = False
        self.begun: list[int] = []
        self.counts: dict[str, int] = {}

    def refuse(self, why: str) -> None:
        self.dropped.append(f"the evidence is damaged: {why}")
        self.damaged = True

    def take(self, line: bytes, at: int) -> None:
        """One line.  Raises EvidenceError."""
        if len(line) > LINE_BYTES:
            raise EvidenceError("is too long")
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            raise EvidenceError("is not JSON") from None
        if not isinstance(record, dict) or f.integer(record, "n") != at:
            raise EvidenceError("is missing, doubled or out of order")
        if self.complete:
            raise EvidenceError("comes after the end")
        kind = f.text(record, "k")
        self.counts[kind] = self.counts.get(kind, 0) + 1
        if self.counts[kind] > CAPS.get(kind, RECORDS):
            raise EvidenceError(f"is one '{kind}' too many")
        read = READERS.get(kind)
        if read is None:
            raise EvidenceError(f"is of an unknown kind '{kind[:40]}'")
        read(self, record)

    def _events(self) -> Events:
        if not self.events:
            return Events()
        return Events(names=self.names, **{name: np.concatenate([block[name] for block in self.events]) for name in self.events[0]})

    def evidence(self, outcomes: tuple[CellOutcome, ...]) -> Evidence:
        """Everything read, rows of one graph joined."""
        steps = tuple(_joined(graph, blocks) for graph, blocks in self.steps.items())
        return Evidence(
            cells=outcomes,
            graphs=tuple(self.graphs.values()),
            steps=steps,
            events=self._events(),
            objects=_dense(self.objects),
            sites=_sites(self.sites),
            arrays=self.arrays,
            leaves=tuple(self.leaves),
            values=tuple(self.values),
            figures=tuple(self.figures),
            warnings=tuple(self.warnings),
            environment=self.environment,
            dropped=tuple(self.dropped),
            complete=self.complete,
            damaged=self.damaged,
        )


def _joined(graph: int, blocks: list[dict[str, Any]]) -> Steps:
    columns = {name: np.concatenate([b[name] for b in blocks]) for name in COLUMNS}
    return Steps(
        graph=graph,
        seq=columns["seq"][:, 0],
        cell=columns["cell"][:, 0],
        site=columns["site"][:, 0],
        loss=columns["loss"][:, 0],
        tokens=columns["tokens"],
        theta=columns["theta"],
        stale=columns["stale"],
        grad=columns["grad"],
        fresh=columns["fresh"].astype(bool),
        array=columns["array"],
        scalar=columns["scalar"],
    )


def _dense(objects: Mapping[int, Object]) -> tuple[Object, ...]:
    missing = Object(id=-1, kind="unknown", name="")
    return tuple(objects.get(i, missing) for i in range(max(objects, default=-1) + 1))


def _sites(sites: Mapping[int, Site]) -> tuple[Site, ...]:
    missing = Site(function="", line=0, cell=-1)
    return tuple(sites.get(i, missing) for i in range(max(sites, default=-1) + 1))


# ---- one reader a kind of record ----------------------------------------------------------------------------------------


def _begin(r: _Reading, record: Mapping[str, Any]) -> None:
    if f.integer(record, "format") != FORMAT:
        raise EvidenceError("has another format than this grader reads")
    r.environment = {name: f.text(record, name) for name in ("torch", "numpy") if name in record}


def _cell(r: _Reading, record: Mapping[str, Any]) -> None:
    r.begun.append(f.integer(record, "cell"))


def _graph(r: _Reading, record: Mapping[str, Any]) -> None:
    number = f.integer(record, "id")
    raw = record.get("nodes"), record.get("leaves"), record.get("saved")
    if number in r.graphs or not all(isinstance(v, list) and len(v) <= 5000 and all(isinstance(e, (dict, list)) for e in v) for v in raw):
        raise EvidenceError("describes no graph, or one twice")
    measured = f.truth(record, "measured")
    nodes, leaves, saved = ([*v] if isinstance(v, list) else [] for v in raw)
    shapes = tuple(f.shape({"s": s}, "s") for s in leaves)
    if measured and sum(math.prod(max(1, size) for size in s) for s in shapes) > f.ELEMENTS:
        raise EvidenceError("claims to have measured too large leaves")
    r.graphs[number] = Graph(
        id=number,
        call=f.text(record, "call"),
        nodes=tuple(_node(n, len(nodes), len(leaves)) for n in nodes),
        leaves=shapes,
        saved=tuple(_saved(s, len(nodes)) for s in saved),
        loss_shape=f.shape(record, "loss_shape"),
        dtype=f.text(record, "dtype"),
        whole=f.truth(record, "whole"),
        measured=measured,
    )


def _node(raw: Any, nodes: int, leaves: int) -> Node:
    if not isinstance(raw, dict):
        raise EvidenceError("holds a node that is none")
    following, leaf = f.integers(raw, "next"), f.integer(raw, "leaf", -1)
    if any(not -1 <= i < nodes for i in following) or not -1 <= leaf < leaves:
        raise EvidenceError("holds a node that points outside its graph")
    settings = {k: float(v) for k, v in f.mapping(raw, "settings").items() if isinstance(v, (int, float))}
    return Node(type=f.text(raw, "type"), next=following, leaf=leaf, settings=settings)


def _saved(raw: Any, nodes: int) -> Saved:
    if not isinstance(raw, dict) or not 0 <= f.integer(raw, "node") < nodes:
        raise EvidenceError("saves a tensor at no node")
    return Saved(node=f.integer(raw, "node"), name=f.text(raw, "name"), constant=f.truth(raw, "constant"))


def _steps(r: _Reading, record: Mapping[str, Any]) -> None:
    graph = r.graphs.get(f.integer(record, "graph"))
    if graph is None:
        raise EvidenceError("steps over an unknown graph")
    rows = f.integer(record, "rows")
    block = {name: f.array(record, name, rows, whole=name in WHOLE) for name in COLUMNS}
    leaves = len(graph.leaves) if graph.measured else 0
    parameters = sum(math.prod(s) for s in graph.leaves) if graph.measured else 0
    widths = dict.fromkeys(("seq", "cell", "site", "loss"), 1) | {"tokens": leaves, "fresh": leaves, "array": len(graph.saved)}
    widths |= {"theta": parameters, "stale": parameters, "grad": parameters, "scalar": len(graph.saved)}
    for name, width in widths.items():
        if block[name].ndim != 2 or block[name].shape[1] != width:
            raise EvidenceError(f"has a column '{name}' that does not fit its graph")
    r.steps.setdefault(graph.id, []).append(block)


def _array(r: _Reading, record: Mapping[str, Any]) -> None:
    number, sizes = f.integer(record, "id"), f.shape(record, "shape")
    if number in r.arrays:
        raise EvidenceError("gives an array twice")
    if record.get("data") is None:
        # Values that were not sent: NaN in that shape, at no cost in memory; shapes that no array of ours may have become one NaN.
        r.arrays[number] = np.broadcast_to(np.float64("nan"), sizes if _held(sizes) else (1,))
    else:
        r.arrays[number] = _shaped(np.asarray(f.array(record, "data"), np.float64), sizes)


def _held(sizes: tuple[int, ...]) -> bool:
    """Whether an array of this shape is one that the decoder takes in (an empty one with huge sizes is none)."""
    return math.prod(max(1, size) for size in sizes) <= f.ELEMENTS


def _shaped(values: Array, sizes: tuple[int, ...]) -> Array:
    if not _held(sizes) or math.prod(sizes) != values.size:
        raise EvidenceError("has another number of values than its shape says")
    return values.reshape(sizes)


def _events(r: _Reading, record: Mapping[str, Any]) -> None:
    kinds, rows = record.get("kinds"), f.integer(record, "rows")
    if not isinstance(kinds, list) or len(kinds) > 100 or not all(isinstance(k, str) for k in kinds):
        raise EvidenceError("names no kinds of events")
    table = {name: f.array(record, name, rows, whole=name != "value").reshape(-1) for name in EVENTS}
    if any(len(v) != rows for v in table.values()) or (rows and not 0 <= int(table["kind"].min()) <= int(table["kind"].max()) < len(kinds)):
        raise EvidenceError("has events of no kind")
    names = tuple(f.text({"k": k}, "k") for k in kinds)
    if r.names not in ((), names):
        raise EvidenceError("renames the kinds of events")
    r.names = names
    table["counts"] = table.pop("count")
    r.events.append({name: column.astype(np.float64 if name == "value" else np.int64) for name, column in table.items()})


def _object(r: _Reading, record: Mapping[str, Any]) -> None:
    number = f.integer(record, "id")
    if not 0 <= number < CAPS["object"] or number in r.objects:
        raise EvidenceError("describes an object twice")
    kind, name, settings = f.text(record, "kind"), f.text(record, "name"), f.mapping(record, "settings")
    r.objects[number] = Object(id=number, kind=kind, name=name, settings=settings, tokens=f.integers(record, "tokens"))


def _site(r: _Reading, record: Mapping[str, Any]) -> None:
    number = f.integer(record, "id")
    if not 0 <= number < CAPS["site"]:
        raise EvidenceError("numbers a site wrongly")
    r.sites[number] = Site(function=f.text(record, "function"), line=f.integer(record, "line"), cell=f.integer(record, "cell"))


def _leaf(r: _Reading, record: Mapping[str, Any]) -> None:
    values = np.asarray(f.array(record, "values"), np.float64).reshape(-1)
    r.leaves.append(
        LeafState(cell=f.integer(record, "cell"), seq=f.integer(record, "seq"), token=f.integer(record, "token"), values=values)
    )


def _value(r: _Reading, record: Mapping[str, Any]) -> None:
    keys = record.get("keys", [])
    if not isinstance(keys, list) or len(keys) > 10:
        raise EvidenceError("has keys that are none")
    r.values.append(
        Named(
            cell=f.integer(record, "cell"),
            seq=f.integer(record, "seq"),
            name=f.text(record, "name"),
            kind=f.text(record, "kind"),
            type=f.text(record, "type"),
            dtype=f.text(record, "dtype"),
            shape=f.shape(record, "shape"),
            values=np.asarray(f.array(record, "values"), np.float64).reshape(-1),
            element=f.text(record, "element"),
            text=f.text(record, "text"),
            truncated=f.truth(record, "truncated"),
            aliased=f.truth(record, "aliased"),
            keys=tuple(f.text({"k": k}, "k") for k in keys),
        )
    )


def _figure(r: _Reading, record: Mapping[str, Any]) -> None:
    axes = record.get("axes")
    if not isinstance(axes, list) or len(axes) > 64:
        raise EvidenceError("is no figure")
    r.figures.append(FigureData(cell=f.integer(record, "cell"), axes=tuple(_axes(a) for a in axes)))


def _axes(raw: Any) -> Axes:
    curves, legend = (raw.get("curves"), raw.get("legend", [])) if isinstance(raw, dict) else (None, None)
    if not isinstance(raw, dict) or not isinstance(curves, list) or not isinstance(legend, list) or len(curves) + len(legend) > 1000:
        raise EvidenceError("holds axes that are none")
    return Axes(
        curves=tuple(_curve(c) for c in curves),
        title=f.text(raw, "title"),
        xlabel=f.text(raw, "xlabel"),
        ylabel=f.text(raw, "ylabel"),
        xscale=f.text(raw, "xscale", "linear"),
        yscale=f.text(raw, "yscale", "linear"),
        legend=tuple(f.text({"t": t}, "t") for t in legend),
        three_d=f.truth(raw, "three_d"),
    )


def _curve(raw: Any) -> Curve:
    if not isinstance(raw, dict):
        raise EvidenceError("holds a curve that is none")
    x, y = (np.asarray(f.array(raw, name), np.float64).reshape(-1) for name in ("x", "y"))
    return Curve(label=f.text(raw, "label"), x=x, y=y, kind=f.text(raw, "kind", "line"), failed=f.truth(raw, "failed"))


def _warning(r: _Reading, record: Mapping[str, Any]) -> None:
    r.warnings.append(WarningSeen(cell=f.integer(record, "cell"), category=f.text(record, "category"), message=f.text(record, "message")))


def _dropped(r: _Reading, record: Mapping[str, Any]) -> None:
    r.dropped.append(f"the recorder left out {f.integer(record, 'count')} records of kind '{f.text(record, 'what')[:40]}'")


def _fault(r: _Reading, record: Mapping[str, Any]) -> None:
    r.dropped.append(f"the recorder failed {f.integer(record, 'count')} times at: {f.text(record, 'where')[:80]}")


def _end(r: _Reading, record: Mapping[str, Any]) -> None:
    r.complete = "n" in record


READERS: Mapping[str, Callable[[_Reading, Mapping[str, Any]], None]] = {
    "begin": _begin,
    "cell": _cell,
    "graph": _graph,
    "steps": _steps,
    "array": _array,
    "events": _events,
    "object": _object,
    "site": _site,
    "leaf": _leaf,
    "value": _value,
    "figure": _figure,
    "warning": _warning,
    "dropped": _dropped,
    "fault": _fault,
    "end": _end,
}
