"""Loading `exercise.py`: the author's own, trusted code, imported under a private name and without leaving bytecode behind."""

from __future__ import annotations

import hashlib
import sys
import traceback
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import CodeType, ModuleType

from grader.model.errors import AuthorError
from grader.model.exercise import Exercise

__all__ = ["load_exercise"]


class _UncachedLoader(SourceFileLoader):
    """Compiles the source each time: a cached file next to a reference would be stale within one tick of the clock."""

    def get_code(self, fullname: str) -> CodeType:
        """The module's code, from its source alone."""
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)


def load_exercise(path: Path) -> Exercise:
    """Import an author's module and return its `EXERCISE`.

    Raises AuthorError, with file and line, for a missing file, a module that fails, and one without an Exercise.
    """
    if not path.is_file():
        raise AuthorError("the declaration is missing", where=str(path), remedy="write it, defining EXERCISE")
    found = getattr(_imported(path), "EXERCISE", None)
    if not isinstance(found, Exercise):
        what = "defines no EXERCISE" if found is None else f"EXERCISE is a {type(found).__name__}, not an Exercise"
        raise AuthorError(what, where=str(path), remedy="EXERCISE = Exercise(…), from grader.model.exercise")
    return found


def _imported(path: Path) -> ModuleType:
    """The module, run afresh.  It stays in sys.modules, where dataclasses and inspect look for it."""
    resolved = str(path.resolve())
    name = f"_grader_exercise_{hashlib.blake2b(resolved.encode(), digest_size=8).hexdigest()}"
    loader = _UncachedLoader(name, resolved)
    spec = spec_from_loader(name, loader)
    if spec is None:
        raise AuthorError("can't be imported", where=str(path))
    module = module_from_spec(spec)
    before = sys.modules.get(name)
    sys.modules[name] = module
    try:
        loader.exec_module(module)
    except Exception as error:  # an author's module may fail with anything; it becomes one clear line
        if before is None:
            del sys.modules[name]
        else:
            sys.modules[name] = before
        raise AuthorError(f"{type(error).__name__}: {_first_line(error)}", where=f"{path}, line {_line(error, resolved)}") from error
    return module


def _first_line(error: Exception) -> str:
    """What went wrong, in one line."""
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    return (text.strip().splitlines() or ["no message"])[0]


def _line(error: Exception, path: str) -> int:
    """The last line of the author's own file that led to the error, from 1."""
    if isinstance(error, SyntaxError) and error.filename == path and error.lineno:
        return error.lineno
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path and frame.lineno]
    return lines[-1] if lines else 1
