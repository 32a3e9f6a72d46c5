"""The warm parent: imports everything once, then forks a supervisor for every request, and does nothing else.

Started by `warm.Parent` as a fresh interpreter with a clean environment.  It holds no test, no reference and no credential:
whatever is in its memory can be read by every student.
"""

from __future__ import annotations

import contextlib
import gc
import os
import select
import shutil
import signal
import socket
import time
import traceback

from grader.execution.confinement import calls, cgroup, host, syscalls
from grader.execution.confinement import filter as bpf
from grader.execution.confinement.policy import SystemCalls
from grader.execution.forked import messages, supervisor, warming

__all__ = ["main"]

_PATIENCE = 500
"""Milliseconds between looks for supervisors that have ended."""
_FAREWELL_SECONDS = 3.0


def _reap() -> bool:
    """Take in the supervisors that have ended; whether any are left."""
    killed = False
    try:
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            killed = killed or os.WIFSIGNALED(ended[1])
    except ChildProcessError:
        return False
    finally:
        if killed:  # it could not clear up after itself
            cgroup.remove_stale(cgroup.here(), supervisor.GROUPS)
    return True


def _leave() -> None:
    """Let the supervisors, who see that the grader has gone, end their kernels and clear up; our death would kill them."""
    give_up = time.monotonic() + _FAREWELL_SECONDS
    while _reap() and time.monotonic() < give_up:
        time.sleep(0.01)


def _fork(control: socket.socket, text: dict[str, object], descriptors: tuple[int, ...], began: float) -> None:
    status, evidence = descriptors
    child = os.fork()
    if child == 0:
        try:
            gc.disable()
            control.close()
            times = {"request": began, "supervisor": time.monotonic()}
            supervisor.supervise(messages.Request.read(text), socket.socket(fileno=status), evidence, times)
        except BaseException:  # noqa: BLE001 (this process must leave here whatever happens, or there would be two parents)
            traceback.print_exc()
        finally:
            os._exit(0)
    os.close(status)
    os.close(evidence)


def _serve(control: socket.socket) -> None:
    """Until the grader's end closes."""
    poll = select.poll()
    poll.register(control, select.POLLIN)
    while True:
        if poll.poll(_PATIENCE):
            message, descriptors = messages.receive(control)
            if message is None:
                return
            _fork(control, message, descriptors, time.monotonic())
        _reap()


def _learn() -> None:
    """Work out once what every fork would have to: where Python lies, where groups are made, the filter of system calls."""
    host.look()
    cgroup.here()
    if calls.machine() in syscalls.AUDIT_ARCHITECTURES:
        bpf.assemble(SystemCalls(), calls.machine())


def main(descriptor: int, folder: str) -> None:
    """Warm up, say so on the control socket, serve; remove `folder` when the grader has gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Control-C is the grader's affair
    # No parent-death signal here: it follows the thread that started us, which may end long before the grader does.
    control = socket.socket(fileno=descriptor)
    _learn()
    try:
        seconds = warming.warm()
    except Exception as error:  # noqa: BLE001 (the grader decides what follows from a parent that won't start)
        with contextlib.suppress(OSError):
            messages.send(control, {"event": "failed", "error": f"{type(error).__name__}: {error}"})
        return
    with contextlib.suppress(OSError):  # the grader has gone meanwhile
        messages.send(control, {"event": "warm", "seconds": seconds, "process": os.getpid()})
        _serve(control)
    _leave()
    shutil.rmtree(folder, ignore_errors=True)
