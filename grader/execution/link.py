"""The wire to a kernel: requests out, replies and the mere number of output bytes in.

Outputs are counted and thrown away undecoded: what counts comes through the recorder's file.  A message larger than allowed
never reaches our memory: ZeroMQ drops the connection, which a monitor reports as `lost`.  One that the other side broke it
tries to mend, which makes the difference (`missed`).
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

import zmq
from jupyter_client.session import Session
from zmq.utils.monitor import parse_monitor_message

from grader.execution.kernel import Connection
from grader.execution.replies import Reply, reply_of

__all__ = ["Heard", "Link"]

DRAIN = 200
"""Messages that are taken at most before the limits are looked at again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What came in during one wait.

    output: bytes.  lost: the kernel or an oversized message broke the connection.  missed: it was the kernel.
    """

    replies: tuple[Reply, ...] = ()
    output: int = 0
    lost: bool = False
    missed: bool = False


class Link:
    """A connection to one kernel's shell and output sockets."""

    def __init__(self, connection: Connection, *, largest_message: int) -> None:
        self._context = zmq.Context()
        self._session = Session(key=connection.key, username="grader")
        self._poller = zmq.Poller()
        self._monitors: list[zmq.Socket[bytes]] = []
        self._broken: set[zmq.Socket[bytes]] = set()
        self._shell = self._open(zmq.DEALER, connection.shell_address, largest_message)
        self._iopub = self._open(zmq.SUB, connection.iopub_address, largest_message)
        self._iopub.setsockopt(zmq.SUBSCRIBE, b"")

    def _open(self, kind: int, address: str, largest_message: int) -> zmq.Socket[bytes]:
        socket = self._context.socket(kind)
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.RECONNECT_IVL, 10)  # ms; the kernel binds a while after we connect
        socket.setsockopt(zmq.MAXMSGSIZE, largest_message)
        socket.setsockopt(zmq.IDENTITY, uuid.uuid4().bytes)
        monitor = socket.get_monitor_socket(zmq.EVENT_DISCONNECTED | zmq.EVENT_CONNECT_RETRIED)
        socket.connect(address)
        self._monitors.append(monitor)
        for each in (socket, monitor):
            self._poller.register(each, zmq.POLLIN)
        return socket

    def request(self, code: str, *, silent: bool) -> str:
        """Ask for code to be executed; the id of the request."""
        content: dict[str, Any] = {
            "code": code.encode("utf-8", "replace").decode("utf-8"),
            "silent": silent,
            "store_history": not silent,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": False,
        }
        sent = self._session.send(self._shell, "execute_request", content)
        return str(sent["header"]["msg_id"]) if sent else ""

    def wait(self, seconds: float) -> Heard:
        """Whatever comes within so many seconds; returns as soon as anything did."""
        ready = {socket for socket, _ in self._poller.poll(max(0, int(seconds * 1000)))}
        lost = missed = False
        for monitor in self._monitors:
            if monitor in ready:
                if parse_monitor_message(monitor.recv_multipart(zmq.NOBLOCK))["event"] == zmq.EVENT_DISCONNECTED:
                    self._broken.add(monitor)
                    lost = True
                else:
                    missed |= monitor in self._broken  # retries are no news before the first connection
        return Heard(
            replies=self._replies() if self._shell in ready else (),
            output=self._output() if self._iopub in ready else 0,
            lost=lost,
            missed=missed,
        )

    def _replies(self) -> tuple[Reply, ...]:
        found: list[Reply] = []
        for _ in range(DRAIN):
            try:
                _, message = self._session.recv(self._shell, zmq.NOBLOCK)
            except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError):
                continue  # whatever a kernel sends that is no signed message of the protocol
            if message is None:
                break
            reply = reply_of(message)
            if reply is not None:
                found.append(reply)
        return tuple(found)

    def _output(self) -> int:
        count = 0
        for _ in range(DRAIN):
            try:
                count += sum(len(frame) for frame in self._iopub.recv_multipart(zmq.NOBLOCK))
            except zmq.Again:
                break
        return count

    def close(self) -> None:
        """Close every socket at once."""
        self._context.destroy(linger=0)
