"""Run a command as an ordinary user (or as root, 0): `python ordinary_user.py UID COMMAND…`, started by root.

Where Python lives in a folder that other users may not enter (a home folder, say), that folder is shown to the command, and to
nobody else, in a mount namespace of its own.
"""

import os
import sys
from pathlib import Path

from grader.execution.confinement import calls

NEWNS, BIND, REC, PRIVATE = 0x20000, 4096, 16384, 1 << 18


def closed_above(folder):
    """The outermost folder on the way to this one that others may not enter; None where all are open."""
    way = [*reversed(folder.parents), folder]
    return next((place for place in way if not place.stat().st_mode & 1), None)


def show(folder):
    """Make a folder reachable for everybody in this mount namespace."""
    closed = closed_above(folder)
    if closed is None:
        return
    held = os.open(folder, os.O_PATH)
    calls.mount("tmpfs", str(closed), "tmpfs", 0, "size=1m,mode=755")
    folder.mkdir(parents=True)
    calls.mount(f"/proc/self/fd/{held}", str(folder), None, BIND | REC)
    os.close(held)


def main():
    uid, command = int(sys.argv[1]), sys.argv[2:]
    calls.unshare(NEWNS)
    calls.mount("none", "/", None, REC | PRIVATE)
    show(Path(sys.base_prefix).resolve())
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
