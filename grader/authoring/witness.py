"""An executor that seeds every run and remembers what came of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from grader.model.run import Executor, Job, Outcome

__all__ = ["Witness"]


class Witness:
    """An executor around another, good for several threads: what one thread asks for, it alone is answered.

    Inside `seeded` a run without a seed of its own gets that one, so that two notebooks draw alike and can be compared.
    """

    def __init__(self, inner: Executor) -> None:
        self._inner = inner
        self._thread = threading.local()

    @contextmanager
    def seeded(self, seed: int | None) -> Iterator[list[Outcome]]:
        """The outcomes of this thread's runs within the block, in order; None leaves every seed as it is."""
        seen: list[Outcome] = []
        self._thread.seed, self._thread.seen = seed, seen
        try:
            yield seen
        finally:
            self._thread.seed, self._thread.seen = None, None

    def run(self, job: Job) -> Outcome:
        """See Executor."""
        seed = getattr(self._thread, "seed", None)
        outcome = self._inner.run(replace(job, seed=seed) if job.seed is None and seed is not None else job)
        seen = getattr(self._thread, "seen", None)
        if seen is not None:
            seen.append(outcome)
        return outcome

    def close(self) -> None:
        """See Executor."""
        self._inner.close()
