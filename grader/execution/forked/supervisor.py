"""The supervisor of one kernel: its clock, its memory and CPU watch, its kill switch, and the report of its end.

It is a fork of the parent and stays outside the kernel's process namespace.  It talks to the grader over the status socket:

    in    {"begin": [wall seconds, memory bytes, cpu seconds]}   {"cell": cpu seconds}   {"signal": "interrupt" | "kill"}
    out   {"event": "ready", …} with the kernel's folders as descriptors   {"event": "failed", "error": …}
          {"event": "ending"} before its connections break, where the supervisor ends it   {"event": "ended", …}
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import time
import traceback
from dataclasses import asdict, dataclass
from typing import Any

from grader.execution.confinement import calls, cgroup, host, identity, mounts, namespaces
from grader.execution.confinement.policy import Places, box_places, root_tree
from grader.execution.forked import messages, reaper, sweep, usage
from grader.execution.forked.messages import Ended, Request

__all__ = ["GROUPS", "supervise"]

GROUPS = "grader-kernel"
"""Prefix of the names of kernels' cgroups; the supervisor's process id follows."""

_PR_SET_CHILD_SUBREAPER = 36
_TICK = 0.05
_DISK_TICKS = 20
_LONGEST_LINE = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The user that the kernel runs as; `own`: nobody else has this id."""

    uid: int
    gid: int
    own: bool


def _identity(request: Request) -> Identity:
    if request.confinement.own_uid:
        with open("/proc/self/uid_map", encoding="ascii") as file:
            uid = identity.kernel_uid(os.getpid(), file.read())
        return Identity(uid=uid, gid=uid, own=True)
    if request.confinement.user_namespace:
        return Identity(uid=namespaces.INNER_ID, gid=namespaces.INNER_ID, own=False)
    return Identity(uid=os.getuid(), gid=os.getgid(), own=False)


def _groups(request: Request) -> cgroup.Groups:
    if not request.confinement.cgroup:
        return cgroup.Groups()
    a = request.allowance
    # The memory of the whole group is what is limited; some of it is the kernel's own (sockets, inodes).
    return cgroup.create(cgroup.here(), f"{GROUPS}-{os.getpid()}", memory=a.memory_bytes, processes=a.processes)


def _prepare(request: Request, user: Identity) -> Places:
    """The kernel's file tree, or its folders where it can't have one."""
    if request.confinement.namespaces:
        namespaces.enter(user=request.confinement.user_namespace, outer_uid=os.getuid(), outer_gid=os.getgid())
        mounts.build(root_tree(host.look(), request.allowance, uid=user.uid, gid=user.gid), request.mount, uid=user.uid, gid=user.gid)
        return box_places(None)
    calls.prctl(_PR_SET_CHILD_SUBREAPER, 1)  # so that what daemonises itself comes back to us
    assert request.base is not None
    places = box_places(request.base)
    for folder in (request.base, places.box, places.temporary, places.ipc):
        os.makedirs(folder, mode=0o700, exist_ok=True)
        if user.own:
            os.chown(folder, user.uid, user.gid)
    return places


def _open_folders(places: Places, below: str) -> tuple[int, ...]:
    """Descriptors of the kernel's folders, by which the grader reaches them whatever tree they are in."""
    folders = (places.box, places.temporary, places.ipc)
    return tuple(os.open(below + folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC) for folder in folders)


class _Watch:
    """Looks at what the kernel uses, from the moment its job begins."""

    def __init__(self, request: Request, places: Places, groups: cgroup.Groups, inherited: int) -> None:
        self._request, self._groups, self._inherited = request, groups, inherited
        private = request.confinement.namespaces
        self._tmpfs = (places.box, places.temporary, "/dev/shm") if private else ()
        self._folder = None if private else request.base
        self._private = private
        self._ticks = 0
        self._cell_from = self._cell_limit = 0.0
        self.deadline = float("inf")
        self.memory = request.allowance.memory_bytes
        self.cpu = request.allowance.notebook_cpu_seconds
        self.began = False
        self.used = self.peak = 0.0

    def begin(self, wall: float, memory: int, cpu: float) -> None:
        """The job starts."""
        self.began, self.deadline, self.memory, self.cpu = True, time.monotonic() + wall, memory, cpu

    def cell(self, cpu: float) -> None:
        """A cell starts."""
        self._cell_from, self._cell_limit = usage.cpu_seconds(self._processes()), cpu

    def _processes(self) -> tuple[int, ...]:
        return usage.everyone() if self._private else usage.descendants(os.getpid())

    def wait(self) -> float | None:
        """Milliseconds until the next look; None for no look at all."""
        return _TICK * 1000 if self.began else None

    def count(self) -> None:
        """Note the CPU time used so far: what dies with its namespace is counted nowhere else."""
        self.used = max(self.used, usage.cpu_seconds(self._processes()))

    def look(self) -> str:
        """The reason to end the kernel, or ''."""
        if not self.began:
            return ""
        self._ticks += 1
        if time.monotonic() > self.deadline:
            return "wall"
        if self._groups:
            if self._groups.oom_kills():
                return "memory"
            if self._ticks % 4:
                return ""
        processes = self._processes()
        self.used = usage.cpu_seconds(processes)
        if self.used > self.cpu:
            return "cpu"
        if self._cell_limit and self.used - self._cell_from > self._cell_limit:
            return "cell-cpu"
        return self._space(processes)

    def _space(self, processes: tuple[int, ...]) -> str:
        if not self._groups:
            held = usage.tmpfs_bytes(self._tmpfs)
            total = held + usage.memory_bytes(processes, inherited=self._inherited, limit=max(0, self.memory - held))
            self.peak = max(self.peak, total)
            if total > self.memory:
                return "memory"
        if self._folder and self._ticks % _DISK_TICKS == 0:
            a = self._request.allowance
            if usage.disk_bytes(self._folder) > a.box_bytes + a.temporary_bytes:
                return "disk"
        return ""


