"""What the grader, the parent and the supervisors say to one another: one JSON object per datagram, descriptors beside it."""

from __future__ import annotations

import array
import json
import socket
from dataclasses import asdict, dataclass
from typing import Any

from grader.execution.confinement.level import Confinement
from grader.execution.confinement.policy import Allowance

__all__ = ["Ended", "Request", "receive", "send"]

_LARGEST = 1 << 18
_DESCRIPTORS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A kernel that the parent is asked to fork.

    key: signs its messages.  mount: an empty private folder that a private tree may be mounted on.
    base: where there is no private tree, the folder of the host that this kernel works in.
    seed: of random, numpy and torch; None for a fresh one.  backend: matplotlib's.
    """

    key: str
    mount: str
    base: str | None
    confinement: Confinement
    allowance: Allowance
    seed: int | None = None
    backend: str = "agg"

    def text(self) -> dict[str, Any]:
        """As plain data."""
        plain = asdict(self)
        plain["confinement"]["missing"] = {}
        return plain

    @classmethod
    def read(cls, plain: dict[str, Any]) -> Request:
        """From plain data that the grader sent."""
        return cls(**{**plain, "confinement": Confinement(**plain["confinement"]), "allowance": Allowance(**plain["allowance"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The end of a kernel, as its supervisor saw it.

    reason: '' (it left by itself), `asked`, `grader-gone`, `wall`, `cpu`, `cell-cpu`, `memory`, `disk`, or `supervisor-lost`.
    code: the kernel's exit code, minus a signal's number, None where nobody saw it.
    cpu_seconds: of all its processes; own_cpu_seconds: of the supervisor.  peak_bytes: where it was measured, else 0.
    """

    reason: str
    code: int | None
    oom_kills: int = 0
    peak_bytes: int = 0
    cpu_seconds: float = 0.0
    own_cpu_seconds: float = 0.0


def send(to: socket.socket, message: dict[str, Any], descriptors: tuple[int, ...] = ()) -> None:
    """Send one message.  Raises OSError where the other side has gone."""
    socket.send_fds(to, [json.dumps(message, separators=(",", ":")).encode()], list(descriptors), socket.MSG_NOSIGNAL)


def _receive(source: socket.socket) -> tuple[bytes, list[tuple[int, int, bytes]], int, Any]:
    return source.recvmsg(_LARGEST, socket.CMSG_LEN(4 * _DESCRIPTORS), socket.MSG_CMSG_CLOEXEC)


def receive(source: socket.socket) -> tuple[dict[str, Any] | None, tuple[int, ...]]:
    """The next message and the descriptors that came with it; None where the other side has gone.

    A side that leaves with a message of ours unread resets the connection, once; what it said before it left can still be had.
    """
    try:
        try:
            data, ancillary, _, _ = _receive(source)
        except ConnectionResetError:
            data, ancillary, _, _ = _receive(source)
    except ConnectionError:
        return None, ()
    found = array.array("i")
    for level, kind, payload in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            found.frombytes(payload[: len(payload) - len(payload) % found.itemsize])
    return (json.loads(data) if data else None), tuple(found)
