"""What the processes of one kernel use, read from a process list by their supervisor."""

from __future__ import annotations

import os
from collections.abc import Iterable

__all__ = ["cpu_seconds", "descendants", "disk_bytes", "everyone", "memory_bytes", "own_resident", "tmpfs_bytes"]

_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


def everyone() -> tuple[int, ...]:
    """Every process in the list: all of one kernel's, where it has a process namespace of its own."""
    return tuple(int(name) for name in os.listdir("/proc") if name.isdigit())


def descendants(of: int) -> tuple[int, ...]:
    """The processes below one, where the list shows the whole machine."""
    found: list[int] = []
    todo = [of]
    while todo:
        pid = todo.pop()
        try:
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as file:
                    children = [int(word) for word in file.read().split()]
                found += children
                todo += children
        except OSError:
            continue  # it has ended meanwhile
    return tuple(found)


def _fields(path: str) -> dict[str, int]:
    """The numbers of a file of `Name:  123 kB` lines, in bytes; empty where it can't be read."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            rows = (line.split(":", 1) for line in file if ":" in line)
            return {name: int(rest.split()[0]) * 1024 for name, rest in rows if rest.endswith("kB\n")}
    except OSError:
        return {}


def _resident(pid: int | str) -> int:
    fields = _fields(f"/proc/{pid}/status")
    return fields.get("RssAnon", 0) + fields.get("RssShmem", 0) + fields.get("VmSwap", 0)


def own_resident() -> int:
    """Bytes of anonymous memory of this process: what every fork of it seems to have before it does anything."""
    return _resident("self")


def memory_bytes(pids: Iterable[int], *, inherited: int, limit: int) -> int:
    """Bytes that the processes hold beyond `inherited` each, shared maps included.

    The quick sum counts a page once for each process that shares it; only where that is above `limit` are pages counted
    by their shares, which costs milliseconds a process.
    """
    processes = tuple(pids)
    quick = sum(max(0, _resident(pid) - inherited) for pid in processes)
    if quick <= limit:
        return quick
    shares = [_fields(f"/proc/{pid}/smaps_rollup") for pid in processes]
    if not all(shares):
        return quick  # a process that can't be looked into, or has just ended
    return min(quick, sum(s.get("Pss_Anon", 0) + s.get("Pss_Shmem", 0) + s.get("SwapPss", 0) for s in shares))


def _running_seconds(pid: int) -> float:
    """What the living threads of a process have used, to the nanosecond; 0 where the system keeps no such figures."""
    total = 0
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as file:
                total += int(file.read().split()[0])
    except (OSError, ValueError):
        return 0.0
    return total / 1e9


def cpu_seconds(pids: Iterable[int]) -> float:
    """CPU time that the processes and their ended children have used."""
    total = 0.0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
                own_user, own_system, user, system = (int(word) / _TICKS for word in file.read().rpartition(")")[2].split()[11:15])
        except (OSError, ValueError):
            continue
        total += max(own_user + own_system, _running_seconds(pid)) + user + system
    return total


def tmpfs_bytes(folders: Iterable[str]) -> int:
    """Bytes that files in these file systems hold in memory."""
    total = 0
    for folder in folders:
        try:
            state = os.statvfs(folder)
        except OSError:
            continue
        total += (state.f_blocks - state.f_bfree) * state.f_frsize
    return total


def disk_bytes(folder: str, *, most: int = 20_000) -> int:
    """Bytes of the files below a folder; stops counting after `most` entries."""
    total, seen, todo = 0, 0, [folder]
    while todo and seen < most:
        try:
            with os.scandir(todo.pop()) as entries:
                for entry in entries:
                    seen += 1
                    if entry.is_dir(follow_symlinks=False):
                        todo.append(entry.path)
                    else:
                        total += entry.stat(follow_symlinks=False).st_blocks * 512
        except OSError:
            continue
    return total
