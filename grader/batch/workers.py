"""A few workers, each with a grader of its own, on one executor: so a class has one warm parent, however many work at once."""

from __future__ import annotations

import queue
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from itertools import chain, islice
from typing import TypeVar

from grader.grading import Grader
from grader.model.run import Executor

__all__ = ["side_by_side"]

Task = TypeVar("Task")
Result = TypeVar("Result")


def side_by_side(
    tasks: Iterable[Task], work: Callable[[Grader, Task], Result], *, executor: Callable[[], Executor], secret: bytes, jobs: int
) -> Generator[tuple[int, Result]]:
    """Index and result of each task, as they come.

    tasks: asked for the next one only when a worker will soon be free, so that a class need not be in memory.
    executor: makes the one that all workers share, which is closed at the end (and not made where there is nothing to do).
    Workers are threads: the work is done in the kernels' processes.  The first exception of `work` ends everything, and is
    raised here.
    """
    coming: Iterator[tuple[int, Task]] = enumerate(tasks)
    first = list(islice(coming, 1))
    if not first:
        return
    idle = queue.SimpleQueue[Grader]()

    def one(index: int, task: Task) -> tuple[int, Result]:
        grader = idle.get()
        try:
            return index, work(grader, task)
        finally:
            idle.put(grader)

    with ExitStack() as ending:
        # Left in reverse order: the executor first, so that a stopped class does not wait for the notebooks that are running.
        pool = ending.enter_context(ThreadPoolExecutor(max_workers=jobs, thread_name_prefix="grade"))
        made = executor()
        ending.callback(made.close)
        for _ in range(jobs):
            idle.put(Grader(made, secret=secret))
        coming = chain(first, coming)
        waiting: set[Future[tuple[int, Result]]] = set()
        try:
            while True:
                # One more than there are workers: none of them waits while a result is dealt with.
                waiting |= {pool.submit(one, index, task) for index, task in islice(coming, jobs + 1 - len(waiting))}
                if not waiting:
                    return
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                for future in done:
                    yield future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
