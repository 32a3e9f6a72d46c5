"""Attack 11: the key that a student reads in one kernel opens no other."""

import time

from grader.execution.confinement.policy import Allowance
from grader.execution.forked.kernel import ForkedKernel
from grader.execution.kernel import Connection
from grader.execution.link import Link
from tests.execution.contract import job, number

REACH = """import glob, os, socket
reached = 0.0
for place in {places!r}:
    try:
        socket.socket(socket.AF_UNIX).connect(place)
        reached += 1.0
    except OSError:
        pass
listed = float(len(glob.glob({folder!r} + '/*')))
"""


def answered(connection, seconds):
    """Whether a kernel answers a request over this connection."""
    link = Link(connection, largest_message=2**20)
    try:
        link.request("1", silent=True)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if link.wait(0.05).replies:
                return True
        return False
    finally:
        link.close()


def test_a_kernels_key_is_rejected_by_every_other(executor):
    one, other = (executor.parent.fork(executor.confinement, Allowance()) for _ in range(2))
    try:
        for handle in (one, other):
            handle.wait_ready()
        assert one.key != other.key
        at = ForkedKernel(other, executor.confinement.level).connection
        stolen = Connection(shell_address=at.shell_address, iopub_address=at.iopub_address, key=one.key)
        assert not answered(stolen, 1.0)
        assert answered(at, 10.0)
    finally:
        for handle in (one, other):
            handle.discard()


def test_another_kernels_sockets_are_out_of_reach_where_it_has_a_user_or_a_tree_of_its_own(executor):
    other = executor.parent.fork(executor.confinement, Allowance())
    try:
        other.wait_ready()
        folder = str(executor.parent._folder)
        ipc = other._base / "ipc" if other._base is not None else None
        places = [f"{ipc}/k-1", f"{ipc}/k-4"] if ipc else [f"/proc/{pid}/root/ipc/k-1" for pid in (other.supervisor, other.supervisor + 2)]
        outcome = executor.run(job(REACH.format(places=places, folder=folder)))
        assert number(outcome, "listed") == 0.0
        alone = executor.confinement.namespaces or executor.confinement.own_uid
        assert number(outcome, "reached") == (0.0 if alone else float(len(places)))  # there the key alone keeps them apart
    finally:
        other.discard()
