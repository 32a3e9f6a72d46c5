"""Canaries outside the kernel, and executors at each level of confinement."""

import hashlib
import os
import socket
import stat
import tempfile
from pathlib import Path

import pytest

from grader.execution.confinement.level import at_most
from grader.execution.confinement.probing import probe_level
from grader.execution.forked.executor import ForkedExecutor


@pytest.fixture(params=["L3", pytest.param("L2", marks=pytest.mark.slow), pytest.param("L1", marks=pytest.mark.slow)], scope="module")
def executor(request):
    here = probe_level()
    confinement = at_most(here, request.param)
    if confinement.level != request.param:
        why = "; ".join(here.reasons()) or "other users may not enter the folder of Python"
        pytest.skip(f"{request.param} can't run here as this user: {why}")
    os.environ["GRADER_TEST_SECRET"] = "CANARY-environment"
    try:
        with ForkedExecutor(confinement=confinement, ready=0) as executor:
            executor.warm()
            yield executor
    finally:
        del os.environ["GRADER_TEST_SECRET"]


class Canaries:
    """Files that any user may read and write, and an abstract socket; a kernel must not come near them."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "other").mkdir()
        for name in ("reference.py", "grades.csv", "other/submission.ipynb"):
            (folder / name).write_text(f"CANARY-{name}\n")
            (folder / name).chmod(0o666)
        for place in (folder, folder / "other"):
            place.chmod(stat.S_IRWXU | stat.S_IRWXG | stat.S_IRWXO)
        self.abstract = f"\0grader-canary-{os.getpid()}"
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(self.abstract)
        self._socket.listen()
        self.before = self.state()

    def state(self):
        """Every file with its digest."""
        return {str(p): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(self.folder.rglob("*")) if p.is_file()}

    def close(self):
        self._socket.close()


@pytest.fixture
def canaries():
    with tempfile.TemporaryDirectory(prefix="canaries-") as name:
        found = Canaries(Path(name))
        yield found
        found.close()
        assert found.state() == found.before
