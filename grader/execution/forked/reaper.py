"""Process 1 of a kernel's namespace: takes the last steps that need privileges, forks the kernel, reaps orphans."""

from __future__ import annotations

import json
import os
import signal
import time
import traceback
from types import FrameType

from grader.execution.confinement import calls, capabilities, cgroup, mounts, namespaces
from grader.execution.confinement.policy import Places
from grader.execution.forked import child
from grader.execution.forked.messages import Request

__all__ = ["run"]


def _confine(request: Request, uid: int, gid: int, groups: cgroup.Groups) -> None:
    """The tree, the process list, the user, the privileges."""
    groups.join()
    groups.close()
    if request.confinement.namespaces:
        mounts.proc(request.mount)
        mounts.enter_root(request.mount)
        calls.sethostname("kernel")
    if request.confinement.own_uid:
        capabilities.become(uid, gid)
    if request.confinement.level != "L0":
        capabilities.drop_all()
        capabilities.forbid_new_privileges()
    namespaces.set_parent_death_signal(signal.SIGKILL)  # after the change of user, which clears it


def _say(pipe: int, **what: object) -> None:
    os.write(pipe, json.dumps(what).encode() + b"\n")


def _reap(kernel: int, pipe: int) -> None:
    """Until the kernel ends; then this process does, and with it the namespace."""

    def pass_on(number: int, frame: FrameType | None) -> None:
        del number, frame
        os.kill(kernel, signal.SIGINT)

    signal.signal(signal.SIGINT, pass_on)
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == kernel:
            _say(pipe, code=os.waitstatus_to_exitcode(status))
            return


def run(
    request: Request,
    places: Places,
    ids: tuple[int, int],
    groups: cgroup.Groups,
    pipes: tuple[int, int],
    times: dict[str, float],
) -> None:
    """Confine this process, fork the kernel, wait for it, leave.  Never returns.

    pipes: where to say what happens, and the kernel's evidence.
    """
    say, evidence = pipes
    try:
        times["reaper"] = time.monotonic()
        _confine(request, *ids, groups)
        capabilities.set_dumpable(False)
        kernel = os.fork()
        if kernel == 0:
            child.become_kernel(request, places, say, evidence, times)
        os.close(evidence)
        _reap(kernel, say)
    except Exception:  # noqa: BLE001 (nobody is left to raise to; the supervisor passes it on)
        _say(say, event="failed", error=traceback.format_exc()[-4000:])
        os._exit(71)
    os._exit(0)
