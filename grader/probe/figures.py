"""Figures as data: axes, lines, labels and legends are read, nothing is rendered."""

from __future__ import annotations

import importlib.abc
import importlib.util
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from grader.probe.channel import packed
from grader.probe.recorder import Recorder

__all__ = ["Figures"]

POINTS = 20000
CURVES = 64
AXES = 16
CLEARED = 20
"""How many figures are read because somebody clears them: a live plot is cleared at every step."""


class Figures:
    """Tells a recorder what the open figures show, then closes them, as a notebook's inline backend does at a cell's end.

    looked_at: somebody sees the figures.  They are read before they are shown, and neither shown nor closed here.
    """

    def __init__(self, recorder: Recorder, *, looked_at: bool = False) -> None:
        self.recorder, self.looked_at = recorder, looked_at
        self._failed: dict[int, list[dict[str, Any]]] = {}
        self._loose: list[dict[str, Any]] = []
        self._told: set[bytes] = set()
        self._patched = False
        self._cleared = 0
        self._undo: list[tuple[Any, str, Any]] = []
        self._plain_close: Any = None

    def tell(self, namespace: Any = ()) -> None:
        """Read every open figure and every figure that a name holds; then close the open ones."""
        plt = sys.modules.get("matplotlib.pyplot")
        if plt is None:
            return
        self._look(plt, namespace)
        try:
            if not self.looked_at:
                self._close(plt)("all")  # in any case: a figure that can't be read would else spoil those of every later cell
        except Exception:
            self.recorder.fault("figure")
        self._failed.clear()
        self._loose = []

    def _look(self, plt: Any, namespace: Any = ()) -> None:
        try:
            self.patch(plt)
            numbers = plt.get_fignums()
            current = plt.gcf().number if numbers else None
            figures = [plt.figure(n) for n in numbers]
            if current is not None:
                plt.figure(current)
            held = [
                v
                for v in (namespace.values() if hasattr(namespace, "values") else ())
                if type(v).__name__ == "Figure" and hasattr(v, "get_axes")
            ]
            for figure in figures + [f for f in held if f not in figures]:
                self._emit([self._axes(ax) for ax in figure.get_axes()[:AXES]])
            if self._loose:
                self._emit([{"curves": self._loose, "title": "", "xlabel": "", "ylabel": "", "legend": []}])
        except Exception:
            self.recorder.fault("figure")

    def _close(self, plt: Any) -> Any:
        return self._plain_close or plt.close

    def forget(self) -> None:
        """Tell again of what is told already, where it is still there at the next look."""
        self._told.clear()

    def watch(self) -> None:
        """Patch pyplot as soon as it is imported, so that the very first cell's show() is seen too."""
        plt = sys.modules.get("matplotlib.pyplot")
        if plt is not None:
            self.patch(plt)
        else:
            sys.meta_path.insert(0, _Import("matplotlib.pyplot", self.patch))

    def patch(self, plt: Any) -> None:
        """Make plt.show() read instead of draw, and keep what a plot() call was given when it raises."""
        if self._patched:
            return
        self._patched = True
        from matplotlib.axes import Axes
        from matplotlib.figure import Figure

        if not self.looked_at:
            _name_old_styles(plt)
        patched = [(plt, "close"), (plt, "show"), (Figure, "show"), (Figure, "clear")]
        patched += [(Axes, name) for name in ("plot", "semilogy", "scatter")]
        self._undo = [(owner, name, getattr(owner, name)) for owner, name in patched]
        tell, plain = self.tell, plt.show if self.looked_at else None

        def show(*args: Any, **kwargs: Any) -> Any:
            tell()
            return None if plain is None else plain(*args, **kwargs)

        self._plain_close = closing = plt.close

        def close(*args: Any, **kwargs: Any) -> Any:
            self._look(plt)  # a script saves its figure and closes it before anybody could look
            return closing(*args, **kwargs)

        plain_clear = Figure.clear

        def clear(figure: Any, *args: Any, **kwargs: Any) -> Any:
            if figure.axes and self._cleared < CLEARED:
                self._cleared += 1
                self._look(plt)  # saved, and cleared for the next one
            return plain_clear(figure, *args, **kwargs)

        setattr(Figure, "clear", clear)  # noqa: B010 - of plt.clf() as well
        plt.close = close
        plt.show = show  # a plain function: pyplot writes attributes on it when the backend is chosen

        def shown(figure: Any, warn: bool = True) -> None:
            """Nothing: the figure is read at the cell's end."""

        if not self.looked_at:
            setattr(Figure, "show", shown)  # noqa: B010
        for name in ("plot", "semilogy", "scatter"):
            setattr(Axes, name, self._kept(getattr(Axes, name)))

    def unpatch(self) -> None:
        """Leave pyplot as it was."""
        sys.meta_path[:] = [finder for finder in sys.meta_path if not (isinstance(finder, _Import) and finder.then == self.patch)]
        while self._undo:
            owner, name, plain = self._undo.pop()
            setattr(owner, name, plain)

    def _kept(self, plain: Callable[..., Any]) -> Callable[..., Any]:
        def plot(axes: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                return plain(axes, *args, **kwargs)
            except Exception:
                curve = _asked(args, kwargs)
                if curve is not None:
                    self._failed.setdefault(id(axes), []).append(curve)
                raise

        plot.__name__, plot.__doc__ = plain.__name__, plain.__doc__
        return plot

    def _emit(self, axes: list[dict[str, Any]]) -> None:
        digest = repr(axes).encode("utf-8", "replace")
        if axes and digest not in self._told:
            self._told.add(digest)
            self.recorder.channel.emit("figure", cell=self.recorder.cell, axes=axes)

    def _read(self, how: Callable[[Any], dict[str, Any] | None], curve: Any) -> dict[str, Any] | None:
        """One curve; one that is no numbers costs only itself."""
        try:
            return how(curve)
        except Exception:
            self.recorder.fault("curve")
            return None

    def _axes(self, ax: Any) -> dict[str, Any]:
        curves = [self._read(_dots, dots) for dots in _of_a_point_each(ax.get_lines())]
        curves += [self._read(_line, line) for line in ax.get_lines()[: CURVES - len(curves)]]
        curves += [self._read(_stairs, patch) for patch in ax.patches[:CURVES] if type(patch).__name__ == "StepPatch"]
        curves += [self._read(_points, c) for c in ax.collections[:CURVES] if hasattr(c, "get_offsets")]
        curves += self._failed.get(id(ax), [])
        legend = ax.get_legend()
        shared = [
            text for one in getattr(ax.figure, "legends", [])[:4] for text in one.get_texts()[:CURVES]
        ]  # a legend of the whole figure
        return {
            "curves": [c for c in curves if c is not None],
            "title": ax.get_title()[:200],
            "xlabel": ax.get_xlabel()[:200],
            "ylabel": ax.get_ylabel()[:200],
            "xscale": ax.get_xscale(),
            "yscale": ax.get_yscale(),
            "legend": [t.get_text()[:200] for t in [*(legend.get_texts()[:CURVES] if legend is not None else []), *shared]],
            "three_d": ax.name == "3d",
        }


def _name_old_styles(_: Any) -> None:
    """Let the styles that matplotlib renamed in 3.6 be found under the names that older tutorials give them."""
    from matplotlib.style import library as styles

    for name in [n for n in styles if n.startswith("seaborn-v0_8")]:
        styles.setdefault(name.replace("-v0_8", "", 1), styles[name])


class _Import(importlib.abc.MetaPathFinder):
    """Calls a function with a module right after its first import, then gets out of the way."""

    def __init__(self, name: str, then: Callable[[Any], None]) -> None:
        self.name, self.then = name, then

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        """The spec that the others find, with the function called at the end of its loading."""
        if name != self.name:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is None or spec.loader is None:
            return spec
        plain = spec.loader.exec_module

        def exec_module(module: Any) -> None:
            plain(module)
            self.then(module)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def _line(line: Any) -> dict[str, Any] | None:
    x, y = (np.ma.filled(np.ma.asarray(v, np.float64), np.nan).reshape(-1)[:POINTS] for v in line.get_data(orig=False)[:2])
    label = str(line.get_label())
    return {"kind": "line", "label": "" if label.startswith("_") else label[:200], "x": packed(x), "y": packed(y), "failed": False}


def _points(collection: Any) -> dict[str, Any] | None:
    offsets = np.ma.filled(np.ma.asarray(collection.get_offsets(), np.float64), np.nan).reshape(-1, 2)[:POINTS]
    if not len(offsets):
        return None
    label = str(collection.get_label())
    x, y = packed(offsets[:, 0]), packed(offsets[:, 1])
    return {"kind": "points", "label": "" if label.startswith("_") else label[:200], "x": x, "y": y, "failed": False}


def _of_a_point_each(lines: Any) -> list[list[Any]]:
    """Lines of one point, those of one colour together: a live plot sets a dot in every turn of the loop."""
    found: dict[str, list[Any]] = {}
    for line in list(lines)[:POINTS]:
        if len(line.get_xdata(orig=False)) == 1:
            found.setdefault(str(line.get_color()), []).append(line)
    return [dots for dots in found.values() if len(dots) > 2][: CURVES // 2]


def _dots(lines: list[Any]) -> dict[str, Any]:
    points = np.array([[np.ravel(v)[0] for v in line.get_data(orig=False)[:2]] for line in lines], np.float64)
    label = next((str(line.get_label()) for line in lines if not str(line.get_label()).startswith("_")), "")
    return {"kind": "points", "label": label[:200], "x": packed(points[:, 0]), "y": packed(points[:, 1]), "failed": False}


def _stairs(patch: Any) -> dict[str, Any]:
    values, edges, _ = patch.get_data()
    y, label = np.asarray(values, np.float64).reshape(-1)[:POINTS], str(patch.get_label())
    x = packed(np.asarray(edges, np.float64)[: len(y)])
    return {"kind": "line", "label": "" if label.startswith("_") else label[:200], "x": x, "y": packed(y), "failed": False}


def _asked(args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any] | None:
    """What a plot() call that raised was asked to draw: its last run of numbers, tensors with a gradient included."""
    for value in reversed(args):
        if isinstance(value, str):
            continue
        try:
            items = value.detach().reshape(-1).tolist() if hasattr(value, "detach") else [_number(v) for v in value]
        except (TypeError, ValueError, RuntimeError):
            return None
        y = np.array(items[:POINTS], np.float64)
        label = str(kwargs.get("label", ""))[:200]
        return {"kind": "line", "label": label, "x": packed(np.arange(len(y))), "y": packed(y), "failed": True}
    return None


def _number(value: Any) -> float:
    return float(value.detach() if hasattr(value, "detach") else value)
