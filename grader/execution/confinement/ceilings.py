"""Resource limits of a process (rlimits)."""

from __future__ import annotations

import os

from grader.execution.confinement.policy import Allowance

__all__ = ["impose", "tasks_of"]


def tasks_of(uid: int) -> int:
    """How many threads the user runs now; 0 where the process list can't be read."""
    count = 0
    try:
        for name in os.listdir("/proc"):
            if name.isdigit():
                try:
                    if os.stat(f"/proc/{name}").st_uid == uid:
                        count += len(os.listdir(f"/proc/{name}/task"))
                except OSError:
                    continue  # it has ended meanwhile
    except OSError:
        return 0
    return count


def impose(allowance: Allowance, *, already: int = 0) -> None:
    """Limit this process and its later children.

    RLIMIT_DATA stops one process's allocations at once (it counts no shared maps and not the sum over children, which the
    cgroup or the memory watch does).  `already` is how many tasks the same user runs elsewhere, where the user is not the
    kernel's own.
    """
    import resource  # not on every system, and this module must be importable on all

    limits = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: allowance.file_bytes,
        resource.RLIMIT_NOFILE: allowance.open_files,
        # The supervisor counts the CPU of all processes and of each cell; this is the backstop for one of them.
        resource.RLIMIT_CPU: int(allowance.notebook_cpu_seconds) + 2,
        resource.RLIMIT_DATA: allowance.memory_bytes + 2**30,
        resource.RLIMIT_NPROC: allowance.processes + already,
    }
    for kind, value in limits.items():
        _, hard = resource.getrlimit(kind)
        capped = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (capped, capped))
