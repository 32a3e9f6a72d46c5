"""The recorder's state: one order of events, tensors' identities, steps as rows, and what goes to the channel when."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable
from operator import attrgetter
from typing import Any

import numpy as np
import torch

from grader.probe.channel import Channel, packed
from grader.probe.columns import Columns
from grader.probe.graphs import Plan, Reads, describe, follow, walk

__all__ = ["KINDS", "Recorder"]

ROWS = 1024
PARAMETERS = 4096
ELEMENTS = 4096
INTERNED = 8192
LEAVES = 8192
RESIDUAL_BYTES = 24 << 20
VISITS = 4
KINDS = ("step", "zero_grad", "iterate", "draw", "train", "eval", "seed", "loss", "evaluate", "backward-failed")
_NUMBER = {kind: number for number, kind in enumerate(KINDS)}
_Held = tuple[tuple[int, Any, Any, bytes], Callable[[], bytes], int]
"""A constant as it was last read: address, shape, strides, bytes; what its memory, kept alive by it, holds now; the array's number."""
_grad = attrgetter("grad")
_Nothing = type(None)
_item = torch._C.TensorBase.item  # the plain one: hooks listen to torch.Tensor.item
_NAN = float("nan")
OUTSIDE = ("/torch/", "\\torch\\", "/grader/probe/", "\\grader\\probe\\")


