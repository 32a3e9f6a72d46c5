"""How many notebooks this machine bears side by side: as many as it has cores for, and memory."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["default_jobs", "free_memory", "jobs_for"]

KERNEL_BYTES = 768 * 2**20
"""What a kernel that trains a small model takes at most (a tenth of it is usual; the limit of an exercise is higher)."""
PARENT_BYTES = 2**30
"""What the warm parent and this process take."""


def jobs_for(cores: int, memory: int) -> int:
    """At least one, at most one for each core, and no more than there is memory (bytes) for.

    >>> jobs_for(2, 24 * 2**30), jobs_for(64, 4 * 2**30), jobs_for(4, 0)
    (2, 4, 1)
    """
    return max(1, min(cores, (memory - PARENT_BYTES) // KERNEL_BYTES))


def default_jobs() -> int:
    """For this machine as it is now."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return jobs_for(cores, free_memory())


def free_memory() -> int:
    """Bytes that can be had: what the machine has left, or a container's limit where that is less."""
    return min([_available(), *_container_limits()])


def _available() -> int:
    for line in _read("/proc/meminfo").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (ValueError, OSError):
        return 4 * 2**30


def _container_limits() -> list[int]:
    told = (_read("/sys/fs/cgroup/memory.max"), _read("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
    return [int(one) for one in told if one.strip().isdigit()]


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
