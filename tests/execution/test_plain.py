"""The plain executor keeps the contract; and what is its own: spares, closing, folders, a Python that is not there."""

import threading
import time
from pathlib import Path

import pytest

from grader.execution.plain import PlainExecutor, PlainKernel
from grader.model.errors import AuthorError, ExecutionError
from tests.execution.contract import ExecutorContract, gone, job, number


class TestPlainExecutor(ExecutorContract):
    @pytest.fixture(scope="class")
    @classmethod
    def executor(cls):
        with PlainExecutor() as executor:
            yield executor


def test_closing_ends_what_runs_and_what_waits():
    executor = PlainExecutor()
    failure = []

    def run():
        try:
            executor.run(job("import time; time.sleep(60)"))
        except ExecutionError as error:
            failure.append(str(error))

    thread = threading.Thread(target=run)
    thread.start()
    time.sleep(1.0)
    kernels = [*executor._spare, *executor._busy]
    executor.close()
    thread.join(10)
    assert len(kernels) == 2
    assert all(gone(kernel._process.pid) and not kernel._folder.root.exists() for kernel in kernels)
    assert failure
    with pytest.raises(ExecutionError, match="closed"):
        executor.run(job("1"))


def test_a_spare_that_died_while_waiting_is_replaced():
    with PlainExecutor() as executor:
        executor.run(job("x = 1.0"))
        executor._spare[0]._process.kill()
        executor._spare[0]._process.wait()
        assert number(executor.run(job("x = 2.0")), "x") == 2.0


def test_a_daemon_that_left_session_and_parent_is_found_by_its_mark():
    daemon = (
        "import os, time\nread, write = os.pipe()\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
        "        os.write(write, str(os.getpid()).encode())\n        time.sleep(60)\n    os._exit(0)\n"
        "pid = float(os.read(read, 20).decode() + '.0')"
    )
    with PlainExecutor(spares=0) as executor:
        outcome = executor.run(job(daemon))
    assert gone(int(number(outcome, "pid")))


def test_a_python_that_is_not_there_or_has_no_kernel_is_the_machines_fault(tmp_path):
    with PlainExecutor(spares=0, python=str(tmp_path / "python")) as executor, pytest.raises(ExecutionError, match="no kernel"):
        executor.run(job("1"))
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\necho 'No module named ipykernel' >&2\nexit 1\n")
    broken.chmod(0o755)
    with PlainExecutor(spares=0, python=str(broken)) as executor, pytest.raises(ExecutionError, match="No module named ipykernel"):
        executor.run(job("1"))


def test_a_data_file_stays_in_the_working_folder():
    with PlainExecutor(spares=0) as executor, pytest.raises(AuthorError, match="working folder"):
        executor.run(job("1", files={"../x": b""}))


def test_nothing_stays_on_disk(monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    kernel = PlainKernel("/bin/false")
    locked = kernel._folder.work / "locked"
    locked.mkdir(mode=0o000)
    kernel.discard()
    assert list(Path(tmp_path).iterdir()) == []
