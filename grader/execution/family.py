"""The processes of one kernel: found, weighed, ended.

A kernel leads its own session.  Its processes are those of that session, its descendants, and (where there is a /proc) whatever
carries its mark in the environment: a daemon that left both still does.  One that also changed its environment gets away; only
a confined kernel rules that out.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

__all__ = ["MARK", "descendants", "end", "interrupt", "members", "memory", "proportional"]

MARK = "GRADER_KERNEL"
"""The variable whose value marks the processes of one kernel."""

PROC = Path("/proc")
PAGE = os.sysconf("SC_PAGE_SIZE")
PATIENCE = 3.0


def members(leader: int, mark: str) -> tuple[int, ...]:
    """Every living process that belongs to the kernel led by `leader`; (without /proc: its descendants)."""
    if not PROC.joinpath("self", "stat").exists():
        return descendants(leader)
    needle = f"{MARK}={mark}".encode()
    below = set(descendants(leader))
    return tuple(pid for pid, session in _living() if pid in below or session == leader or needle in _environment(pid))


def descendants(leader: int) -> tuple[int, ...]:
    """The leader and its children's children, as far as they still name it as their ancestor."""
    if not PROC.joinpath("self", "task").exists():
        return _psutil_descendants(leader)
    found: list[int] = []
    waiting = [leader]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        for listing in PROC.glob(f"{pid}/task/*/children"):
            waiting.extend(int(child) for child in _read(listing).split())
    return tuple(found)


def memory(leader: int) -> int:
    """Bytes resident in the leader and its descendants; a page that a forked child shares is counted for each."""
    pids = descendants(leader)
    return sum(map(_resident, pids))


def proportional(leader: int) -> int:
    """As `memory`, each shared page counted once: exact, and some milliseconds slower."""
    return sum(_proportional(pid) for pid in descendants(leader))


def interrupt(leader: int) -> None:
    """SIGINT to the leader's process group: the kernel, and the commands it waits for."""
    _signal_group(leader, signal.SIGINT)


def end(leader: int, mark: str) -> None:
    """SIGKILL to all of them, until none is left: a process may fork while we look.  Gives up after three seconds."""
    give_up = time.monotonic() + PATIENCE
    _signal_group(leader, signal.SIGKILL)
    while (alive := members(leader, mark)) and time.monotonic() < give_up:
        for pid in alive:
            _signal(pid, signal.SIGKILL)
        time.sleep(0.003)


def _living() -> Iterator[tuple[int, int]]:
    """(pid, session) of every process that is not a zombie."""
    for entry in PROC.iterdir():
        if not entry.name.isdigit():
            continue
        fields = _read(entry / "stat").rpartition(b")")[2].split()  # the name before it may hold anything
        if len(fields) > 3 and fields[0] not in (b"Z", b"X"):
            yield int(entry.name), int(fields[3])


def _environment(pid: int) -> tuple[bytes, ...]:
    return tuple(_read(PROC / str(pid) / "environ").split(b"\0"))


def _resident(pid: int) -> int:
    if not PROC.joinpath("self", "statm").exists():
        return _psutil_resident(pid)
    fields = _read(PROC / str(pid) / "statm").split()
    return int(fields[1]) * PAGE if len(fields) > 1 else 0


def _proportional(pid: int) -> int:
    for line in _read(PROC / str(pid) / "smaps_rollup").splitlines():
        if line.startswith(b"Pss:"):
            return int(line.split()[1]) * 1024
    return _resident(pid)


def _read(path: Path) -> bytes:
    """The file's bytes; b'' where the process has gone or is not ours."""
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):  # gone meanwhile, or no longer ours to end
        os.kill(pid, number)


def _signal_group(leader: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)


def _psutil_descendants(leader: int) -> tuple[int, ...]:
    psutil = importlib.import_module("psutil")
    try:
        return (leader, *(int(child.pid) for child in psutil.Process(leader).children(recursive=True)))
    except psutil.Error:
        return ()


def _psutil_resident(pid: int) -> int:
    psutil = importlib.import_module("psutil")
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0
