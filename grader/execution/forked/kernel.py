"""A forked kernel behind the port that runs are driven through (`grader.execution.kernel.Kernel`)."""

from __future__ import annotations

from pathlib import PurePosixPath

from grader.execution.confinement.policy import Allowance
from grader.execution.forked.child import EVIDENCE
from grader.execution.forked.handle import Handle
from grader.execution.forked.shell import PREFIX
from grader.execution.kernel import Connection, Laid
from grader.model.errors import AuthorError
from grader.model.exercise import Limits
from grader.model.run import Job

__all__ = ["ForkedKernel", "allowance_for"]

_SLACK_SECONDS = 90.0
"""The driver keeps the wall limits; the supervisor ends the kernel only if the driver does not."""


def allowance_for(limits: Limits) -> Allowance:
    """The named limits of a kernel, from those of an exercise.

    A second of wall time allows a second of CPU: more is had only by several processes or threads at once.
    """
    return Allowance(
        cell_seconds=limits.cell_seconds,
        notebook_seconds=limits.notebook_seconds,
        cell_cpu_seconds=limits.cell_seconds,
        notebook_cpu_seconds=limits.notebook_seconds,
        memory_bytes=limits.memory_bytes,
        output_bytes=limits.output_bytes,
    )


class ForkedKernel:
    """One forked kernel, good for one job."""

    def __init__(self, handle: Handle, isolation: str) -> None:
        self.handle, self.isolation = handle, isolation

    @property
    def connection(self) -> Connection:
        """See Kernel.  The sockets are reached through a descriptor of their folder, whatever tree it is in."""
        prefix = f"ipc:///proc/self/fd/{self.handle.ipc}/{PREFIX}"
        return Connection(shell_address=f"{prefix}-1", iopub_address=f"{prefix}-2", key=self.handle.key)

    def lay(self, job: Job) -> Laid:
        """See Kernel.  The job's time and memory count from here on."""
        for name, content in job.files.items():
            path = PurePosixPath(name)
            if path.is_absolute() or ".." in path.parts or not path.parts:
                raise AuthorError("a data file's name must stay within the working folder", where=name, remedy="name it like data/cars.csv")
            self.handle.write(self.handle.box, str(path), content)
        served: dict[str, str] = {}
        for number, (url, content) in enumerate(job.served.items()):
            self.handle.write(self.handle.temporary, f"served/{number}", content)
            served[url] = f"{self.handle.temporary_path}/served/{number}"
        limits = job.limits
        self.handle.begin(wall=limits.notebook_seconds + _SLACK_SECONDS, memory=limits.memory_bytes, cpu=limits.notebook_seconds)
        return Laid(stream=f"/proc/self/fd/{EVIDENCE}", served=served)

    def begin_cell(self) -> None:
        """See Kernel.  Its supervisor counts the CPU time of all its processes together."""
        self.handle.begin_cell(cpu=self.handle.allowance.cell_cpu_seconds)

    def poll(self) -> int | None:
        """See Kernel.  While its supervisor ends it, the end is waited for: giving back gigabytes may take seconds."""
        self.handle.hear()
        if self.handle.ending:
            self.handle.kill()
        ended = self.handle.ended
        if ended is None:
            return None
        return -9 if ended.code is None else ended.code

    def interrupt(self) -> None:
        """See Kernel."""
        self.handle.interrupt()

    def kill(self) -> None:
        """See Kernel."""
        self.handle.kill()

    def memory(self, *, exact: bool = False) -> int:
        """0: the supervisor watches memory itself, and ends the kernel before the driver would see it."""
        del exact
        return 0

    def complaint(self) -> str:
        """See Kernel."""
        return self.handle.complaint()

    def evidence(self) -> bytes:
        """See Kernel."""
        return self.handle.evidence()

    def discard(self) -> None:
        """See Kernel."""
        self.handle.discard()
