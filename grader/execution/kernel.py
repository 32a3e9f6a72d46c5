"""What a kernel must offer to be run on: the small port behind which a plain, a forked or a confined one stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from grader.model.run import Job

__all__ = ["Connection", "Kernel", "Laid"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """Where a kernel listens: ZeroMQ addresses of its shell and output sockets, and the key that signs messages."""

    shell_address: str
    iopub_address: str
    key: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """What was laid out for a job, as paths that are valid inside the kernel.

    stream: the file that the recorder writes.  served: URL -> file.
    """

    stream: str
    served: Mapping[str, str]


class Kernel(Protocol):
    """A fresh kernel, good for one job."""

    @property
    def isolation(self) -> str:
        """`L0` (none) to `L3`."""
        ...

    @property
    def connection(self) -> Connection:
        """Where it listens."""
        ...

    def lay(self, job: Job) -> Laid:
        """Lay the job's files into the working folder and its served files beside it."""
        ...

    def begin_cell(self) -> None:
        """The next cell is about to be sent: limits of a single cell that the kernel keeps itself (CPU time) count from here."""
        ...

    def poll(self) -> int | None:
        """Its exit code (minus a signal's number), or None while it lives."""
        ...

    def interrupt(self) -> None:
        """Send SIGINT to its process group."""
        ...

    def kill(self) -> None:
        """End every process of it at once; may be called again."""
        ...

    def memory(self, *, exact: bool = False) -> int:
        """Bytes of memory that its processes hold together.

        A page that several of them share may count for each; where `exact`, it counts once, which may take milliseconds.
        """
        ...

    def complaint(self) -> str:
        """The last line that it wrote to its own standard error, '' where there is none.  Call it once, after its end."""
        ...

    def evidence(self) -> bytes:
        """What the recorder has written; b'' where it never got to it."""
        ...

    def discard(self) -> None:
        """Kill it and remove everything that it left on disk."""
        ...
