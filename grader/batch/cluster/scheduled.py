"""Cluster: the place that sends works to a Dask cluster, a bounded number at a time, and takes back what came of them."""

from __future__ import annotations

import logging
import queue
import secrets
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import CancelledError
from contextlib import ExitStack, closing, contextmanager, suppress
from importlib import metadata
from itertools import chain, islice
from pathlib import Path
from typing import Any

import dask
from distributed import Client, Future, KilledWorker

from grader.batch.cluster.parcels import done_of, work_parcel
from grader.batch.cluster.terms import Member, Terms
from grader.batch.cluster.worker import ClassPlugin, grade_parcel
from grader.batch.place import Done, Work, failed
from grader.grading import Edition
from grader.model.errors import GraderError, UsageError

__all__ = ["Cluster"]

PATIENCE = 300.0
"""Seconds that a class waits for a worker where there is none."""
_REACH = 15.0
"""Seconds for the scheduler to answer."""
_LOOK = 2.0
"""Seconds between looks at who is there."""
_PACKAGE = "torch-grader"
_AHEAD = 2
"""Works under way for each that can be graded at once: none waits for the next parcel."""
_LOST = (OSError, TimeoutError, CancelledError)
_GOES_ON = "what is graded is in the gradebook, and the same command goes on"


class Cluster:
    """A place (see Place): the workers of a Dask cluster, those that come later included.

    address: the scheduler's, `tcp://host:port` or `tls://host:port` (certificates as Dask's configuration says).
    editions: slug -> exercise, of every work; a worker must have the same.  course: where they are here, for workers that share it.
    unconfined: workers whose kernels can't be confined may take part.  tell: hears a line for each worker that comes.
    """

    def __init__(
        self,
        address: str,
        editions: Mapping[str, Edition],
        *,
        course: Path,
        secret: bytes,
        unconfined: bool = False,
        tell: Callable[[str], None] = lambda _: None,
        patience: float = PATIENCE,
    ) -> None:
        self._address, self._editions, self._secret = address, editions, secret
        self._terms = Terms.of(editions, course, unconfined=unconfined)
        self._tell, self._patience = tell, patience

    def grade(self, works: Iterable[Work]) -> Generator[Done]:
        """See Place.  A work that workers die of, again and again, has a report of status `fault`.

        Raises UsageError where the scheduler can't be reached (any more), or no worker can take part.
        """
        coming = iter(works)
        first = list(islice(coming, 1))
        if not first:
            return
        # A notebook with its pictures may be large: that is no mistake here.
        large = {"distributed.admin.large-graph-warning-threshold": "1 GiB"}
        with _quiet(), dask.config.set(large), closing(self._connected()) as session:
            yield from session.graded(chain(first, coming))

    def _connected(self) -> _Session:
        remedy = "start one with `dask scheduler`, or see docs/cluster.md"
        try:
            client = Client(self._address, timeout=_REACH, set_as_default=False, name="grader")
        except (OSError, TimeoutError) as error:
            raise UsageError(f"no scheduler answers ({_said(error)})", where=self._address, remedy=remedy) from None
        except (ValueError, TypeError, RuntimeError, ImportError) as error:
            raise UsageError(f"no address of a scheduler ({_said(error)})", where=self._address, remedy=remedy) from None
        session = _Session(client, self._address, self._editions, self._tell, self._patience)
        with ExitStack() as unless_joined:
            unless_joined.callback(session.close)
            session.join(self._terms, self._secret)
            unless_joined.pop_all()
        return session


