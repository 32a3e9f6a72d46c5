"""What a verb that executes notebooks needs: an executor, and the bytes of a submission."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from grader.model.errors import UsageError

if TYPE_CHECKING:
    from grader.model.run import Executor

__all__ = ["executor", "submission_bytes"]

_NEEDED = ("torch", "ipykernel", "jupyter_client", "zmq")


def executor() -> Executor:
    """An executor for this machine.  Raises UsageError where what it needs is not installed."""
    from importlib.util import find_spec

    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise UsageError(f"{', '.join(missing)} must be installed to run notebooks", remedy="pip install 'torch-grader[instructor]'")
    from grader.execution.plain import PlainExecutor

    return PlainExecutor()


def submission_bytes(path: Path) -> bytes:
    """The file's bytes.  Raises UsageError where there is no such file, it is a folder, or it can't be read."""
    if path.is_dir():
        raise UsageError("a folder, not a notebook", where=str(path), remedy="give the path of one .ipynb or .py file")
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise UsageError("no such notebook", where=str(path), remedy="give the path of an .ipynb or .py file") from None
    except OSError as error:
        raise UsageError(f"can't be read: {error.strerror}", where=str(path), remedy="check its permissions") from error
