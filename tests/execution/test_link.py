"""The wire: a broken connection, and who broke it."""

import tempfile
import time

import pytest
import zmq

from grader.execution.kernel import Connection
from grader.execution.link import Link


@pytest.fixture
def ends():
    """A link, and the two sockets of a kernel that it is connected to."""
    with tempfile.TemporaryDirectory() as folder, zmq.Context() as context:
        shell, output = context.socket(zmq.ROUTER), context.socket(zmq.XPUB)
        shell.bind(f"ipc://{folder}/k-1")
        output.bind(f"ipc://{folder}/k-2")
        link = Link(Connection(shell_address=f"ipc://{folder}/k-1", iopub_address=f"ipc://{folder}/k-2", key=b"k"), largest_message=1000)
        assert output.poll(5000)  # its subscription
        output.recv()
        yield link, shell, output
        link.close()
        for socket in (shell, output):
            socket.close(linger=0)


def heard(link, what, seconds=5.0):
    """Whether it was heard within so many seconds."""
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        if getattr(link.wait(0.05), what):
            return True
    return False


def test_a_message_that_is_too_large_breaks_the_connection_at_our_end(ends):
    link, _, output = ends
    output.send(b"x" * 900)
    assert heard(link, "output")
    output.send(b"x" * 1100)
    assert heard(link, "lost")
    assert not heard(link, "missed", seconds=0.5)


def test_a_kernel_that_leaves_breaks_it_at_the_other(ends):
    link, shell, output = ends
    assert not heard(link, "missed", seconds=0.2)
    for socket in (shell, output):
        socket.close(linger=0)
    assert heard(link, "missed")
