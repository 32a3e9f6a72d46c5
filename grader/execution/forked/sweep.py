"""Ending what a kernel left running, where no process namespace dies with it."""

from __future__ import annotations

import contextlib
import os
import signal
import time

from grader.execution.forked.usage import descendants

__all__ = ["sweep"]

_ROUNDS = 500


def _by_user(uid: int) -> None:
    """Everything of a user id that only this kernel has, in one uninterruptible call."""
    child = os.fork()
    if child == 0:
        with contextlib.suppress(OSError):
            os.setresuid(uid, uid, uid)
            os.kill(-1, signal.SIGKILL)
        os._exit(0)
    os.waitpid(child, 0)


def _signal(pids: tuple[int, ...], number: int) -> None:
    for pid in pids:
        with contextlib.suppress(OSError):
            os.kill(pid, number)


def sweep(uid: int | None, *, keep: tuple[int, ...] = ()) -> int:
    """End and reap every process below this one; how many were still left when it gave up.

    uid: the kernel's own user id, None where it shares ours.  keep: children that are not to be reaped here.
    This process must be the sub-reaper, so that what daemonised itself has become its child again.
    """
    for _ in range(_ROUNDS):
        if uid is not None:
            _by_user(uid)
        alive = descendants(os.getpid())
        if not set(alive) - set(keep):
            return 0
        # Stopped first, so that none can fork while the others are being ended.
        _signal(alive, signal.SIGSTOP)
        _signal(alive, signal.SIGKILL)
        for pid in alive:
            if pid not in keep:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, os.WNOHANG)
        if set(descendants(os.getpid())) <= set(keep):
            return 0
        time.sleep(0.002)
    return len(descendants(os.getpid()))
