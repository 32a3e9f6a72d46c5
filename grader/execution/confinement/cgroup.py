"""A cgroup of one kernel: memory and processes of all its children together, in version 1 or version 2 of the interface.

A group is made below this process's own, whose limits go on applying.  All files are reached through folder descriptors
opened at the start, because the supervisor's file tree is replaced afterwards.
"""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

__all__ = ["Group", "Groups", "Seat", "create", "here", "remove_stale", "seats"]

_FIELDS_V1 = ("memory", "pids")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """Where groups for a controller can be made: `version` 1 or 2, the controllers, and the folder of our own group."""

    version: int
    controllers: tuple[str, ...]
    folder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One group that was made: its seat, its name, and descriptors of its folder and of its parent's."""

    seat: Seat
    name: str
    folder: int
    parent: int


def _mount_points(mounts: str) -> dict[str, str]:
    """Controller -> mount point of version 1; "" -> mount point of version 2."""
    found: dict[str, str] = {}
    for line in mounts.splitlines():
        _, point, kind, options, *_ = line.split()
        if kind == "cgroup2":
            found.setdefault("", point)
        elif kind == "cgroup":
            for option in options.split(","):
                found.setdefault(option, point)
    return found


def seats(mounts: str, own: str, controllers_v2: str) -> tuple[Seat, ...]:
    """Where memory and process groups can be made, from the texts of /proc/mounts, /proc/self/cgroup and cgroup.controllers.

    Version 2 is taken where our own group holds both controllers, else version 1; empty where neither does.  Version 2
    allows no group below one that has processes, so there the new groups are our own group's siblings.

    >>> seats("c /sys/fs/cgroup/pids cgroup rw,pids 0 0", "4:pids:/x", "")
    (Seat(version=1, controllers=('pids',), folder='/sys/fs/cgroup/pids/x'),)
    """
    points = _mount_points(mounts)
    paths = {names: path.rstrip("/") for _, names, path in (line.split(":", 2) for line in own.splitlines() if line)}
    if "" in points and {"memory", "pids"} <= set(controllers_v2.split()):
        return (Seat(version=2, controllers=("memory", "pids"), folder=points[""] + paths.get("", "").rpartition("/")[0]),)
    found = []
    for names, path in paths.items():
        for controller in names.split(","):
            if controller in _FIELDS_V1 and controller in points:
                found.append(Seat(version=1, controllers=(controller,), folder=points[controller] + path))
    return tuple(found)


@functools.cache
def here() -> tuple[Seat, ...]:
    """The seats of this process; empty where there is no /proc or no cgroup.  Looked up once."""
    try:
        with open("/proc/mounts", encoding="utf-8") as mounts, open("/proc/self/cgroup", encoding="utf-8") as own:
            texts = mounts.read(), own.read()
    except OSError:
        return ()
    path = next((line.split(":", 2)[2] for line in texts[1].splitlines() if line.startswith("0::")), "")
    try:
        with open(f"{_mount_points(texts[0]).get('', '')}{path.rstrip('/')}/cgroup.controllers", encoding="utf-8") as file:
            controllers = file.read()
    except OSError:
        controllers = ""
    return seats(*texts, controllers)


def _write(folder: int, name: str, text: str) -> None:
    file = os.open(name, os.O_WRONLY, dir_fd=folder)
    try:
        os.write(file, text.encode())
    finally:
        os.close(file)


def _read(folder: int, name: str) -> str:
    file = os.open(name, os.O_RDONLY, dir_fd=folder)
    try:
        return os.read(file, 65536).decode()
    finally:
        os.close(file)


def _counter(text: str, name: str) -> int:
    """The number after a name in a file of `name number` lines, 0 where it is not there."""
    return next((int(line.split()[1]) for line in text.splitlines() if line.startswith(name + " ")), 0)


def _limit(group: Group, memory: int, processes: int) -> None:
    v2 = group.seat.version == 2
    for controller in group.seat.controllers:
        if controller == "pids":
            _write(group.folder, "pids.max", str(processes))
        else:
            _write(group.folder, "memory.max" if v2 else "memory.limit_in_bytes", str(memory))
            with suppress(OSError):  # only where the kernel counts swap
                _write(group.folder, "memory.swap.max" if v2 else "memory.memsw.limit_in_bytes", "0" if v2 else str(memory))


def _create_one(seat: Seat, name: str, memory: int, processes: int) -> Group:
    parent = os.open(seat.folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.mkdir(name, dir_fd=parent)
        folder = os.open(name, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=parent)
    except OSError:
        os.close(parent)
        raise
    group = Group(seat=seat, name=name, folder=folder, parent=parent)
    try:
        _limit(group, memory, processes)
    except OSError:
        Groups((group,)).remove()
        raise
    return group


def create(where: Iterable[Seat], name: str, *, memory: int, processes: int) -> Groups:
    """Make the groups of one kernel, limited in bytes and in tasks.  Raises OSError (and leaves none) where it may not."""
    made: list[Group] = []
    try:
        for seat in where:
            made.append(_create_one(seat, name, memory, processes))
    except OSError:
        Groups(tuple(made)).remove()
        raise
    return Groups(tuple(made))


def _alive(pid: str) -> bool:
    return os.path.exists(f"/proc/{pid}")


def remove_stale(where: Iterable[Seat], prefix: str) -> int:
    """Remove empty groups named prefix-PID whose process has ended: left by a supervisor that was killed; how many they were.

    A group that still has processes stays: the kernel does not let go of it.
    """
    removed = 0
    for seat in where:
        try:
            names = os.listdir(seat.folder)
        except OSError:
            continue
        for name in names:
            start, _, pid = name.rpartition("-")
            if start == prefix and pid.isdigit() and not _alive(pid):
                with suppress(OSError):
                    os.rmdir(f"{seat.folder}/{name}")
                    removed += 1
    return removed


class Groups:
    """The groups of one kernel, one for version 2 and one per controller for version 1."""

    def __init__(self, groups: tuple[Group, ...] = ()) -> None:
        self._groups = groups

    def __bool__(self) -> bool:
        return any("memory" in g.seat.controllers for g in self._groups)

    def join(self) -> None:
        """Put this process, and so its later children, into the groups."""
        for group in self._groups:
            _write(group.folder, "cgroup.procs", "0")

    def close(self) -> None:
        """Let go of the descriptors without removing anything (a child that joined needs them no more)."""
        for group in self._groups:
            os.close(group.folder)
            os.close(group.parent)

    def oom_kills(self) -> int:
        """How many processes of the groups the kernel killed for want of memory."""
        kills = 0
        for group in self._groups:
            if "memory" in group.seat.controllers:
                with suppress(OSError):
                    name = "memory.events" if group.seat.version == 2 else "memory.oom_control"
                    kills += _counter(_read(group.folder, name), "oom_kill")
        return kills

    def peak_bytes(self) -> int:
        """The most memory that was used at once, 0 where the kernel does not say."""
        peak = 0
        for group in self._groups:
            if "memory" in group.seat.controllers:
                with suppress(OSError, ValueError):
                    name = "memory.peak" if group.seat.version == 2 else "memory.max_usage_in_bytes"
                    peak = max(peak, int(_read(group.folder, name)))
        return peak

    def remove(self) -> None:
        """Remove the groups; their processes must have ended.  The kernel may need a moment to let go of the last."""
        for group in self._groups:
            for _ in range(50):
                try:
                    os.rmdir(group.name, dir_fd=group.parent)
                    break
                except FileNotFoundError:
                    break
                except OSError:
                    time.sleep(0.01)
        self.close()
        self._groups = ()
