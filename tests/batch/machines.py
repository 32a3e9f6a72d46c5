"""A Dask cluster of local processes, started and ended by whoever asks: one scheduler, and workers of one thread each."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]


class Machines:
    """A scheduler and its workers.  nanny: a worker that dies is started again by a process that looks after it."""

    def __init__(self, folder, *, workers=2, nanny=False, **settings):
        self._folder, self._nanny = folder, nanny
        # Warnings are errors in our own tests; Dask's processes are their own affair.
        told = {f"DASK_DISTRIBUTED__{name.upper()}": str(value) for name, value in settings.items()}
        self._environment = {**os.environ, "GRADER_COURSE": str(ROOT), "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", **told}
        self._all = []
        where = folder / "scheduler.json"
        self._started("scheduler", "--port", "0", "--scheduler-file", where)
        give_up = time.monotonic() + 60
        while not where.exists():
            assert self._all[0].poll() is None, self.log()
            assert time.monotonic() < give_up, self.log()
            time.sleep(0.05)
        self.address = json.loads(where.read_text())["address"]
        self.workers = [self.start() for _ in range(workers)]

    def start(self):
        """One more worker: the process that was started for it."""
        looked_after = "--nanny" if self._nanny else "--no-nanny"
        told = ("--nthreads", "1", "--memory-limit", "0", looked_after, "--local-directory", self._folder)
        return self._started("worker", self.address, *told)

    def _started(self, kind, *arguments):
        command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", "--host", "127.0.0.1", "--no-dashboard", *map(str, arguments)]
        with (self._folder / f"{kind}-{len(self._all)}.log").open("wb") as log:
            self._all.append(subprocess.Popen(command, env=self._environment, cwd=self._folder, stdout=log, stderr=log))
        return self._all[-1]

    def kill(self, worker):
        """End a worker as the machine under it would end; what it and its kernels were."""
        process = psutil.Process(worker.pid)
        if self._nanny:
            process = max(process.children(), key=lambda one: one.memory_info().rss)
        below = process.children(recursive=True)
        process.send_signal(signal.SIGKILL)
        return [process, *below]

    def end_scheduler(self):
        """End the scheduler as the machine under it would end."""
        self._all[0].kill()
        self._all[0].wait()

    def log(self):
        """What all of them said."""
        return "\n".join(path.read_text(errors="replace")[-2000:] for path in sorted(self._folder.glob("*.log")))

    def close(self):
        """End all of it; what was still there afterwards."""
        everything = [one for process in self._all for one in _family(process.pid)]
        for process in reversed(self._all):
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        for process in reversed(self._all):
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        return alive(everything, 10)


def _family(pid):
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def alive(processes, seconds):
    """Which of them are left, after they were given some time to end."""
    _, left = psutil.wait_procs(processes, timeout=seconds)
    return [one for one in left if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