class _Session:
    """One class on one cluster, from its plugin's registration to its end."""

    def __init__(
        self, client: Client, address: str, editions: Mapping[str, Edition], tell: Callable[[str], None], patience: float
    ) -> None:
        self._client, self._address, self._editions, self._tell, self._patience = client, address, editions, tell, patience
        self._name = f"grader-{secrets.token_hex(8)}"
        self._heard = queue.SimpleQueue[dict[str, Any]]()
        self._members: dict[str, Member] = {}
        self._ready = queue.SimpleQueue[int]()
        self._under_way: dict[int, tuple[Future[bytes], Work]] = {}
        self._room, self._looked, self._seen = 0, 0.0, time.monotonic()

    # ---- beginning and end -------------------------------------------------------------------------------------------

    def join(self, terms: Terms, secret: bytes) -> None:
        """Bring course and secret to every worker, and wait for the first that can take part."""
        try:
            self._same_grader()
            self._client.subscribe_topic(self._name, lambda event: self._heard.put(event[1]))
            self._client.register_plugin(ClassPlugin(self._name, terms, secret))
        except _LOST as error:
            raise self._gone(error) from None
        while not self._room:
            there = [self._members.get(address) for address in self._look()]
            refused = [one for one in there if one is not None and one.refusal]
            if refused and len(refused) == len(there):
                raise UsageError(f"no worker can take part: {refused[0].refusal}", where=refused[0].address)
            time.sleep(0.05)

    def _same_grader(self) -> None:
        """A worker without this grader could not even read what it is sent."""
        here = metadata.version(_PACKAGE)
        for address, found in self._client.get_versions(packages=[_PACKAGE])["workers"].items():
            there = found["packages"].get(_PACKAGE) or "none"
            if there != here:
                remedy = f"pip install 'torch-grader[instructor,cluster]=={here}' on every machine"
                raise UsageError(f"this worker has {there} of torch-grader, where {here} is asked for", where=address, remedy=remedy)

    def close(self) -> None:
        """Take back what is under way, have the workers end their kernels, and leave the cluster as it was."""
        if self._client.status == "running":
            with suppress(*_LOST, ValueError):
                self._client.cancel([future for future, _ in self._under_way.values()], force=True)
                self._client.unregister_worker_plugin(self._name)
        self._under_way.clear()
        self._client.close(timeout=_REACH)

    def _gone(self, error: BaseException) -> UsageError:
        why = "its scheduler has gone" if isinstance(error, CancelledError) else _said(error)
        return UsageError(f"the cluster can't be reached any more: {why}", where=self._address, remedy=_GOES_ON)

    # ---- works there, and what came of them back -----------------------------------------------------------------------

    def graded(self, works: Iterator[Work]) -> Generator[Done]:
        """What came of each work, as it comes."""
        ahead = next(works, None)
        try:
            while ahead is not None or self._under_way:
                while ahead is not None and len(self._under_way) < self._room:
                    self._send(ahead)
                    ahead = next(works, None)
                done = self._next()
                if done is not None:
                    yield done
                if time.monotonic() - self._looked >= _LOOK:
                    self._look()
        except _LOST as error:
            raise self._gone(error) from None

    def _send(self, work: Work) -> None:
        future = self._client.submit(grade_parcel, self._name, work_parcel(work), pure=False, resources={self._name: 1})
        self._under_way[work.key] = future, work
        future.add_done_callback(lambda _: self._ready.put(work.key))

    def _next(self) -> Done | None:
        """One that has come, None where there is none yet."""
        try:
            key = self._ready.get(timeout=_LOOK / 4)
        except queue.Empty:
            return None
        future, work = self._under_way[key]
        error = future.exception()
        if error is None:
            done = done_of(future.result())
        elif isinstance(error, KilledWorker):
            done = failed(work, self._editions[work.exercise], f"{error.allowed_failures + 1} workers died while they graded it")
        else:
            done = failed(work, self._editions[work.exercise], f"a worker failed: {_said(error)}")
        del self._under_way[key]
        return done

    def _look(self) -> Iterable[str]:
        """Who is there now, by address, and so how many works may be under way."""
        while not self._heard.empty():
            member = Member.read(self._heard.get())
            self._members[member.address] = member
            self._tell(member.line())
        if self._client.status != "running":
            raise self._gone(OSError("the connection to the scheduler was lost"))
        there: Mapping[str, int] = self._client.nthreads()
        fit = sum(threads for address, threads in there.items() if address in self._members and not self._members[address].refusal)
        self._room, self._looked = _AHEAD * fit, time.monotonic()
        if fit:
            self._seen = self._looked
        elif self._looked - self._seen > self._patience:
            remedy = f"start some with `dask worker`; {_GOES_ON}"
            raise UsageError(f"no worker came in {self._patience:g} s", where=self._address, remedy=remedy)
        return tuple(there)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Dask's client from telling of a lost connection in tracebacks: it is told in one line here.  With --debug, both are."""
    told = logging.getLogger("distributed.client")
    before = told.level
    if not logging.getLogger("grader").isEnabledFor(logging.DEBUG):
        told.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        told.setLevel(before)


def _said(error: BaseException) -> str:
    """An exception's words in one line, or its kind where it has none."""
    if isinstance(error, GraderError):
        return str(error)
    return " ".join(str(error).split())[:200] or type(error).__name__
