"""A few workers, each with a grader of its own, on one executor: so a class has one warm parent, however many work at once."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from typing import TypeVar

from grader.grading import Grader
from grader.model.run import Executor

__all__ = ["side_by_side"]

Task = TypeVar("Task")
Result = TypeVar("Result")


def side_by_side(
    tasks: Sequence[Task], work: Callable[[Grader, Task], Result], *, executor: Callable[[], Executor], secret: bytes, jobs: int
) -> Iterator[tuple[int, Result]]:
    """Index and result of each task, as they come.

    executor: makes the one that all workers share, which is closed at the end (and not made where there is nothing to do).
    Workers are threads: the work is done in the kernels' processes.  The first exception of `work` ends everything, and is
    raised here.
    """
    idle = queue.SimpleQueue[Grader]()

    def one(index: int) -> tuple[int, Result]:
        grader = idle.get()
        try:
            return index, work(grader, tasks[index])
        finally:
            idle.put(grader)

    workers = max(1, min(jobs, len(tasks)))
    with ExitStack() as ending:
        # Left in reverse order: the executor first, so that a stopped class does not wait for the notebooks that are running.
        pool = ending.enter_context(ThreadPoolExecutor(max_workers=workers, thread_name_prefix="grade"))
        if tasks:
            made = executor()
            ending.callback(made.close)
            for _ in range(workers):
                idle.put(Grader(made, secret=secret))
        futures = [pool.submit(one, index) for index in range(len(tasks))]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
