"""Named values after a cell: numbers, arrays, tensors, lists, state_dicts, fitted estimators; capped, as plain float64."""

from __future__ import annotations

import collections
import hashlib
import numbers
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch

from grader.probe.channel import packed
from grader.probe.recorder import Recorder

__all__ = ["Values"]

NAMES = 2000
ITEMS = 65536
ELEMENTS = 16384
HIDDEN = frozenset({"In", "Out", "exit", "quit", "get_ipython", "open"})


class Values:
    """Tells a recorder which names hold which values, each only when it is new or has changed."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self._told: dict[str, bytes] = {}

    def tell(self, namespace: Mapping[str, Any]) -> None:
        """Walk a namespace at a cell's end.  Whatever a value's own code does wrong costs only that value."""
        count = 0
        for name, value in list(namespace.items()):
            if not isinstance(name, str) or name.startswith("_") or name in HIDDEN:
                continue
            try:
                for record in _named(name, value, 0):
                    count += 1
                    if count > NAMES:
                        self.recorder.fault("too many names")
                        return
                    self._emit(record)
            except (Exception, SystemExit):  # an interrupt, though, is the executing side's
                self.recorder.fault("value")

    def forget(self) -> None:
        """Tell again of every name at the next cell's end, also of those that have not changed."""
        self._told.clear()

    def _emit(self, record: dict[str, Any]) -> None:
        array = record.pop("array")
        digest = hashlib.blake2b(array.tobytes() + repr(sorted(record.items())).encode("utf-8", "replace"), digest_size=16).digest()
        if self._told.get(record["name"]) == digest:
            return
        self._told[record["name"]] = digest
        self.recorder.channel.emit("value", cell=self.recorder.cell, seq=self.recorder.seq, values=packed(array), **record)


def _record(name: str, kind: str, value: Any, array: Any, **more: Any) -> dict[str, Any]:
    a = np.asarray(array, np.float64).reshape(-1)
    shape = more.pop("shape", None)
    return {
        "name": name[:200],
        "kind": kind,
        "type": type(value).__name__[:80],
        "dtype": str(getattr(value, "dtype", "")).removeprefix("torch.")[:40],
        "shape": list(shape if shape is not None else a.shape),
        "truncated": len(a) > ITEMS,
        "array": a[:ITEMS],
        **more,
    }


def _named(name: str, value: Any, depth: int) -> Iterator[dict[str, Any]]:
    if isinstance(value, (bool, numbers.Real)):
        yield _record(name, "number", value, [float(value)], shape=())
    elif isinstance(value, str):
        yield _record(name, "text", value, [], text=value[:2000])
    elif isinstance(value, torch.Tensor):
        yield _tensor(name, value)
    elif type(value) is np.ndarray:
        if value.dtype.kind in "biuf" and value.size <= 8 * ITEMS:
            yield _record(name, "array", value, value, shape=value.shape)
    elif type(value) in (list, tuple, collections.deque):
        yield from _sequence(name, list(value) if type(value) is collections.deque else value)
    elif isinstance(value, dict):
        for key, entry in list(value.items())[:200] if depth < 2 else ():
            if isinstance(key, (str, numbers.Real)):
                for record in _named(f"{name}[{key!r}]", entry, depth + 1):
                    yield {**record, "keys": [repr(key)[:100], *record.get("keys", [])]}
    else:
        yield from _object(name, value, depth)


def _object(name: str, value: Any, depth: int) -> Iterator[dict[str, Any]]:
    """Modules by their state_dict, fitted estimators by their coefficients, Series, and the student's own objects one level deep."""
    kind = type(value)
    if isinstance(value, torch.nn.Module):
        for key, entry in value.state_dict().items():
            yield {**_tensor(f"{name}.{key}", entry), "kind": "state"}
    elif hasattr(kind, "fit") and hasattr(value, "__dict__"):
        for key in ("coef_", "intercept_"):
            if key in value.__dict__:
                entry = value.__dict__[key]
                record = _record(f"{name}.{key}", "state", entry, entry, shape=np.shape(entry))
                yield {**record, "type": kind.__name__[:80]}
        for key, entry in list(vars(value).items())[:64] if depth < 3 else ():  # a pipeline's steps, a search's best estimator
            yield from _estimators(f"{name}.{key}", entry, depth + 1)
    elif "pandas" in sys.modules and kind.__name__ == "Series" and kind.__module__.startswith("pandas"):
        array = value.to_numpy()
        if array.dtype.kind in "biuf":
            yield _record(name, "array", value, array, shape=array.shape)
    elif kind.__module__ == "__main__" and hasattr(value, "__dict__") and depth < 1:
        for key, entry in list(vars(value).items())[:64]:
            yield from _named(f"{name}.{key}", entry, depth + 1)