class Recorder:
    """Collects what happens in one kernel and streams it out.

    Every method is safe to call from a hook: what it fails at is counted in `faults` and never raised into student code.
    """

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.cell = -1
        self.seq = 0
        self.faults: dict[str, int] = {}
        self.cell_of_file: Callable[[str], int] = lambda name: -1
        self._plans: dict[tuple[Any, ...], Plan] = {}
        self._lately: dict[str, Plan] = {}
        self._rows: dict[int, Columns] = {}
        self._pending_rows = 0
        self._depth = 1
        self._tokens: dict[int, tuple[Any, int]] = {}
        self._next_token = 0
        self._arrays: dict[tuple[Any, ...], int] = {}
        self._next_array = 0
        self._residual_left = RESIDUAL_BYTES
        self._last: dict[int, dict[int, _Held]] = {}
        self._visits: dict[tuple[int, ...], int] = {}
        self._inside: dict[int, tuple[Any, bool]] = {}
        self._sites: dict[tuple[Any, int], int] = {}
        self._places: dict[tuple[int, int], tuple[Any, int]] = {}
        self._events = Columns({"kind": 1, "seq": 1, "cell": 1, "object": 1, "count": 1}, {"value": 1})
        self._objects: dict[tuple[Any, ...], int] = {}
        self._keep: dict[int, Any] = {}
        self._next_object = 0
        self._touched: dict[int, Any] = {}
        self._leaves: tuple[list[int], list[int]] = ([], [])  # ids and tokens of the last step's; empty where they are not all touched
        self.held: tuple[Any, int] | None = None
        self.root: Callable[[], Any] = lambda: None

    # ---- identity ----------------------------------------------------------------------------------------------------

    def token(self, tensor: Any) -> int:
        """A number for this tensor; it stays alive while remembered, so that its id is not given to another."""
        known = self._tokens.get(id(tensor))
        if known is not None:
            return known[1]
        if len(self._tokens) >= LEAVES:
            for old in list(self._tokens)[: LEAVES // 2]:
                if old not in self._touched:
                    del self._tokens[old]
        number = self._next_token
        self._next_token += 1
        self._tokens[id(tensor)] = (tensor, number)
        return number

    def object(self, thing: Any, kind: str, name: str, settings: dict[str, Any], tensors: Any = ()) -> int:
        """A number for an optimizer, module, loader or loss in its present settings; described when first met."""
        key = (id(thing) if kind != "loss" else name, kind, tuple(sorted((k, str(v)) for k, v in settings.items())))
        number = self._objects.get(key)
        if number is None:
            number = self._objects[key] = self._next_object
            self._next_object += 1
            self._keep[id(thing)] = thing
            tokens = [self.token(t) for t in tensors]
            self.channel.emit("object", id=number, kind=kind, name=name[:200], settings=settings, tokens=tokens)
        return number

    def site(self) -> int:
        """The nearest place outside torch and the recorder on the stack: function, line, defining cell."""
        frame = self._outside()
        if frame is None:
            return -1
        code = frame.f_code
        known = self._places.get((id(code), frame.f_lasti))  # an instruction's place is there, a line's would have to be looked up
        if known is None:
            known = self._places[id(code), frame.f_lasti] = code, self._site(frame)
        return known[1]

    def _site(self, frame: Any) -> int:
        key = (frame.f_code, frame.f_lineno)
        number = self._sites.get(key)
        if number is None:
            number = self._sites[key] = len(self._sites)
            cell = self.cell_of_file(frame.f_code.co_filename)
            self.channel.emit("site", id=number, function=frame.f_code.co_name[:200], line=frame.f_lineno, cell=cell)
        return number

    def _outside(self) -> Any:
        """The nearest frame that is the student's.  A frame that was looked at costs the interpreter a Python object, so the depth
        that held the last time is tried first: torch just below it, the student's code in it.
        """
        try:
            frame: Any = sys._getframe(self._depth)
        except ValueError:
            frame = None
        if frame is not None and self._skipped(frame.f_code):
            frame = frame.f_back
            if frame is not None and not self._skipped(frame.f_code):
                return frame
        frame, depth = sys._getframe(1), 0
        while frame is not None and self._skipped(frame.f_code):
            frame, depth = frame.f_back, depth + 1
        self._depth = max(1, depth)
        return frame

    def _skipped(self, code: Any) -> bool:
        known = self._inside.get(id(code))  # hashing a code object takes long
        if known is None:
            known = self._inside[id(code)] = code, any(part in code.co_filename for part in OUTSIDE)
        return known[1]

    def fault(self, where: str) -> None:
        """Count a failure of our own."""
        self.faults[where] = self.faults.get(where, 0) + 1

    # ---- backward ----------------------------------------------------------------------------------------------------

    def before(self, outputs: Any, given: Any, call: str) -> tuple[Any, ...] | None:
        """Read the graph below `outputs` before the engine consumes it; None where there is no graph."""
        root = outputs[0]
        if root.grad_fn is None:
            return None
        plan = self._lately.get(call)
        path = None if plan is None else plan.path
        found = None if path is None else follow(root.grad_fn, path)
        if plan is None or path is None or found is None:
            plan, nodes, leaves = self._plan(call, root)
            data, rest = plan.data, plan.rest
        else:
            nodes, leaves = found
            data, rest = path.data, path.rest
        if root.numel() == 1 and len(outputs) == 1:
            loss = _item(root)
        else:
            loss = float(sum((o.detach() * (g if g is not None else 1.0)).sum() for o, g in zip(outputs, given, strict=False)))
        if not plan.description["measured"]:
            leaves = []
        grads = [*map(_grad, leaves)]
        fresh = [g is None for g in grads]
        if plan.single:
            theta = [*map(_item, leaves)]
            stale = [0.0 if g is None else _item(g) for g in grads]
        else:
            theta = [value for p in leaves for value in _numbers(p)]
            stale = [value for p, g in zip(leaves, grads, strict=True) for value in _gradient(p, g, 0.0)]
        arrays, scalars = self._saved(plan, nodes, data, rest)
        return plan, leaves, loss, theta, stale, fresh, arrays, scalars, self.site()

    def after(self, mark: tuple[Any, ...], root: Any, gradients: dict[int, Any] | None) -> None:
        """Read the gradients that backward left (or that torch.autograd.grad returned), and keep the row."""
        self.root = weakref.ref(root)
        plan, leaves, loss, theta, stale, fresh, arrays, scalars, site = mark
        ids = [id(p) for p in leaves]
        if ids != self._leaves[0]:
            self._touched.update(zip(ids, leaves, strict=True))  # all of them first: what is touched keeps its token
            self._leaves = ids, [self.token(p) for p in leaves]
        tokens = self._leaves[1]
        grads = [*map(_grad, leaves)] if gradients is None else [gradients.get(each) for each in ids]
        if plan.single and _Nothing not in map(type, grads):
            grad = [*map(_item, grads)]
            if 0.0 in grad and _moved(leaves, theta):
                grad = [_NAN if value == 0.0 else value for value in grad]
        else:
            missing = 0.0 if gradients is None and not _moved(leaves, theta) else _NAN  # NaN: not asked for, or gone by now
            grad = [value for p, g in zip(leaves, grads, strict=True) for value in _gradient(p, g, missing)]
        rows = self._rows.get(plan.id)
        if rows is None:
            rows = self._rows[plan.id] = _columns(len(leaves), len(theta), len(arrays))
        if len(self._touched) > 64:
            for old in list(self._touched)[:-32]:
                del self._touched[old]
            self._leaves = [], []
        rows.held += rows.row(self.seq, self.cell, site, *tokens, *fresh, *arrays, loss, *theta, *stale, *grad, *scalars)
        self.seq += 1
        self.held = None
        self._pending_rows += 1
        if self._pending_rows >= ROWS or self.channel.due():
            self.flush()

    def _plan(self, call: str, root: Any) -> tuple[Plan, list[Any], list[Any]]:
        """The plan of a graph that is not the last one's, its nodes and its leaves."""
        seen = walk(root.grad_fn)
        plan = self._plans.get((call, seen.key)) or self._describe(call, root, seen)
        self._lately[call] = plan
        return plan, seen.nodes, seen.leaves

    def _describe(self, call: str, root: Any, seen: Any) -> Plan:
        plan = describe(len(self._plans), call, root, seen)
        plan.description["measured"] = sum(p.numel() for p in seen.leaves) <= PARAMETERS
        self._plans[(call, seen.key)] = plan
        self.channel.emit("graph", **plan.description)
        return plan

    def _saved(self, plan: Plan, nodes: list[Any], data: Reads, rest: Reads) -> tuple[list[int], list[float]]:
        """Data first; then what depends on the parameters, a few times for each data: where data repeat, residuals tell nothing new."""
        arrays, scalars = [-1] * len(plan.reads), [_NAN] * len(plan.reads)
        last = self._last.setdefault(plan.id, {})
        for at, i, name in data:
            try:
                t = getattr(nodes[i], name)
            except RuntimeError:  # changed in place since
                continue
            if t is None:
                continue
            if at in last:  # the same memory with the same bytes as at the last step is known at a glance
                known, content, number = last[at]
                if (t.data_ptr(), t.shape, t.stride(), content()) == known:
                    arrays[at] = number
                    continue
            if t.numel() == 1:
                scalars[at] = _item(t)
            else:
                arrays[at] = number = self._intern(t, True)
                if t.numel() <= ELEMENTS and t.dtype in (torch.float32, torch.float64) and t.device.type == "cpu":
                    view = t.detach().numpy()
                    last[at] = (t.data_ptr(), t.shape, t.stride(), view.tobytes()), view.tobytes, number
        if rest:
            key = (plan.id, *arrays)
            seen = self._visits.get(key, 0)
            self._visits[key] = seen + 1
            for at, i, name in rest:
                t = _kept(nodes[i], name)
                if t is None:
                    continue
                if t.numel() == 1:
                    scalars[at] = _item(t)
                elif seen < VISITS or seen % 16 == 0:
                    arrays[at] = self._intern(t, False)
        return arrays, scalars

    def _intern(self, tensor: Any, constant: bool) -> int:
        """The number of this tensor's content; constants repeat and are sent once, residuals are sent within a budget."""
        if tensor.numel() > ELEMENTS:
            return self._array(("shape", tuple(tensor.shape)), None, tuple(tensor.shape))
        a = tensor.detach().cpu().numpy() if tensor.dtype in (torch.float32, torch.float64) else tensor.detach().cpu().double().numpy()
        if not constant:
            if a.nbytes > self._residual_left:
                return self._array(("shape", a.shape), None, a.shape)
            self._residual_left -= a.nbytes
            return self._array(None, a, a.shape)
        return self._array((a.dtype.char, a.shape, a.tobytes()), a, a.shape)

    def _array(self, key: tuple[Any, ...] | None, a: Any, shape: tuple[int, ...]) -> int:
        number = self._arrays.get(key) if key is not None else None
        if number is None:
            number = self._next_array
            self._next_array += 1
            if key is not None:
                if len(self._arrays) >= INTERNED:
                    self._arrays.clear()
                self._arrays[key] = number
            self.channel.emit("array", id=number, shape=list(shape), data=None if a is None else packed(a))
        return number

    # ---- other events ------------------------------------------------------------------------------------------------

    def event(self, kind: str, thing: int = -1, value: float = float("nan"), count: int = 1) -> None:
        """Note something that happened besides backward, in the one order of events."""
        events = self._events
        events.held += events.row(_NUMBER[kind], self.seq, self.cell, thing, count, value)
        self.seq += 1
        if len(events.held) >= _EVENTS:
            self.flush()

    def loss_seen(self, tensor: Any, thing: int) -> None:
        """A scalar loss with a graph was computed or read; it is told only if no backward call follows."""
        held = self.held
        if held is not None and held[0] is not tensor:
            self.loss_unused()
        self.held = (tensor, thing)

    def read(self, tensor: Any) -> None:
        """A scalar with a graph was read as a number; news only where neither backward nor a loss function has met it."""
        if self.held is None and self.root() is not tensor:
            self.held = (tensor, -1)

    def loss_unused(self) -> None:
        """Tell of the held loss: nobody called backward on it."""
        held, self.held = self.held, None
        if held is not None and held[0].numel() == 1:
            self.event("loss", held[1], float(held[0].detach()))

    def born(self, tensor: Any) -> None:
        """A tensor that was made to require a gradient: perhaps the last leaf of a run that makes a new one every step."""
        if tensor.numel() <= PARAMETERS:
            self.token(tensor)
            self._touched[id(tensor)] = tensor

    # ---- cells -------------------------------------------------------------------------------------------------------

    def begin_cell(self, cell: int) -> None:
        """From here on, events belong to this cell."""
        self.cell = cell
        self._visits.clear()
        self.channel.emit("cell", cell=cell, seq=self.seq)

    def end_cell(self) -> None:
        """Read the leaves that this cell used (the only sight of a run's last update) and write everything out."""
        self.loss_unused()
        for tensor in list(self._touched.values()):
            try:
                values = _numbers(tensor)
            except RuntimeError:
                continue
            self.channel.emit("leaf", cell=self.cell, seq=self.seq, token=self.token(tensor), values=packed(np.array(values)))
        self._touched.clear()
        self._leaves = [], []
        self.flush()

    def flush(self) -> None:
        """Send the rows and events held back so far."""
        for graph, rows in self._rows.items():
            if len(rows):
                self.channel.emit("steps", graph=graph, **rows.packed())
        self._pending_rows = 0
        if len(self._events):
            self.channel.emit("events", kinds=list(KINDS), **self._events.packed())
        self.channel.flush()

    def close(self) -> None:
        """Write the rest and the closing record."""
        self.loss_unused()
        self.flush()
        for where, count in sorted(self.faults.items()):
            self.channel.emit("fault", where=where, count=count)
        self.channel.close()


_EVENTS = 48 * ROWS


def _columns(leaves: int, parameters: int, saved: int) -> Columns:
    integers = {"seq": 1, "cell": 1, "site": 1, "tokens": leaves, "fresh": leaves, "array": saved}
    return Columns(integers, {"loss": 1, "theta": parameters, "stale": parameters, "grad": parameters, "scalar": saved})


def _numbers(tensor: Any) -> list[float]:
    return [float(v) for v in tensor.detach().reshape(-1).tolist()]


def _moved(leaves: list[Any], theta: list[float]) -> bool:
    """Whether parameters have moved within the backward call: a hook stepped, and may have cleared the gradient since."""
    return [value for p in leaves for value in _numbers(p)] != theta


def _gradient(leaf: Any, gradient: Any, missing: float) -> list[float]:
    """A gradient's numbers; so many times `missing` where there is none."""
    return [missing] * leaf.numel() if gradient is None else _numbers(gradient)


def _kept(node: Any, name: str) -> Any:
    """A saved tensor, or None where torch refuses (changed in place since)."""
    try:
        return getattr(node, name)
    except RuntimeError:
        return None
