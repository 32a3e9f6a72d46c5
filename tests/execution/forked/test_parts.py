"""The small parts: messages, verdicts, the evidence pipe, usage."""

import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from grader.execution.confinement.level import Confinement
from grader.execution.confinement.policy import Allowance
from grader.execution.forked import messages, usage
from grader.execution.forked.drain import Drain
from grader.execution.forked.messages import Ended, Request
from grader.execution.forked.verdict import named
from grader.model.evidence import CellOutcome, Evidence
from grader.model.exercise import Limits
from grader.model.run import Outcome


def test_a_request_survives_its_journey_with_its_descriptors(tmp_path):
    confinement = Confinement(landlock=7, missing={"a": "a reason"})
    request = Request(key="k", mount="/m", base=None, confinement=confinement, allowance=Allowance(processes=3), seed=4)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs, (tmp_path / "x").open("w") as file:
        messages.send(ours, request.text(), (file.fileno(),))
        text, (descriptor,) = messages.receive(theirs)
        assert os.fstat(descriptor).st_ino == os.fstat(file.fileno()).st_ino
        os.close(descriptor)
        read = Request.read(text)
        assert (read.key, read.seed, read.allowance, read.confinement.landlock) == ("k", 4, Allowance(processes=3), 7)
        assert "a reason" not in str(text)  # reasons are the grader's affair
        ours.close()
        assert messages.receive(theirs) == (None, ())


def test_last_words_are_heard_although_a_message_to_the_one_who_left_was_not_read():
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours:
        messages.send(ours, {"signal": "kill"})
        messages.send(theirs, {"event": "ended"})
        theirs.close()
        assert messages.receive(ours) == ({"event": "ended"}, ())
        assert messages.receive(ours) == (None, ())


DIED = Outcome(
    status="died", isolation="L3", seconds=1.0, detail="cell 3: the kernel was ended by signal SIGKILL",
    evidence=Evidence(cells=(CellOutcome(cell=1, status="ok"), CellOutcome(cell=3, status="error", error="KernelDied", message="x"))),
)  # fmt: skip


@pytest.mark.parametrize(
    ("ended", "status", "error"),
    [
        (Ended(reason="memory", code=-9), "out-of-memory", "MemoryLimit"),
        (Ended(reason="", code=-9, oom_kills=1), "out-of-memory", "MemoryLimit"),
        (Ended(reason="cpu", code=-9), "timed-out", "TimeLimit"),
        (Ended(reason="cell-cpu", code=-9), "timed-out", "TimeLimit"),
        (Ended(reason="wall", code=-9), "timed-out", "TimeLimit"),
        (Ended(reason="disk", code=-9), "died", "DiskLimit"),
        (Ended(reason="", code=-9), "died", "KernelDied"),
        (Ended(reason="", code=-signal.SIGSYS), "forbidden", "Forbidden"),
        (Ended(reason="asked", code=-signal.SIGSYS), "died", "KernelDied"),
        (Ended(reason="asked", code=-9), "died", "KernelDied"),
        (Ended(reason="supervisor-lost", code=-9), "died", "KernelDied"),
    ],
)
def test_an_end_has_its_name(ended, status, error):
    outcome = named(DIED, ended, Limits(memory_bytes=700_000_000))
    assert (outcome.status, outcome.evidence.cells[1].error) == (status, error)
    assert outcome.detail.startswith("cell 3: ")
    assert ("more than 700 MB of memory" in outcome.detail) == (status == "out-of-memory")
    assert outcome.evidence.cells[0] == DIED.evidence.cells[0]


def test_a_name_is_given_only_to_a_death():
    done = Outcome(status="completed", isolation="L3", seconds=1.0, evidence=Evidence())
    assert named(done, Ended(reason="asked", code=-9, oom_kills=2), Limits()) is done
    assert named(DIED, None, Limits()) is DIED


def test_the_pipe_keeps_what_was_written_and_stops_at_its_cap():
    drain = Drain(100_000)
    inlet = os.dup(drain.inlet)
    drain.close_inlet()
    os.write(inlet, b"a" * 60_000)
    os.write(inlet, b"b" * 60_000)
    time.sleep(0.3)
    with pytest.raises(BrokenPipeError):
        os.write(inlet, b"c")
    os.close(inlet)
    assert drain.all() == b"a" * 60_000 + b"b" * 40_000


def test_usage_of_processes_that_are_there_and_of_those_that_are_not():
    code = (
        "import os, time\nx = bytearray(50 * 2**20)\nx[::4096] = b'x' * len(x[::4096])\nos.fork()\nt = time.process_time()\n"
        "while time.process_time() - t < 0.3: pass\nprint('up', flush=True)\ntime.sleep(30)"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    try:
        process.stdout.readline()
        process.stdout.readline()
        pids = (process.pid, *usage.descendants(process.pid))
        assert len(pids) == 2
        quick = usage.memory_bytes(pids, inherited=0, limit=2**40)
        shared = usage.memory_bytes(pids, inherited=0, limit=2**20)
        assert quick > 100 * 2**20
        assert 50 * 2**20 < shared < 90 * 2**20  # the pages that both share count once
        assert usage.cpu_seconds(pids) >= 0.6
    finally:
        for pid in usage.descendants(process.pid):
            os.kill(pid, 9)
        process.kill()
        process.communicate()
    assert usage.memory_bytes((2**22 + 1,), inherited=0, limit=1) == 0
    assert usage.cpu_seconds((2**22 + 1,)) == 0.0


def test_bytes_on_disk(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b").write_bytes(b"x" * 100_000)
    assert 100_000 <= usage.disk_bytes(str(tmp_path)) < 200_000
    assert usage.disk_bytes(str(tmp_path / "none")) == 0
