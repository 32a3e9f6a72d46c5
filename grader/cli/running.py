"""What a verb that executes notebooks needs: an executor, and the bytes of a submission."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from grader.model.errors import UsageError

if TYPE_CHECKING:
    from grader.model.run import Executor, Job, Outcome

__all__ = ["WhenNeeded", "executor", "file_bytes", "submission_bytes"]

_NEEDED = ("torch", "ipykernel", "jupyter_client", "zmq")


def executor(*, trusted: bool, ready: int = 1, extra: str = "instructor") -> Executor:
    """The executor for this machine, good for several threads at once.

    trusted: the course's or the user's own work, or allowed to run unconfined.  ready: kernels that wait for a notebook.
    extra: the part of the installation that brings what is needed.
    Raises UsageError where what it needs is not installed, and for work that is not trusted where no kernel can be confined.
    """
    from importlib.util import find_spec

    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise UsageError(f"{', '.join(missing)} must be installed to run notebooks", remedy=f"pip install 'torch-grader[{extra}]'")
    from grader.execution.choosing import choose

    return choose(trusted=trusted, ready=ready)


class WhenNeeded:
    """An executor that is chosen when the first notebook is to run: a file that can't be read is a report without one."""

    def __init__(self, *, trusted: bool) -> None:
        self._trusted = trusted
        self._chosen: Executor | None = None

    def run(self, job: Job) -> Outcome:
        """See Executor; raises what `executor` does as well."""
        if self._chosen is None:
            self._chosen = executor(trusted=self._trusted)
        return self._chosen.run(job)

    def close(self) -> None:
        """See Executor."""
        if self._chosen is not None:
            self._chosen.close()


def file_bytes(path: Path) -> bytes:
    """A file that a platform made.  Raises UsageError where there is none, or it can't be read."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise UsageError("no such file", where=str(path), remedy="give the path of a file") from None
    except OSError as error:
        raise UsageError(f"can't be read: {error.strerror}", where=str(path), remedy="give the path of a file") from error


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
