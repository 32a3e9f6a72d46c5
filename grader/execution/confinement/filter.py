"""The seccomp filter: a policy of system calls assembled into classic BPF.  Pure: bytes out, nothing installed.

    wrong architecture, or a number that
    none of ours has (x32's, negative)  -> the process is killed
    a checked call                      -> allowed with the arguments of the policy, else EPERM
    an allowed call                     -> allowed
    a refused call                      -> EPERM
    anything else                       -> ENOSYS
"""

from __future__ import annotations

import errno
import functools
import struct
from collections.abc import Iterable, Iterator

from grader.execution.confinement import syscalls
from grader.execution.confinement.policy import SystemCalls

__all__ = ["ALLOW", "KILL", "assemble", "refuse", "spans"]

ALLOW = 0x7FFF0000
KILL = 0x80000000
_LOAD, _EQUAL, _AT_LEAST, _MORE, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x25, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
_FOREIGN = 0x40000000
"""System call numbers from here on belong to x32, or to nothing."""
_NEW_NAMESPACES = 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000 | 0x00020000

Instruction = tuple[int, int, int, int]


def refuse(number: int) -> int:
    """The filter's answer that makes a call fail with this errno."""
    return 0x00050000 | number


_EPERM = refuse(errno.EPERM)


def spans(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Runs of consecutive numbers, first and last of each.

    >>> list(spans([3, 1, 2, 9]))
    [(1, 3), (9, 9)]
    """
    first = last = None
    for number in sorted(set(numbers)):
        if last is not None and number == last + 1:
            last = number
            continue
        if first is not None and last is not None:
            yield first, last
        first = last = number
    if first is not None and last is not None:
        yield first, last


def _answer(value: int) -> Instruction:
    return (_RETURN, 0, 0, value)


def _argument(index: int) -> Instruction:
    """Load the low half of an argument (little-endian machines only, as both of ours are)."""
    return (_LOAD, 0, 0, _ARGUMENTS + 8 * index)


def _for_call(number: int, body: list[Instruction]) -> list[Instruction]:
    """Run the body, which ends in an answer on every path, for one call only."""
    return [(_EQUAL, 0, len(body), number), *body]


def _one_of(index: int, values: Iterable[int], found: int, otherwise: int) -> list[Instruction]:
    """Answer `found` where the argument is one of the values."""
    tests = [step for value in values for step in ((_EQUAL, 0, 1, value), _answer(found))]
    return [_argument(index), *tests, _answer(otherwise)]


def _checked(calls: SystemCalls, numbers: dict[str, int]) -> list[Instruction]:
    bodies = {
        "socket": _one_of(0, calls.families, ALLOW, refuse(errno.EAFNOSUPPORT)),
        "socketpair": _one_of(0, calls.families, ALLOW, refuse(errno.EAFNOSUPPORT)),
        "clone": [_argument(0), (_ANY_BIT, 0, 1, _NEW_NAMESPACES), _answer(_EPERM), _answer(ALLOW)],
        # Its flags stand in memory, where a filter can't look: the C library falls back on clone.
        "clone3": [_answer(refuse(errno.ENOSYS))],
        "ioctl": _one_of(1, calls.ioctl_refused, _EPERM, ALLOW),
        "prctl": _one_of(0, calls.prctl, ALLOW, _EPERM),
    }
    return [step for name, body in bodies.items() if name in numbers for step in _for_call(numbers[name], body)]


def _signals(own: int | None, numbers: dict[str, int]) -> list[Instruction]:
    """Where Landlock can't keep signals inside: only the kernel itself and its own group may be signalled."""
    if own is None:
        return []
    bodies = {
        "kill": _one_of(0, (0, own), ALLOW, _EPERM),
        "tgkill": _one_of(0, (own,), ALLOW, _EPERM),
        "rt_tgsigqueueinfo": _one_of(0, (own,), ALLOW, _EPERM),
        "tkill": [_answer(_EPERM)],
        "rt_sigqueueinfo": [_answer(_EPERM)],
        "pidfd_send_signal": [_answer(_EPERM)],
    }
    return [step for name, body in bodies.items() if name in numbers for step in _for_call(numbers[name], body)]


def _listed(numbers: Iterable[int], answer: int) -> list[Instruction]:
    return [step for low, high in spans(numbers) for step in ((_AT_LEAST, 0, 2, low), (_MORE, 1, 0, high), _answer(answer))]


@functools.cache
def assemble(calls: SystemCalls, machine: str) -> bytes:
    """The filter for one machine, 8 bytes an instruction.

    Raises KeyError for a machine whose numbers are not known.
    """
    architecture = syscalls.AUDIT_ARCHITECTURES[machine]
    allowed, refused = syscalls.numbers(syscalls.ALLOWED, machine), syscalls.numbers(syscalls.REFUSED, machine)
    head = [
        *[(_LOAD, 0, 0, _ARCHITECTURE), (_EQUAL, 1, 0, architecture), _answer(KILL)],
        *[(_LOAD, 0, 0, _NUMBER), (_AT_LEAST, 0, 1, _FOREIGN), _answer(KILL)],
    ]
    program = [
        *head,
        *_checked(calls, syscalls.numbers(syscalls.CHECKED, machine)),
        *_signals(calls.own_signals, allowed),
        *_listed(allowed.values(), ALLOW),
        *_listed(refused.values(), _EPERM),
        _answer(refuse(errno.ENOSYS)),
    ]
    return b"".join(struct.pack("=HBBI", *step) for step in program)
