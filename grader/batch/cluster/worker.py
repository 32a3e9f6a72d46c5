"""On a worker of the cluster: one warm parent for a class, and the task that grades a parcel with it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any

from distributed import Worker, WorkerPlugin, get_worker

from grader.batch.cluster.kernels import Kernels
from grader.batch.cluster.parcels import done_parcel, error_parcel, work_of
from grader.batch.cluster.terms import Terms, joined
from grader.batch.place import work_done
from grader.execution.choosing import choose
from grader.grading import Edition, Grader
from grader.model.errors import GraderError

__all__ = ["ClassPlugin", "grade_parcel"]


class ClassPlugin(WorkerPlugin):  # type: ignore[misc]
    """A class on one worker: its course, its secret, and its kernels.

    What is pickled of it on its way here is a name, plain values and the secret; the rest is made here.
    A worker that can take part offers the resource `name`, which the class's tasks ask for; one that can't never gets any.
    """

    def __init__(self, name: str, terms: Terms, secret: bytes) -> None:
        self.name, self._terms, self._secret = name, terms.plain(), secret

    async def setup(self, worker: Worker) -> None:
        """Read the course, compare it with the client's, and say so on the topic `name`."""
        threads: int = worker.state.nthreads
        self._kernels = Kernels(partial(choose, trusted=self._terms["unconfined"], ready=threads))
        self._editions: Mapping[str, Edition]
        # Not in the loop's own thread: reading a course takes its time, and the scheduler wants to hear from us meanwhile.
        member, self._editions = await asyncio.to_thread(joined, Terms.read(self._terms), worker.contact_address, threads)
        if not member.refusal:
            await worker.set_resources(**{self.name: threads})
        worker.log_event(self.name, member.plain())

    async def teardown(self, worker: Worker) -> None:  # noqa: ARG002 - Dask's signature
        """End the kernels."""
        await asyncio.to_thread(self._kernels.close)

    def graded(self, parcel: bytes) -> bytes:
        """What came of the work in this parcel.  Called from as many threads as the worker has."""
        work = work_of(parcel)
        with self._kernels.at_work() as executor:
            try:
                return done_parcel(work_done(Grader(executor, secret=self._secret), work, self._editions))
            except GraderError as error:
                return error_parcel(error)


def grade_parcel(name: str, parcel: bytes) -> bytes:
    """The task: grade a parcel with the plugin `name` of the worker that this runs on."""
    plugin: Any = get_worker().plugins[name]
    graded: bytes = plugin.graded(parcel)
    return graded
