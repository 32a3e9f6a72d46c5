"""The grader's hold on the warm parent: starts it, asks it for kernels, starts it again when it has died."""

from __future__ import annotations

import contextlib
import itertools
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from grader.execution.confinement import cgroup
from grader.execution.confinement.level import Confinement
from grader.execution.confinement.policy import Allowance
from grader.execution.forked import messages
from grader.execution.forked.drain import Drain
from grader.execution.forked.handle import Handle
from grader.execution.forked.messages import Request
from grader.execution.forked.supervisor import GROUPS
from grader.model.errors import ExecutionError

__all__ = ["Parent"]

_WARMING_SECONDS = 120.0
_STOP_SECONDS = 5.0
_CODE = "import sys; sys.path.insert(0, sys.argv[3]); from grader.execution.forked.parent import main; main(int(sys.argv[1]), sys.argv[2])"
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def _pass_on_fonts(target: Path) -> None:
    """Copy matplotlib's list of this machine's fonts, where there is one: making it can take many seconds."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "matplotlib"
    own = os.environ.get("MPLCONFIGDIR")
    target.mkdir()
    for place in (*((Path(own),) if own else ()), cache, Path.home() / ".matplotlib"):
        with contextlib.suppress(OSError):
            for fonts in place.glob("fontlist-*.json"):
                shutil.copy(fonts, target)


def _environment(folder: Path) -> dict[str, str]:
    """A clean one: nothing of the grader's own variables, which may hold secrets."""
    fixed = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder),
        "MPLCONFIGDIR": str(folder / "matplotlib"),
        "MPLBACKEND": "agg",
        "CUDA_VISIBLE_DEVICES": "",
    }
    return fixed | dict.fromkeys(_THREADS, "1")


class Parent:
    """One warm parent and the private folder that kernels mount their trees on.  May be used from several threads."""

    def __init__(self, python: str = sys.executable) -> None:
        self._python = python
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._folder: Path | None = None
        self.seconds: dict[str, Any] = {}
        """What warming up took, by step."""

    @property
    def pid(self) -> int | None:
        """The process id, None where none runs."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def start(self) -> None:
        """Start it and wait until it is warm; does nothing where it already is.  Raises ExecutionError where it can't be."""
        with self._lock:
            self._started()

    def _started(self) -> tuple[socket.socket, Path]:
        if self._process is None or self._process.poll() is not None:
            self._stop()
            self._launch()
        assert self._control is not None
        assert self._folder is not None
        return self._control, self._folder

    def _launch(self) -> None:
        began = time.monotonic()
        self._folder = folder = Path(tempfile.mkdtemp(prefix="grader-kernels-"))
        folder.chmod(0o711)  # a kernel without a tree of its own works in a folder below, under another user
        for name in ("home", "mount"):
            (folder / name).mkdir()
        _pass_on_fonts(folder / "matplotlib")
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        source = str(Path(__file__).resolve().parents[3])
        command = [self._python, "-I", "-B", "-c", _CODE, str(theirs.fileno()), str(folder), source]
        with open(folder / "log", "wb") as log:
            self._process = subprocess.Popen(
                command, pass_fds=[theirs.fileno()], env=_environment(folder), cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        theirs.close()
        self._control = ours
        ours.settimeout(_WARMING_SECONDS)
        try:
            said, _ = messages.receive(ours)
        except TimeoutError:
            said = {"error": f"not warm after {_WARMING_SECONDS:g} s"}
        if said is None or said.get("event") != "warm":
            why = said["error"] if said else self._last_words()
            self._stop()
            raise ExecutionError(f"the warm parent could not be started: {why}", remedy="see `grader doctor`")
        ours.settimeout(None)
        cgroup.remove_stale(cgroup.here(), GROUPS)  # of an earlier parent that was killed, whoever's it was
        self.seconds = {**said["seconds"], "start": round(time.monotonic() - began, 3)}

    def _last_words(self) -> str:
        assert self._folder is not None
        lines = (self._folder / "log").read_text("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else "it ended without a word"

    def fork(self, confinement: Confinement, allowance: Allowance, *, seed: int | None = None, backend: str = "agg") -> Handle:
        """Ask for a kernel; returns at once, `Handle.wait_ready` waits for it.  A parent that has died is started again.

        Raises ExecutionError where no parent can be started.
        """
        with self._lock:
            for attempt in (1, 2):
                control, folder = self._started()
                try:
                    return self._ask(control, folder, confinement, allowance, seed, backend)
                except OSError:  # it died just now
                    self._stop()
                    if attempt == 2:
                        raise ExecutionError("the warm parent dies at once", remedy="see `grader doctor`") from None
        raise AssertionError("unreachable")

    def _ask(
        self, control: socket.socket, folder: Path, confinement: Confinement, allowance: Allowance, seed: int | None, backend: str
    ) -> Handle:
        base = None if confinement.namespaces else folder / f"kernel-{next(self._numbers)}"
        key = secrets.token_hex(32)
        mount = str(folder / "mount")
        place = None if base is None else str(base)
        request = Request(
            key=key, mount=mount, base=place, confinement=confinement, allowance=allowance, seed=seed, backend=backend
        )
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        drain = Drain(allowance.evidence_bytes)
        try:
            messages.send(control, request.text(), (theirs.fileno(), drain.inlet))
        except OSError:
            ours.close()
            drain.close()
            raise
        finally:
            theirs.close()
            drain.close_inlet()
        return Handle(ours, drain, key=key.encode(), base=base, allowance=allowance)

    def _stop(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_STOP_SECONDS)
            if self._process.poll() is None:
                self._process.kill()
                self._process.wait()
            self._process = None
            cgroup.remove_stale(cgroup.here(), GROUPS)  # of supervisors that died with it
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def close(self) -> None:
        """End it, and with it every kernel."""
        with self._lock:
            self._stop()
