"""What a class costs: `python -m benchmarks.batch [--count 200] [--jobs N] [--peers 20] [--write]`.

Grades distinct submissions of two exercises into a new gradebook, the judge's second runs included, and judges all of them again
from what is stored.  CPU time is that of every process that took part; the rescoring is the command, from its start.  Where
`make compare` has installed nbgrader, a class of the benchmark notebook goes through both.
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
from dataclasses import dataclass
from pathlib import Path

from benchmarks.compare.environment import existing
from benchmarks.compare.table import README, machine, with_part
from benchmarks.group import SLUGS, group
from benchmarks.peers import benchmark_course, submissions, through_nbgrader
from grader.batch import Graded, Here, Submission, default_jobs, grade_class, plan_of, taken_in
from grader.catalog import Course
from grader.cli.running import executor
from grader.execution.forked.usage import descendants
from grader.gradebook import Gradebook
from grader.grading import Edition
from grader.model.run import Executor, Job, Outcome

ROOT = Path(__file__).parents[1]
_RESCORE = """
import sys
sys.addaudithook(lambda name, _: name in {"subprocess.Popen", "os.fork", "os.exec", "os.posix_spawn"} and sys.exit("a process"))
from grader.cli import main
main()
"""
# `grader rescore` that would end at the first attempt to start a process.


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What grading a class took.

    executions: runs of notebooks, the judge's among them.  start, wall, cpu: seconds; the warm parent's start alone, all with it,
    and of every process that took part.  memory: bytes at the most, pages that are shared counted once.  full: how many full marks.
    """

    count: int
    faults: int
    full: int
    executions: int
    start: float
    wall: float
    cpu: float
    memory: int
    stored: int


class Counting:
    """An executor that counts what it runs."""

    def __init__(self, inner: Executor) -> None:
        self.runs, self._inner, self._lock = 0, inner, threading.Lock()

    def run(self, job: Job) -> Outcome:
        """See Executor."""
        with self._lock:
            self.runs += 1
        return self._inner.run(job)

    def close(self) -> None:
        """See Executor."""
        self._inner.close()


def main() -> None:
    """Measure, and print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--peers", type=int, default=20, help="how many go through nbgrader as well")
    parser.add_argument("--jobs", type=int, default=default_jobs())
    parser.add_argument("--write", action="store_true", help="put the table into the README")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        where = f"{folder}/gradebook.sqlite"
        course = Course(root=ROOT)
        figures = graded(where, course, group(course, asked.count), asked.jobs)
        rows = [*class_rows(figures, asked.jobs), ("the same judged again, nothing executed", f"{rescored(where):.1f} s")]
        rows.extend(beside_nbgrader(Path(folder), asked.peers, asked.jobs))
    for row in rows:
        say(*row)
    content = "| | here |\n|---|---|\n" + "".join(f"| {what} | {told} |\n" for what, told in rows)
    if asked.write:
        text = f"{content}\n{machine()}.  Written by `make bench`."
        README.write_text(with_part(README.read_text(encoding="utf-8"), "class", text), encoding="utf-8")


def class_rows(found: Figures, jobs: int) -> list[tuple[str, str]]:
    """The class in words."""
    faults = f", {found.faults} faults" if found.faults else ""
    return [
        (f"{found.count} submissions of {' and '.join(SLUGS)}, {jobs} at a time{faults}", f"{found.count / found.wall:.2f} a second"),
        ("wall time (the warm parent's start)", f"{found.wall:.0f} s ({found.start:.1f} s)"),
        ("CPU time each, the judge's second run included", f"{found.cpu / found.count:.2f} s"),
        ("memory at the most, all processes, shared pages counted once", f"{found.memory / 2**20:.0f} MiB"),
        ("gradebook for each submission, evidence included", f"{found.stored / found.count / 1024:.0f} KiB"),
    ]


def beside_nbgrader(folder: Path, count: int, jobs: int) -> list[tuple[str, str]]:
    """The benchmark notebook through both, or why not."""
    environment = existing()
    if environment is None or "nbgrader" in environment.missing:
        return [("nbgrader", "not installed; `make compare` installs it")]
    (folder / "nbgrader").mkdir()
    ours = graded(f"{folder}/benchmark.sqlite", benchmark_course(folder / "course"), submissions(count), jobs)
    theirs = through_nbgrader(environment, folder / "nbgrader", count)
    if (ours.full, theirs.graded) != (count, count):
        raise SystemExit(f"full marks for {ours.full} here and for {theirs.graded} in nbgrader, of {count} right submissions")
    name = f"nbgrader {environment.version('nbgrader')}"
    per_run, warm = ours.wall / ours.executions, ours.wall - ours.start
    return [
        (f"{count} submissions of the benchmark notebook, {name} (one at a time)", each(theirs.wall, theirs.cpu, count)),
        (f"the same {count} here, {ours.executions} runs, {jobs} at a time", each(ours.wall, ours.cpu, count)),
        ("times faster: a graded submission, second run included", f"{theirs.wall / ours.wall:.0f} ({theirs.wall / warm:.0f} once warm)"),
        ("times faster: one run", f"{theirs.wall / count / per_run:.0f} ({theirs.wall / count / warm * ours.executions:.0f} once warm)"),
        ("times less CPU time: a graded submission", f"{theirs.cpu / ours.cpu:.0f}"),
    ]


def each(wall: float, cpu: float, count: int) -> str:
    """Wall and CPU seconds of one of so many."""
    return f"{wall / count:.2f} s each, {cpu / count:.2f} s CPU"


def graded(where: str, course: Course, class_: list[Submission], jobs: int) -> Figures:
    """A class into a new gradebook."""
    editions = {slug: Edition.of(course.load(slug)) for slug in course.slugs if slug in {one.exercise for one in class_}}
    full = 0

    def told(one: Graded) -> None:
        nonlocal full
        full += one.report.score == one.report.max_score

    with Gradebook.open(where, create=True) as book:
        of = taken_in(book, class_, editions)
        memory = Memory()
        began, before = time.perf_counter(), _cpu()
        counting = Counting(started := executor(trusted=True, ready=jobs))
        warm = getattr(started, "warm", None)
        if warm is not None:  # a plain executor, where nothing can be forked, has nothing to warm
            warm()
        start = time.perf_counter() - began
        place = Here(editions, executor=lambda: counting, secret=book.secret(), jobs=jobs)
        tally = grade_class(book, of, plan_of(book, of), place, progress=told)
        wall, used = time.perf_counter() - began, _cpu() - before
        memory.stop()
    stored = Path(where).stat().st_size
    return Figures(
        count=tally.ran, faults=len(tally.faults), full=full, executions=counting.runs, start=start, wall=wall, cpu=used,
        memory=memory.most, stored=stored,
    )  # fmt: skip


def rescored(where: str) -> float:
    """Seconds of the command that judges the class again, from its start to its end."""
    began = time.perf_counter()
    command = [sys.executable, "-c", _RESCORE, "rescore", "--gradebook", where, "--course", str(ROOT)]
    subprocess.run(command, capture_output=True, text=True, check=True)
    return time.perf_counter() - began


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
    print(f"{what:<78} {told}")  # noqa: T201 - a benchmark speaks


if __name__ == "__main__":
    main()