class _Supervisor:
    """One kernel, from its fork to its end."""

    def __init__(self, request: Request, status: socket.socket, times: dict[str, float]) -> None:
        self._request, self._status, self._times = request, status, times
        self._code: int | None = None
        self._reaper = -1
        self._buffer = b""

    def run(self, evidence: int) -> None:
        user = _identity(self._request)
        groups = _groups(self._request)
        try:
            self._run(user, groups, evidence)
        finally:
            groups.remove()

    def _run(self, user: Identity, groups: cgroup.Groups, evidence: int) -> None:
        inherited = usage.own_resident()
        places = _prepare(self._request, user)
        self._times["tree"] = time.monotonic()
        folders = _open_folders(places, self._request.mount if self._request.confinement.namespaces else "")
        if user.own:
            os.fchown(evidence, user.uid, user.gid)  # the recorder opens it by name
        read, write = os.pipe()
        self._reaper = os.fork()
        if self._reaper == 0:
            self._status.close()
            for descriptor in (read, *folders):
                os.close(descriptor)
            reaper.run(self._request, places, (user.uid, user.gid), groups, (write, evidence), self._times)
        os.close(write)
        os.close(evidence)
        watch = _Watch(self._request, places, groups, inherited)
        reason = self._wait(watch, read, folders)
        self._end(reason, watch, groups, user, read)

    def _wait(self, watch: _Watch, pipe: int, folders: tuple[int, ...]) -> str:
        """Until the kernel has ended or must; the reason, '' where it ended by itself."""
        process = os.pidfd_open(self._reaper)
        poll = select.poll()
        for descriptor in (self._status.fileno(), pipe, process):
            poll.register(descriptor, select.POLLIN)
        while True:
            ready = {descriptor for descriptor, _ in poll.poll(watch.wait())}
            if pipe in ready and not self._hear(pipe, folders):
                poll.unregister(pipe)
            if self._status.fileno() in ready:
                reason = self._obey(watch)
                if reason:
                    return reason
            if process in ready:
                return ""
            reason = watch.look()
            if reason:
                return reason

    def _hear(self, pipe: int, folders: tuple[int, ...]) -> bool:
        """Read what the reaper and, until it is ready, the kernel say; False at the end."""
        data = os.read(pipe, 65536)
        self._buffer = (self._buffer + data)[-_LONGEST_LINE:]
        *lines, self._buffer = self._buffer.split(b"\n")
        for line in lines:
            with contextlib.suppress(ValueError, OSError):
                self._pass_on(json.loads(line), folders)
        return bool(data)

    def _pass_on(self, said: dict[str, Any], folders: tuple[int, ...]) -> None:
        if "code" in said:
            self._code = int(said["code"])
        elif said.get("event") == "ready":
            messages.send(self._status, {**said, "process": os.getpid()}, folders)
            for folder in folders:
                os.close(folder)
        else:
            messages.send(self._status, said)

    def _obey(self, watch: _Watch) -> str:
        message, _ = messages.receive(self._status)
        if message is None:
            return "grader-gone"
        if "begin" in message:
            watch.begin(*message["begin"])
        elif "cell" in message:
            watch.cell(float(message["cell"]))
        elif message.get("signal") == "interrupt":
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._reaper, signal.SIGINT)
        elif message.get("signal") == "kill":
            return "asked"
        return ""

    def _end(self, reason: str, watch: _Watch, groups: cgroup.Groups, user: Identity, pipe: int) -> None:
        """End everything, and say how it ended.  The wait returns only when the process namespace is empty."""
        own = user.uid if user.own else None
        if reason:
            with contextlib.suppress(OSError):
                messages.send(self._status, {"event": "ending"})
            watch.count()
        if reason and not self._request.confinement.namespaces:
            sweep.sweep(own, keep=(self._reaper,))
        if reason:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._reaper, signal.SIGKILL)
        _, status, spent = os.wait4(self._reaper, 0)
        if not self._request.confinement.namespaces:
            sweep.sweep(own)
        os.set_blocking(pipe, False)
        with contextlib.suppress(OSError):
            while self._hear(pipe, ()):
                pass
        kills = groups.oom_kills()
        ended = Ended(
            reason=reason,
            code=self._code if self._code is not None else (os.waitstatus_to_exitcode(status) or None),
            oom_kills=kills,
            peak_bytes=int(groups.peak_bytes() or watch.peak),
            cpu_seconds=round(max(watch.used, spent.ru_utime + spent.ru_stime), 4),
            own_cpu_seconds=round(time.process_time(), 4),
        )
        with contextlib.suppress(OSError):
            messages.send(self._status, {"event": "ended", **asdict(ended)})


def supervise(request: Request, status: socket.socket, evidence: int, times: dict[str, float]) -> None:
    """Fork a kernel and look after it until it has ended; called in a child of the parent that does nothing else."""
    os.setsid()  # kill(0, …) inside must not reach the grader's process group
    namespaces.set_parent_death_signal(signal.SIGKILL)
    try:
        _Supervisor(request, status, times).run(evidence)
    except Exception:  # noqa: BLE001 (whatever the system refuses must reach the grader, who knows what to say)
        with contextlib.suppress(OSError):
            messages.send(status, {"event": "failed", "error": traceback.format_exc()[-4000:]})
