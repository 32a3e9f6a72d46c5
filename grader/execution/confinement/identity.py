"""The user id that a kernel started by root runs under."""

from __future__ import annotations

__all__ = ["kernel_uid", "mapped"]

_WISHED_FIRST = 0x20000000
_SMALLEST = 1000


def mapped(uid_map: str) -> int:
    """How many ids from 0 on this user namespace knows, from the text of /proc/self/uid_map.

    >>> mapped("         0          0 4294967295")
    4294967295
    """
    rows = (tuple(int(word) for word in line.split()) for line in uid_map.splitlines() if line.strip())
    return max((first + count for first, _, count in rows), default=0)


def kernel_uid(pid: int, uid_map: str) -> int:
    """A user id that no other living kernel has: derived from its supervisor's process id, far from the ids of people.

    Where a container knows few ids, the upper half of them is shared out.

    >>> kernel_uid(7, "0 0 4294967295") == 0x20000007, kernel_uid(40000, "0 100000 65536") >= 32768
    (True, True)
    """
    known = mapped(uid_map)
    if known > _WISHED_FIRST + 2**22:
        return _WISHED_FIRST + pid
    first = max(_SMALLEST, known // 2)
    return first + pid % max(1, known - first)
