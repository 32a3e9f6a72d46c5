"""Building a kernel's private file tree, and making it the root."""

from __future__ import annotations

import ctypes
import os
import struct

from grader.execution.confinement import calls
from grader.execution.confinement.policy import Root, Tmpfs

__all__ = ["build", "enter_root", "proc"]

_RDONLY, _NOSUID, _NODEV, _NOEXEC, _REMOUNT, _BIND, _REC, _PRIVATE = 1, 2, 4, 8, 32, 4096, 16384, 1 << 18
_ATTR_RDONLY, _ATTR_NOSUID, _ATTR_NODEV, _AT_RECURSIVE = 1, 2, 4, 0x8000
_MOUNT_SETATTR = 442
_OLD = "/old"


def _read_only(path: str) -> None:
    """Make a mount and all below it read-only, without devices and set-user-id (mount_setattr, Linux 5.12)."""
    words = ctypes.create_string_buffer(struct.pack("=QQQQ", _ATTR_RDONLY | _ATTR_NOSUID | _ATTR_NODEV, 0, 0, 0), 32)
    arguments = (ctypes.c_int(-100), ctypes.c_char_p(os.fsencode(path)), ctypes.c_uint(_AT_RECURSIVE), words, ctypes.c_size_t(32))
    calls.syscall(_MOUNT_SETATTR, f"mount_setattr {path}", *arguments)


def _point(source: str, target: str) -> None:
    """A file or folder to mount on, like the source."""
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "a", encoding="ascii"):
            pass


def _mount_tmpfs(at: str, item: Tmpfs, uid: int, gid: int) -> None:
    os.makedirs(at + item.path, exist_ok=True)
    owner = f",uid={uid},gid={gid}" if item.owned else ""
    flags = _NOSUID | _NODEV | (0 if item.executable else _NOEXEC)
    calls.mount("tmpfs", at + item.path, "tmpfs", flags, f"size={item.size},nr_inodes={item.inodes},mode={item.mode:o}{owner}")


def build(root: Root, at: str, *, uid: int, gid: int) -> None:
    """Lay the file tree out below the folder `at`, in a mount namespace that is already this process's own.

    Raises OSError, naming the mount that the system refused.
    """
    calls.mount("none", "/", None, _REC | _PRIVATE)
    calls.mount("tmpfs", at, "tmpfs", _NOSUID | _NODEV, "size=1m,nr_inodes=2048,mode=755")
    for item in root.tmpfs:
        _mount_tmpfs(at, item, uid, gid)
    for link in root.links:
        os.makedirs(os.path.dirname(at + link.path), exist_ok=True)
        os.symlink(link.target, at + link.path)
    for bind in root.binds:
        _point(bind.path, at + bind.path)
        calls.mount(bind.path, at + bind.path, None, _BIND | _REC)
        _read_only(at + bind.path)
    for text in root.texts:
        os.makedirs(os.path.dirname(at + text.path), exist_ok=True)
        with open(at + text.path, "w", encoding="utf-8") as file:
            file.write(text.text)
    for device in root.devices:
        _point("/dev/" + device.name, f"{at}/dev/{device.name}")
        calls.mount("/dev/" + device.name, f"{at}/dev/{device.name}", None, _BIND)
    # A shell command started by IPython ("!ls") needs a terminal of its own.
    os.makedirs(at + "/dev/pts")
    calls.mount("devpts", at + "/dev/pts", "devpts", _NOSUID | _NOEXEC, "newinstance,ptmxmode=0666,mode=0620")
    os.symlink("pts/ptmx", at + "/dev/ptmx")
    os.mkdir(at + "/proc")
    os.mkdir(at + _OLD)


def proc(at: str) -> None:
    """Mount the process list; called by process 1 of the new process namespace."""
    calls.mount("proc", at + "/proc", "proc", _NOSUID | _NODEV | _NOEXEC)


def enter_root(at: str) -> None:
    """Make `at` the root, let go of the host's tree, and make the top read-only."""
    calls.pivot_root(at, at + _OLD)
    os.chdir("/")
    calls.umount(_OLD)
    os.rmdir(_OLD)
    calls.mount(None, "/", None, _REMOUNT | _BIND | _RDONLY | _NOSUID | _NODEV)
