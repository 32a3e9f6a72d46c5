import subprocess
import sys

from grader.execution import family

HOLD = """import os, sys
held = bytearray(os.urandom(1024)) * 100_000
for _ in range(3):
    if os.fork() == 0:
        break
print("ready", flush=True)
sys.stdin.read()
"""


def test_pages_that_forked_children_share_count_once_when_it_matters():
    with subprocess.Popen([sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True) as process:
        try:
            for _ in range(4):
                process.stdout.readline()
            assert len(family.descendants(process.pid)) == 4
            assert family.memory(process.pid) > 4 * 100e6
            assert 100e6 < family.proportional(process.pid) < 2 * 100e6
        finally:
            family.end(process.pid, "no such mark")
            process.wait()
    assert family.memory(process.pid) == 0
