"""Where cgroups can be made, from the texts of /proc; and, where this machine lets us, one that is made and removed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from grader.execution.confinement import cgroup
from grader.execution.confinement.cgroup import Seat, seats
from grader.execution.confinement.probing import probe_level

V1 = (
    "cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0\ncgroup /sys/fs/cgroup/pids cgroup rw,pids 0 0\n"
    "cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n"
)
V2 = "cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid 0 0\nproc /proc proc rw 0 0\n"


def test_version_1_has_a_seat_for_each_controller_below_our_own_group():
    found = seats(V1, "8:pids:/\n4:memory:/a/b\n0::/\n", "hugetlb")
    assert set(found) == {
        Seat(version=1, controllers=("pids",), folder="/sys/fs/cgroup/pids"),
        Seat(version=1, controllers=("memory",), folder="/sys/fs/cgroup/memory/a/b"),
    }


def test_version_2_has_one_seat_beside_our_own_group():
    (found,) = seats(V2, "0::/user.slice/session-1.scope\n", "cpu memory pids")
    assert found == Seat(version=2, controllers=("memory", "pids"), folder="/sys/fs/cgroup/user.slice")


def test_without_controllers_there_is_none():
    assert seats(V2, "0::/x\n", "cpu") == ()
    assert seats("", "", "") == ()


def test_a_group_counts_and_limits_a_process_and_is_gone_afterwards():
    if not probe_level().cgroup:
        pytest.skip(f"no cgroup can be made here: {probe_level().missing.get('cgroup')}")
    name = f"grader-test-{os.getpid()}"
    groups = cgroup.create(cgroup.here(), name, memory=64 * 2**20, processes=8)
    try:
        hungry = "import sys; sys.stdin.readline(); x = bytearray(200 * 2**20); x[::4096] = b'x' * len(x[::4096])"
        process = subprocess.Popen([sys.executable, "-c", hungry], stdin=subprocess.PIPE)
        for seat in cgroup.here():
            Path(seat.folder, name, "cgroup.procs").write_text(str(process.pid))
        process.communicate(b"go\n", timeout=20)
        assert process.returncode == -9
        assert groups.oom_kills() >= 1
        assert groups.peak_bytes() > 32 * 2**20
    finally:
        groups.remove()
    assert not any(Path(seat.folder, name).exists() for seat in cgroup.here())
