"""Ordinary kernels: a fresh ipykernel process for every run, limited and watched, but not confined (level L0)."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import subprocess
import sys
import threading
import weakref
from pathlib import Path
from types import TracebackType
from typing import Self

from grader.execution import family, stream
from grader.execution.folder import Folder, environment
from grader.execution.kernel import Connection, Laid
from grader.model.errors import ExecutionError
from grader.model.run import Job, Outcome

__all__ = ["PlainExecutor", "PlainKernel"]

CHANNELS = ("shell", "iopub", "stdin", "control", "hb")
# Torch first: the recorder needs it in any case, and so a kernel that waits for its job has it already.
LAUNCH = "import sys; sys.path.remove(''); import torch; from ipykernel import kernelapp; kernelapp.launch_new_instance()"
OPTIONS = ("--HistoryManager.enabled=False", "--InteractiveShell.colors=NoColor")
LONGEST_SOCKET = 100
"""Characters of a UNIX socket's path; the kernel of the machine allows 104 to 108."""


class PlainKernel:
    """One ipykernel process in a session of its own, listening on sockets in its private folder."""

    isolation = "L0"

    def __init__(self, python: str) -> None:
        self._folder = Folder.create()
        self._ending = threading.Lock()
        self._mark = secrets.token_hex(8)
        self.connection, described = _connection(self._folder.kept)
        file = self._folder.kept / "connection.json"
        file.write_text(json.dumps(described))
        file.chmod(0o600)
        marks = {family.MARK: self._mark, "JPY_PARENT_PID": str(os.getpid())}  # the latter: it leaves when we are gone
        try:
            self._process = subprocess.Popen(
                [python, "-c", LAUNCH, "-f", str(file), *OPTIONS],
                cwd=self._folder.work,
                env=environment(self._folder, marks),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,  # read once at its end; unread, it holds 64 kB at most
                start_new_session=True,
            )
        except OSError as error:
            self._folder.remove()
            raise ExecutionError(f"no kernel could be started: {error.strerror}", where=python, remedy="see `grader doctor`") from error

    def lay(self, job: Job) -> Laid:
        """See Kernel."""
        self._folder.lay_files(job.files)
        return Laid(stream=str(self._folder.stream), served=self._folder.lay_served(job.served))

    def begin_cell(self) -> None:
        """See Kernel.  Nothing: a plain kernel has limits of wall time alone."""

    def poll(self) -> int | None:
        """See Kernel.  Leaves the process unreaped, so that its number stays its own until `kill` has swept its session."""
        if self._process.returncode is not None or not hasattr(os, "waitid"):
            return self._process.poll()
        ended = os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if ended is None:
            return None
        return ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status

    def interrupt(self) -> None:
        """See Kernel."""
        family.interrupt(self._process.pid)

    def kill(self) -> None:
        """See Kernel."""
        with self._ending:
            if self._process.returncode is None:
                family.end(self._process.pid, self._mark)
                self._process.wait()

    def memory(self, *, exact: bool = False) -> int:
        """See Kernel."""
        return family.proportional(self._process.pid) if exact else family.memory(self._process.pid)

    def complaint(self) -> str:
        """See Kernel."""
        if self._process.stderr is None or self._process.stderr.closed:
            return ""
        os.set_blocking(self._process.stderr.fileno(), False)
        said = (self._process.stderr.read() or b"").decode("utf-8", "replace").strip()
        return said.splitlines()[-1][:500] if said else ""

    def evidence(self) -> bytes:
        """See Kernel."""
        return stream.read(str(self._folder.stream))

    def discard(self) -> None:
        """See Kernel."""
        self.kill()
        if self._process.stderr is not None:
            self._process.stderr.close()
        self._folder.remove()


class PlainExecutor:
    """Runs every job on a fresh ordinary kernel.  While one runs, up to `spares` others start up for the next.

    May be used from several threads.  A context manager; what is still running ends with `close`, or with the interpreter.
    """

    def __init__(self, *, spares: int = 1, python: str = sys.executable) -> None:
        self._wanted, self._python = spares, python
        self._lock = threading.Lock()
        self._spare: list[PlainKernel] = []
        self._busy: list[PlainKernel] = []
        self._closed = False
        self._at_exit = weakref.finalize(self, _discard_all, self._spare, self._busy)

    def run(self, job: Job) -> Outcome:
        """See model.run.Executor."""
        from grader.execution.run import execute  # pyzmq and jupyter_client are loaded when something runs

        kernel = self._take()
        try:
            outcome = execute(kernel, job)
        finally:
            with self._lock:
                if kernel in self._busy:
                    self._busy.remove(kernel)
            kernel.discard()
        if self._closed:
            raise ExecutionError("the executor was closed while this notebook ran")
        return outcome

    def close(self) -> None:
        """End every process that this executor started; it can't be used afterwards."""
        with self._lock:
            self._closed = True
            _discard_all(self._spare, self._busy)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _take(self) -> PlainKernel:
        """A living kernel, started early where there is one; and its successors set going."""
        with self._lock:
            if self._closed:
                raise ExecutionError("this executor is closed", remedy="make a new one")
            while self._spare and self._spare[0].poll() is not None:
                self._spare.pop(0).discard()
            kernel = self._spare.pop(0) if self._spare else PlainKernel(self._python)
            self._busy.append(kernel)
            with contextlib.suppress(ExecutionError):  # a spare that can't be started: the run that needs it will say so
                while len(self._spare) < self._wanted:
                    self._spare.append(PlainKernel(self._python))
            return kernel


def _discard_all(*kernels: list[PlainKernel]) -> None:
    for group in kernels:
        while group:
            group.pop().discard()


def _connection(place: Path) -> tuple[Connection, dict[str, object]]:
    """Where a kernel is to listen: what we keep of it, and the contents of Jupyter's connection file.

    UNIX sockets in a private folder: no ports to race for, and nobody else on the machine can connect.
    """
    prefix, key = str(place / "k"), secrets.token_hex(32)
    if len(prefix) > LONGEST_SOCKET:
        raise ExecutionError("the temporary folder's path is too long for sockets", where=str(place.parent.parent), remedy="set TMPDIR")
    ports: dict[str, object] = {f"{channel}_port": number for number, channel in enumerate(CHANNELS, start=1)}
    described = ports | {"transport": "ipc", "ip": prefix, "key": key, "signature_scheme": "hmac-sha256", "kernel_name": ""}
    return Connection(shell_address=f"ipc://{prefix}-1", iopub_address=f"ipc://{prefix}-2", key=key.encode()), described
