"""The grader's hold on one forked kernel: what its supervisor says, and what it is told."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import threading
import time
from pathlib import Path

from grader.execution.confinement.policy import Allowance, box_places
from grader.execution.forked import messages
from grader.execution.forked.drain import Drain
from grader.execution.forked.messages import Ended
from grader.model.errors import ExecutionError

__all__ = ["LOST", "Handle"]

LOST = Ended(reason="supervisor-lost", code=-9)
"""The end of a kernel whose supervisor has gone: nothing that a notebook can bring about."""
_READY_SECONDS = 30.0
_END_SECONDS = 20.0


class Handle:
    """One kernel that was asked for.  May be used from several threads.

    box, temporary, ipc: descriptors of its folders, valid while it is held (also after its death, until `discard`).
    times: moments (time.monotonic) of the steps of its start.
    """

    def __init__(self, status: socket.socket, drain: Drain, *, key: bytes, base: Path | None, allowance: Allowance) -> None:
        self.asked = time.monotonic()
        self.key, self.allowance = key, allowance
        self._status, self._drain, self._base = status, drain, base
        self._lock = threading.RLock()
        self._folders: tuple[int, ...] = ()
        self._closed = False
        self.times: dict[str, float] = {}
        self.supervisor = 0
        self.error = ""
        self.ending = False
        self.ended: Ended | None = None

    @property
    def box(self) -> int:
        """The working folder."""
        return self._folders[0]

    @property
    def temporary(self) -> int:
        """The folder of temporary files."""
        return self._folders[1]

    @property
    def ipc(self) -> int:
        """The folder of the sockets."""
        return self._folders[2]

    @property
    def temporary_path(self) -> str:
        """The name of that folder inside the kernel."""
        return box_places(None if self._base is None else str(self._base)).temporary

    @property
    def ready(self) -> bool:
        """Its sockets are bound."""
        return bool(self._folders)

    def fileno(self) -> int:
        """The status socket's descriptor, for event loops."""
        return self._status.fileno()

    def hear(self, seconds: float = 0.0) -> None:
        """Take in what the supervisor has said, waiting at most so long for the first of it."""
        with self._lock:
            while self.ended is None:
                self._status.settimeout(seconds or 0.0)
                try:
                    said, descriptors = messages.receive(self._status)
                except (BlockingIOError, TimeoutError):
                    return
                seconds = 0.0
                if said is None:
                    self.ended = LOST
                elif said["event"] == "ready":
                    self._folders, self.times, self.supervisor = descriptors, said["times"], said["process"]
                elif said["event"] == "failed":
                    self.error = said["error"]
                elif said["event"] == "ending":
                    self.ending = True
                elif said["event"] == "ended":
                    self.ended = Ended(**{name: value for name, value in said.items() if name != "event"})

    def wait_ready(self, seconds: float = _READY_SECONDS) -> None:
        """Until its sockets are bound.  Raises ExecutionError where it ended first, or takes too long."""
        end = time.monotonic() + seconds
        while not self.ready and self.ended is None and (left := end - time.monotonic()) > 0:
            self.hear(left)
        if not self.ready:
            raise ExecutionError(f"no kernel could be forked: {self.complaint() or 'no answer in time'}", remedy="see `grader doctor`")

    def complaint(self) -> str:
        """The last line of what went wrong while it started, '' where nothing did."""
        lines = self.error.strip().splitlines()
        return lines[-1] if lines else ""

    def _tell(self, **what: object) -> None:
        with self._lock, contextlib.suppress(OSError):  # a supervisor that has gone needs no telling
            self._status.settimeout(5.0)
            messages.send(self._status, dict(what))

    def begin(self, *, wall: float, memory: int, cpu: float) -> None:
        """The job starts: from now on its time and memory count."""
        self._tell(begin=[wall, memory, cpu])

    def begin_cell(self, *, cpu: float) -> None:
        """A cell starts that may use so many CPU seconds."""
        self._tell(cell=cpu)

    def interrupt(self) -> None:
        """SIGINT to the kernel."""
        self._tell(signal="interrupt")

    def kill(self, *, wait: bool = True) -> None:
        """End every process of it; returns when none is left."""
        if self.ended is None:
            self._tell(signal="kill")
        end = time.monotonic() + _END_SECONDS
        while wait and self.ended is None and (left := end - time.monotonic()) > 0:
            self.hear(left)

    def evidence(self) -> bytes:
        """What the recorder has written; to be asked for when the kernel is dead."""
        return self._drain.all()

    def write(self, folder: int, path: str, content: bytes) -> None:
        """Lay a file into one of its folders, before any of the student's code has run; `path` stays within the folder.

        Raises OSError where the folder is full or the file is there already.
        """
        owner = os.fstat(folder)
        *parents, name = path.split("/")
        here = os.dup(folder)
        try:
            for parent in parents:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(parent, dir_fd=here)
                    os.chown(parent, owner.st_uid, owner.st_gid, dir_fd=here, follow_symlinks=False)
                below = os.open(parent, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=here)
                os.close(here)
                here = below
            file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644, dir_fd=here)
            with open(file, "wb") as stream:
                os.fchown(file, owner.st_uid, owner.st_gid)
                stream.write(content)
        finally:
            os.close(here)

    def discard(self) -> None:
        """End it and let go of everything that it held."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self.kill()
            self._status.close()
            for folder in self._folders:
                os.close(folder)
            if self._base is not None:
                shutil.rmtree(self._base, ignore_errors=True)
        self._drain.all()
