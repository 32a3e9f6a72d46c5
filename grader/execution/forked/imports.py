"""What a plain `import` would have given, in a process where everything is already imported.

The parent imports torch, scikit-learn and much else, and every kernel is a copy of it.  Were that all, `import sklearn` would
make `sklearn.metrics` usable without being imported, and a notebook would work here and fail on its author's machine.  So:

1. while the parent imports, a `Ledger` notes which module asks for which others while it is being executed;
2. `hide` takes the modules that a kernel would not have at its start out of sys.modules, and their names out of their
   packages, into a private cache;
3. an import that misses finds its module in the cache, and with it exactly the modules that executing it would have
   brought in (the closure over the ledger), at the cost of some dictionary entries.

What stays different: what a module did to the world when it was imported (registered a colour map, say) has been done.
"""

from __future__ import annotations

import builtins
import importlib._bootstrap
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

__all__ = ["Hidden", "Ledger"]


def _absolute(name: str, globals_: dict[str, Any] | None, level: int) -> str:
    """The full name that an import statement asks for."""
    if not level:
        return name
    package = (globals_ or {}).get("__package__") or ""
    base = package.rsplit(".", level - 1)[0] if level > 1 else package
    return f"{base}.{name}" if name else base


def _with_packages(name: str) -> Iterator[str]:
    """A module and the packages that it lies in, outermost first.

    >>> list(_with_packages("a.b.c"))
    ['a', 'a.b', 'a.b.c']
    """
    parts = name.split(".")
    for end in range(1, len(parts) + 1):
        yield ".".join(parts[:end])


class Ledger:
    """Which module asked for which others while it was executed (`asked`), and what was asked for otherwise (`roots`)."""

    def __init__(self) -> None:
        self.asked: dict[str, set[str]] = {}
        self.roots: set[str] = set()
        self._executing: list[str] = []

    def _note(self, name: str) -> None:
        if self._executing:
            self.asked.setdefault(self._executing[-1], set()).update(_with_packages(name))
        else:
            self.roots.update(_with_packages(name))

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Note every import until the end of the block; for a process with one thread."""
        # There is no public place from which both a first import and a repeated one can be seen.
        bootstrap: Any = importlib._bootstrap  # noqa: SLF001
        plain_load, plain_import, plain_named = bootstrap._load_unlocked, builtins.__import__, bootstrap._gcd_import  # noqa: SLF001

        def load(spec: ModuleSpec) -> ModuleType:
            self._note(spec.name)
            self._executing.append(spec.name)
            try:
                module: ModuleType = plain_load(spec)
            finally:
                self._executing.pop()
            return module

        # The names of the parameters are those of builtins.__import__, which may be called by keyword.
        def import_(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> ModuleType:  # noqa: A002
            module = plain_import(name, globals, locals, fromlist or (), level)
            full = _absolute(name, globals, level)
            for each in (full, *(f"{full}.{short}" for short in fromlist or ())):
                if each in sys.modules:
                    self._note(each)
            return module

        def import_named(name: str, package: str | None = None, level: int = 0) -> ModuleType:  # importlib.import_module's
            module: ModuleType = plain_named(name, package, level)
            self._note(_absolute(name, {"__package__": package}, level))
            return module

        bootstrap._load_unlocked, builtins.__import__, bootstrap._gcd_import = load, import_, import_named  # noqa: SLF001
        try:
            yield
        finally:
            bootstrap._load_unlocked, builtins.__import__, bootstrap._gcd_import = plain_load, plain_import, plain_named  # noqa: SLF001

    def closure(self, names: Iterable[str]) -> set[str]:
        """All modules that are there after importing these in a fresh process, as far as the ledger saw."""
        found: set[str] = set()
        todo = [whole for name in names for whole in _with_packages(name)]
        while todo:
            name = todo.pop()
            if name not in found:
                found.add(name)
                todo.extend(self.asked.get(name, ()))
        return found


class _Cached(Loader):
    """Gives back a module that was executed long ago."""

    def __init__(self, hidden: Hidden, name: str) -> None:
        self._hidden, self._name = hidden, name

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """The module itself, from the cache."""
        return self._hidden.modules[spec.name]

    def exec_module(self, module: ModuleType) -> None:
        """Nothing is executed: what executing it had brought in is brought back."""
        self._hidden.restore(self._name, module)


class Hidden(MetaPathFinder):
    """The modules that were taken out of sight, found again when they are imported."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.modules: dict[str, ModuleType] = {}
        self._specs: dict[str, ModuleSpec | None] = {}
        self._places: dict[str, tuple[dict[str, object], str] | None] = {}
        self._plans: dict[str, tuple[str, ...]] = {}

    def hide(self, keep: Callable[[str], bool]) -> int:
        """Take every module that the ledger knows and `keep` does not out of sight; how many they were."""
        known = {name for asked in self._ledger.asked.values() for name in asked} | self._ledger.roots
        for name in sorted(known, key=len, reverse=True):
            module = sys.modules.get(name)
            if module is None or keep(name):
                continue
            self.modules[name] = module
            self._specs[name] = getattr(module, "__spec__", None)
            self._places[name] = self._unbind(name, module)
        for name in self.modules:
            del sys.modules[name]
        for name in self._ledger.roots & set(self.modules):
            self._plans[name] = self._plan(name)
        sys.meta_path.insert(0, self)
        return len(self.modules)

    def _unbind(self, name: str, module: ModuleType) -> tuple[dict[str, object], str] | None:
        """Remove a submodule's name from its package, where it stands for the submodule and not for something else.

        Returns where it stood, past a module class of its own that may guard its attributes.
        """
        package, _, short = name.rpartition(".")
        owner = sys.modules.get(package)
        if owner is None or vars(owner).get(short) is not module:
            return None
        del vars(owner)[short]
        return vars(owner), short

    def find_spec(self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """See importlib.abc.MetaPathFinder."""
        del path, target
        if fullname not in self.modules:
            return None
        return ModuleSpec(fullname, _Cached(self, fullname), is_package=hasattr(self.modules[fullname], "__path__"))

    def _plan(self, name: str) -> tuple[str, ...]:
        """What comes back with a module; worked out before the fork for what is asked for by name, so that no kernel has to."""
        return tuple(each for each in self._ledger.closure([name]) if each in self.modules)

    def restore(self, name: str, module: ModuleType) -> None:
        """Bring a module back, with all that executing it had brought in."""
        vars(module)["__spec__"] = self._specs[name]  # the import system has just put its own there
        for each in self._plans.get(name) or self._plan(name):
            found = self.modules.pop(each, None)
            if found is None:
                continue
            sys.modules[each] = found
            place = self._places[each]
            if place is not None:
                place[0][place[1]] = found
