"""What a class costs: `python -m benchmarks.batch [--count 200] [--jobs N]`.

Grades distinct submissions of two exercises into a new gradebook, the judge's second runs included, and judges all of them again
from what is stored.  CPU time is that of every process that took part; the rescoring is the command, from its start.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from functools import partial
from pathlib import Path

from benchmarks.group import SLUGS, group
from grader.batch import Here, default_jobs, grade_class, plan_of, taken_in
from grader.catalog import Course
from grader.cli.running import executor
from grader.execution.forked.usage import descendants
from grader.gradebook import Gradebook
from grader.grading import Edition

ROOT = Path(__file__).parents[1]
_RESCORE = """
import sys
sys.addaudithook(lambda name, _: name in {"subprocess.Popen", "os.fork", "os.exec", "os.posix_spawn"} and sys.exit("a process"))
from grader.cli import main
main()
"""
# `grader rescore` that would end at the first attempt to start a process.


def main() -> None:
    """Measure, and print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--jobs", type=int, default=default_jobs())
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        where = f"{folder}/gradebook.sqlite"
        graded(where, asked.count, asked.jobs)
        rescored(where, asked.count)


def graded(where: str, count: int, jobs: int) -> None:
    """A class into a new gradebook."""
    course = Course(root=ROOT)
    editions = {slug: Edition.of(course.load(slug)) for slug in SLUGS}
    with Gradebook.open(where, create=True) as book:
        of = taken_in(book, group(course, count), editions)
        place = Here(editions, executor=partial(executor, trusted=True, ready=jobs), secret=book.secret(), jobs=jobs)
        memory = Memory()
        began, before = time.perf_counter(), _cpu()
        tally = grade_class(book, of, plan_of(book, of), place)
        wall, used = time.perf_counter() - began, _cpu() - before
        memory.stop()
    size = Path(where).stat().st_size
    say("submissions", f"{tally.ran}, {len(tally.faults)} faults, {jobs} side by side")
    say("wall time", f"{wall:.1f} s: {tally.ran / wall:.2f} a second (the warm parent's start included)")
    say("CPU time", f"{used / tally.ran:.3f} s each")
    say("memory at the most", f"{memory.most / 2**20:.0f} MiB, all processes, shared pages counted once for each group that shares them")
    say("gradebook", f"{size / tally.ran / 1024:.0f} KiB for each submission")


def rescored(where: str, count: int) -> None:
    """The class judged again by the command."""
    began = time.perf_counter()
    command = [sys.executable, "-c", _RESCORE, "rescore", "--gradebook", where, "--course", str(ROOT)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    say("rescoring", f"{time.perf_counter() - began:.2f} s for {count} ({ran.stdout.splitlines()[-1]})")


class Memory:
    """The most memory that this process and its children held together, proportionally, looked at five times a second."""

    def __init__(self) -> None:
        self.most = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while not self._done.wait(0.2):
            self.most = max(self.most, sum(_proportional(pid) for pid in (os.getpid(), *descendants(os.getpid()))))

    def stop(self) -> None:
        """Look no longer."""
        self._done.set()
        self._thread.join()


def _proportional(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def _cpu() -> float:
    """Seconds of this process and of every child that has ended, with theirs."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def say(what: str, told: str) -> None:
    """One figure."""
    print(f"{what:<20} {told}")  # noqa: T201 - a benchmark speaks


if __name__ == "__main__":
    main()