def _estimators(name: str, value: Any, depth: int) -> Iterator[dict[str, Any]]:
    """Fitted estimators in a value, or in a list or tuple of them or of (name, estimator)."""
    if isinstance(value, (list, tuple)):
        for i, entry in enumerate(value[:16]) if depth < 6 else ():
            yield from _estimators(f"{name}[{i}]", entry, depth + 1)
    elif hasattr(type(value), "fit") and hasattr(value, "__dict__") and not isinstance(value, torch.nn.Module):
        yield from _object(name, value, depth)


def _tensor(name: str, value: Any) -> dict[str, Any]:
    numeric = value.is_floating_point() or value.dtype in (torch.int64, torch.int32, torch.int16, torch.uint8, torch.int8, torch.bool)
    flat = value.detach().reshape(-1)[:ELEMENTS].cpu().double().numpy() if numeric and not value.is_sparse else []
    element = "tensor-with-grad" if value.requires_grad else "tensor"
    return {**_record(name, "array", value, flat, shape=value.shape, element=element), "truncated": value.numel() > ELEMENTS}


def _sequence(name: str, value: Any) -> Iterator[dict[str, Any]]:
    """A list of numbers, of one-element tensors or arrays, or of equal rows of numbers."""
    if not value:
        yield _record(name, "list", value, [], shape=(0,), element="")
        return
    items = value[:ITEMS]
    first = items[0]
    if isinstance(first, (torch.Tensor, np.ndarray)):
        yield from _arrays(name, value, items)
    elif all(isinstance(v, numbers.Real) for v in items):
        cut = len(value) > ITEMS
        yield _record(name, "list", value, [float(v) for v in items], shape=(len(value),), element="float", truncated=cut)
    elif any(isinstance(v, (torch.Tensor, np.ndarray, np.generic)) for v in items):
        yield from _arrays(name, value, items)
    elif isinstance(first, (list, tuple)) and len(items) <= 4096:
        rows = np.array([[float(v) for v in row] for row in items if isinstance(row, (list, tuple))])
        yield _record(name, "list", value, rows, shape=rows.shape, element="float")


def _arrays(name: str, value: Any, items: Any) -> Iterator[dict[str, Any]]:
    sizes = {_size(v) for v in items}
    if len(sizes) != 1 or 0 in sizes or None in sizes or len(items) * max(s or 0 for s in sizes) > 8 * ITEMS:
        return
    flat = np.concatenate([_flat(v) for v in items])
    tensors = [v for v in items if isinstance(v, torch.Tensor)]
    element = "tensor-with-grad" if any(v.requires_grad for v in tensors) else "tensor" if tensors else "array"
    size = sizes.pop()
    shape = (len(value),) if size == 1 else (len(value), size)
    cut = len(value) > ITEMS or len(flat) > ITEMS
    yield _record(name, "list", value, flat, shape=shape, element=element, aliased=_aliased(items), truncated=cut)


def _size(value: Any) -> int | None:
    if isinstance(value, torch.Tensor):
        return int(value.numel())
    if isinstance(value, (np.ndarray, np.generic)):
        return int(value.size) if value.dtype.kind in "biuf" else None
    return 1 if isinstance(value, numbers.Real) else None


def _flat(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return np.array([float(v) for v in value.detach().reshape(-1).tolist()])
    return np.asarray(value, np.float64).reshape(-1)


def _aliased(items: Any) -> bool:
    """Whether every entry is a view of the same memory, so that all show the last value."""
    places = set()
    for v in items:
        if isinstance(v, torch.Tensor):
            places.add(v.data_ptr())
        elif isinstance(v, np.ndarray):
            places.add(v.__array_interface__["data"][0])
        else:
            return False
    return len(items) > 1 and len(places) == 1
