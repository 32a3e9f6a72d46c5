"""Importable stand-ins for helper modules of the labs: cheap, they accept anything and do nothing.

`dataidea_science.plots` draws the path of the parameters over the loss surface; `nbdev` builds documentation.  A module that is
really installed wins, and nothing costs anything before somebody imports it.  `tqdm` draws progress bars, of which nobody sees any
here: its stand-in goes before the real one, which would want a notebook's widgets and fill the output.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import sys
import types
from collections.abc import Iterator, Sequence
from typing import Any

__all__ = ["Inert", "PlotErrorSurfaces", "install"]

PACKAGES = ("dataidea_science", "nbdev")
PLOTS = "dataidea_science.plots"
BARS = "tqdm"


class Inert:
    """Call it, index it, loop over it, enter it, ask it for any attribute: nothing happens."""

    def __call__(self, *args: object, **settings: object) -> Any:
        """Itself: as a decorator of one function it would lose the function, so that is handed back."""
        if len(args) == 1 and not settings and isinstance(args[0], types.FunctionType):
            return args[0]
        return self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)  # copying, pickling and printing look for these and must not find them
        return self

    def __getitem__(self, key: object) -> Any:
        raise IndexError(key)

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *error: object) -> None:
        return None


class PlotErrorSurfaces:
    """The labs' `plot_error_surfaces(w_range, b_range, X, Y, n_samples, go=…)`, which draws nothing.

    Both call styles of set_para_loss are accepted: (w, b, loss) and (model, loss).
    """

    def __init__(self, *args: object, **settings: object) -> None:
        pass

    def set_para_loss(self, *args: object, **settings: object) -> None:
        """Forget a point of the path."""

    def plot_ps(self, *args: object, **settings: object) -> None:
        """Draw nothing."""

    def final_plot(self, *args: object, **settings: object) -> None:
        """Draw nothing."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return Inert()


class Bar(Inert):
    """A progress bar that shows nothing: it goes through what it is given, and takes every call of tqdm's."""

    def __init__(self, iterable: Any = None, *args: object, **settings: Any) -> None:
        self.iterable, self.n, self.total = iterable, 0, settings.get("total")

    def __iter__(self) -> Iterator[Any]:
        for one in () if self.iterable is None else self.iterable:
            yield one
            self.n += 1

    def __len__(self) -> int:
        return len(self.iterable) if hasattr(self.iterable, "__len__") else int(self.total or 0)

    def __call__(self, *args: object, **settings: object) -> Any:
        """As of tqdm's methods: nothing to give back."""

    def __bool__(self) -> bool:
        return True

    @classmethod
    def write(cls, s: object = "", *args: object, **settings: Any) -> None:
        """Print, as tqdm does between its bars."""
        print(s, end=settings.get("end", "\n"))  # noqa: T201 - what the student asked to be printed


def bars(*sizes: int, **settings: Any) -> Bar:
    """tqdm.trange."""
    return Bar(range(*sizes), **settings)


class _Module(types.ModuleType):
    """A module in which every public name exists."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        if f"{self.__name__}.{name}" == PLOTS:  # `from dataidea_science import plots` asks here before it imports
            return importlib.import_module(PLOTS)
        return Inert()


class _StandIns(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Last on sys.meta_path, asked only for what nothing else has; or first, for what goes before the real one."""

    def __init__(self, *packages: str) -> None:
        self.packages = packages

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname.partition(".")[0] not in self.packages:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)  # so that any module below it is there as well

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return _Module(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        if module.__name__ == PLOTS:
            module.__dict__.update(
                plot_error_surfaces=PlotErrorSurfaces,
                get_surface=PlotErrorSurfaces(),
                __all__=["plot_error_surfaces", "get_surface"],
            )
        elif module.__name__.partition(".")[0] == BARS:
            names = {"tqdm": Bar, "trange": bars, "tqdm_notebook": Bar, "tnrange": bars}
            module.__dict__.update(names, __all__=[*names])


def install() -> None:
    """Put the finder behind all others, once."""
    if not any(isinstance(finder, _StandIns) for finder in sys.meta_path):
        sys.meta_path.insert(0, _StandIns(BARS))
        sys.meta_path.append(_StandIns(*PACKAGES))
