"""What a kernel may see and use, as frozen records: its file tree, its paths, its system calls, its allowance.

Nothing here asks or changes the machine: `host` finds the facts, the modules of enforcement read these records.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = [
    "BOX", "IPC", "MIB", "Allowance", "Bind", "Device", "Host", "Link", "PathRules", "Places", "Root", "SystemCalls", "TextFile", "Tmpfs",
    "box_places", "path_rules", "root_tree",
]

MIB = 2**20
BOX = "/box"
"""The student's working folder inside a private file tree."""
IPC = "/ipc"
"""The folder of the kernel's own sockets inside a private file tree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """The named limits of one kernel.  Seconds are wall seconds unless the name says cpu; sizes are bytes.

    cpu limits count every process of the kernel together; memory counts children and shared maps.  evidence is above what
    the recorder writes at most, so that it leaves out whole windows in an orderly way before the pipe would be closed.
    """

    cell_seconds: float = 60.0
    notebook_seconds: float = 180.0
    cell_cpu_seconds: float = 60.0
    notebook_cpu_seconds: float = 180.0
    memory_bytes: int = 3 * 2**30
    processes: int = 128
    open_files: int = 512
    file_bytes: int = 256 * MIB
    box_bytes: int = 256 * MIB
    temporary_bytes: int = 64 * MIB
    shared_bytes: int = 256 * MIB
    inodes: int = 8192
    output_bytes: int = 20_000_000
    evidence_bytes: int = 256 * MIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Tmpfs:
    """A file system in memory at `path`, capped in bytes and in files.  owned: it belongs to the student."""

    path: str
    size: int
    inodes: int
    mode: int = 0o755
    owned: bool = False
    executable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Bind:
    """A file or folder of the host, seen read-only (no devices, no set-user-id) at the same path."""

    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A harmless character device of the host (`null`, `urandom`, …)."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A symbolic link at `path`."""

    path: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFile:
    """A small file whose text the grader writes, in place of the host's own."""

    path: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """The whole file tree that a kernel sees; tmpfs first, so that a bind below one of them is not hidden by it."""

    tmpfs: tuple[Tmpfs, ...]
    binds: tuple[Bind, ...]
    devices: tuple[Device, ...]
    links: tuple[Link, ...]
    texts: tuple[TextFile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PathRules:
    """What Landlock allows: reading and executing below `read`, everything but making devices below `write`."""

    read: tuple[str, ...]
    write: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemCalls:
    """Arguments of the calls that are allowed only in part; the rest of the allow-list stands in `syscalls`.

    families: address families of socket() (1 is AF_UNIX).  prctl: operations.  ioctl_refused: requests.
    own_signals: where Landlock can't scope signals, the only process id (besides group 0) that may be signalled.
    """

    families: tuple[int, ...] = (1,)
    prctl: tuple[int, ...] = (1, 2, 3, 4, 15, 16, 21, 23, 29, 30, 39, 41, 42, 0x53564D41)
    ioctl_refused: tuple[int, ...] = (0x5412, 0x541C, 0x5423)
    own_signals: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """Facts of this machine that a policy is made of.

    python: folders that the interpreter and its packages live in.  system: folders and files of the system that exist.
    links: top-level links such as /bin -> usr/bin.
    """

    python: tuple[str, ...]
    system: tuple[str, ...]
    links: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where a kernel works: its folder, its temporary files, its sockets."""

    box: str
    temporary: str
    ipc: str


def box_places(base: str | None) -> Places:
    """The places inside a private file tree (base None), or below a private folder of the host where there is none."""
    if base is None:
        return Places(box=BOX, temporary="/tmp", ipc=IPC)
    return Places(box=f"{base}/box", temporary=f"{base}/tmp", ipc=f"{base}/ipc")


def _outermost(paths: Iterable[str]) -> tuple[str, ...]:
    """The paths that lie below no other one, each once, in order.

    >>> _outermost(["/usr/lib", "/usr", "/opt"])
    ('/usr', '/opt')
    """
    every = tuple(dict.fromkeys(paths))
    return tuple(p for p in every if not any(p != q and p.startswith(q.rstrip("/") + "/") for q in every))


def root_tree(host: Host, allowance: Allowance, *, uid: int, gid: int) -> Root:
    """The file tree of a kernel that runs as `uid`: its own folders, and of the host only what Python needs, read-only."""
    a = allowance
    return Root(
        tmpfs=(
            Tmpfs(path="/dev/shm", size=a.shared_bytes, inodes=a.inodes, mode=0o1777),
            Tmpfs(path="/tmp", size=a.temporary_bytes, inodes=a.inodes, mode=0o700, owned=True),
            Tmpfs(path=BOX, size=a.box_bytes, inodes=a.inodes, mode=0o700, owned=True),
            Tmpfs(path=IPC, size=MIB, inodes=32, mode=0o700, owned=True, executable=False),
        ),
        binds=tuple(Bind(path=p) for p in _outermost((*host.system, *host.python))),
        devices=tuple(Device(name=n) for n in ("null", "zero", "full", "random", "urandom")),
        links=(
            *(Link(path=p, target=t) for p, t in host.links),
            Link(path="/dev/fd", target="/proc/self/fd"),
            *(Link(path=f"/dev/{n}", target=f"/proc/self/fd/{i}") for i, n in enumerate(("stdin", "stdout", "stderr"))),
        ),
        texts=(
            TextFile(path="/etc/passwd", text=f"student:x:{uid}:{gid}::{BOX}:/bin/sh\n"),
            TextFile(path="/etc/group", text=f"student:x:{gid}:\n"),
            TextFile(path="/etc/hosts", text="127.0.0.1 localhost\n"),
        ),
    )


_HARMLESS = (
    "/etc/fonts", "/etc/alternatives", "/etc/ld.so.cache", "/etc/localtime", "/etc/mime.types", "/etc/passwd", "/etc/group", "/etc/hosts",
)  # fmt: skip
"""What a kernel without a tree of its own may read of the host's settings: libraries look there."""


def path_rules(host: Host, places: Places, *, private: bool) -> PathRules:
    """Landlock's rules; `private`: the tree is its own, so that /etc, /dev and /proc show nothing of the host."""
    shown = ("/etc", "/dev") if private else _HARMLESS
    devices = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/pts", "/dev/ptmx", "/dev/tty")
    tops = tuple(path for path, _ in host.links)
    return PathRules(
        read=(*host.system, *tops, *host.python, *shown, *devices, "/proc"),
        write=(places.box, places.temporary, places.ipc, "/dev/shm", "/dev/null", "/dev/zero", "/dev/full", "/dev/pts", "/dev/ptmx"),
    )
