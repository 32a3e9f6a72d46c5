"""Trying each primitive of confinement once, in a child that may be spoilt by it, and saying what this machine offers.

The trial runs in a fresh interpreter: the asking process may have threads, and what is tried can't be taken back.
"""

from __future__ import annotations

import errno
import functools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from grader.execution.confinement import calls, syscalls
from grader.execution.confinement.level import Confinement
from grader.execution.confinement.policy import Allowance, SystemCalls

__all__ = ["main", "probe_level"]

_SECONDS = 20.0


def _own_uid() -> None:
    from grader.execution.confinement import capabilities, identity

    if os.geteuid() != 0:
        raise OSError(errno.EPERM, "only root can give a kernel a user id of its own")
    with open("/proc/self/uid_map", encoding="ascii") as file:
        uid = identity.kernel_uid(os.getpid(), file.read())
    capabilities.become(uid, uid)


def _reachable() -> None:
    """Another user can enter Python's folders and that of temporary files.

    It is asked for where a kernel gets a user id of its own but no tree of its own.
    """
    from grader.execution.confinement import host

    # Looked up before the change of user, for whom a folder that can't be entered is not there at all.
    needed = [*((path, os.R_OK | os.X_OK) for path in host.look().python), (tempfile.gettempdir(), os.X_OK)]
    _own_uid()
    closed = [path for path, mode in needed if not os.access(path, mode)]
    if closed:
        raise OSError(errno.EACCES, f"other users may not enter {closed[0]}")


def _namespaces(folder: str) -> None:
    from grader.execution.confinement import host, mounts, namespaces, policy

    user = os.geteuid() != 0
    uid, gid = (namespaces.INNER_ID, namespaces.INNER_ID) if user else (os.getuid(), os.getgid())
    namespaces.enter(user=user, outer_uid=os.getuid(), outer_gid=os.getgid())
    mounts.build(policy.root_tree(host.look(), Allowance(), uid=uid, gid=gid), folder, uid=uid, gid=gid)


    def inside() -> None:
        mounts.proc(folder)
        mounts.enter_root(folder)

    _in_child(inside, raising=True)


def _landlock() -> None:
    from grader.execution.confinement import landlock, policy

    landlock.restrict(policy.PathRules(read=("/usr",), write=()))
    try:
        os.listdir("/")
    except PermissionError:
        return
    raise OSError(errno.ENOTSUP, "landlock: accepted, but does not keep a folder closed")


def _seccomp() -> None:
    from grader.execution.confinement import filter as bpf
    from grader.execution.confinement import seccomp

    if calls.machine() not in syscalls.AUDIT_ARCHITECTURES:
        raise OSError(errno.ENOTSUP, f"seccomp: the system calls of {calls.machine()} are not known")
    seccomp.install(bpf.assemble(SystemCalls(), calls.machine()))
    try:
        calls.unshare(0)
    except PermissionError:
        return
    raise OSError(errno.ENOTSUP, "seccomp: accepted, but does not refuse a call")


def _cgroup() -> None:
    from grader.execution.confinement import cgroup

    where = cgroup.here()
    if {name for seat in where for name in seat.controllers} != {"memory", "pids"}:
        raise OSError(errno.ENOENT, "cgroup: no memory and pids controllers here")
    groups = cgroup.create(where, f"grader-probe-{os.getpid()}", memory=2**30, processes=64)
    try:
        _in_child(groups.join, raising=True)
    finally:
        groups.remove()


def _in_child(action: Callable[[], object], *, raising: bool = False) -> str:
    """Run in a forked child; '' where it went well, else why not (raised as OSError where `raising`)."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            action()
        except Exception as error:  # noqa: BLE001 (whatever a primitive raises is the answer that was asked for)
            told = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            os.write(write, told.encode()[:500] or b"failed")
        os._exit(0)
    os.close(write)
    with open(read, "rb") as pipe:
        why = pipe.read().decode("utf-8", "replace")
    _, status = os.waitpid(child, 0)
    if not why and status:
        why = f"the trial ended with status {status}"
    if why and raising:
        raise OSError(errno.ENOTSUP, why)
    return why


def main(folder: str) -> None:
    """Try everything and print {primitive: why not, or ''} as JSON; run in a fresh interpreter of its own."""
    from grader.execution.confinement import landlock

    trials: dict[str, Callable[[], object]] = {
        "own_uid": _own_uid,
        "python": _reachable if os.geteuid() == 0 else lambda: None,
        "namespaces": lambda: _namespaces(folder),
        "landlock": _landlock,
        "seccomp": _seccomp,
        "cgroup": _cgroup,
    }
    answers = {name: _in_child(trial) for name, trial in trials.items()}
    sys.stdout.write(json.dumps({**answers, "abi": str(landlock.abi())}))


def _ask() -> dict[str, str]:
    """The answers of a fresh interpreter."""
    tree = str(Path(__file__).resolve().parents[3])
    code = f"import sys; sys.path.insert(0, {tree!r}); from grader.execution.confinement.probing import main; main(sys.argv[1])"
    with tempfile.TemporaryDirectory(prefix="grader-probe-") as folder:
        command = [sys.executable, "-I", "-B", "-c", code, folder]
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
    if done.returncode:
        raise OSError(errno.ENOTSUP, (done.stderr.strip().splitlines() or ["the trial ended at once"])[-1])
    answers: dict[str, str] = json.loads(done.stdout)
    return answers


@functools.cache
def probe_level() -> Confinement:
    """What a kernel can be confined by on this machine, found by trying; never raises.

    The level is `.level`, the reasons for not being higher `.reasons()`.  The answer is kept for the process's life.
    """
    if not calls.LINUX:
        why = f"{sys.platform} is not Linux: a process that uses torch can't be forked safely"
        return Confinement(forked=False, missing={"system": why})
    try:
        answers = _ask()
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        return Confinement(missing={"probe": str(error)})
    version = int(answers.pop("abi"))
    missing = {name: why for name, why in answers.items() if why}
    reachable = "python" not in missing
    if "namespaces" not in missing:
        missing.pop("python", None)  # a tree of its own shows it in any case
    return Confinement(
        own_uid="own_uid" not in missing,
        reachable=reachable,
        namespaces="namespaces" not in missing,
        user_namespace="namespaces" not in missing and os.geteuid() != 0,
        landlock=0 if "landlock" in missing else version,
        seccomp="seccomp" not in missing,
        cgroup="cgroup" not in missing,
        missing=missing,
    )
