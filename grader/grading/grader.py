"""Grader: one submission from bytes to report."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from grader import judging, notebooks
from grader.catalog import Entry, execution_digest, judging_digest
from grader.execution import doctor
from grader.grading import without
from grader.grading.draws import draw
from grader.grading.variants import JudgesRun, prepare
from grader.model.errors import EvidenceError, ExecutionError, GraderError, NotebookError
from grader.model.notebook import Notebook
from grader.model.report import Report
from grader.model.run import Executor, Job, Observed

__all__ = ["Grader", "digests"]

_LOG = logging.getLogger(__name__)


class Grader:
    """Grades submissions one at a time on the executor that it was given, which stays the caller's to close.

    secret: what the judge's numbers are drawn with; whoever knows it can foresee them.
    clock: seconds, monotonic.
    """

    def __init__(self, executor: Executor, *, secret: bytes, clock: Callable[[], float] = time.monotonic) -> None:
        self._executor, self._secret, self._clock = executor, secret, clock

    def grade(self, data: bytes, name: str, entry: Entry, student: str | None = None) -> Report:
        """The report on these bytes as a submission to this exercise.

        A file that can't be read gives a report of status `unreadable`, a failure of the grader one of status `fault` with
        every point pending; neither is raised.  Raises AuthorError (and other GraderErrors) where the exercise is wrong.
        """
        started = self._clock()
        submission = hashlib.sha256(data).hexdigest()

        def elapsed() -> float:
            return self._clock() - started

        try:
            report = self._judged(data, name, entry, submission)
        except NotebookError as error:
            report = without.unreadable(entry.exercise, name, error, seconds=elapsed())
        except (ExecutionError, EvidenceError) as error:
            _LOG.exception("no run of %s", name)
            report = without.fault(entry.exercise, name, str(error), seconds=elapsed())
        except GraderError:
            raise
        except Exception as error:  # noqa: BLE001 - the batch job: one submission's fault never stops the others
            _LOG.exception("while grading %s", name)
            report = without.fault(entry.exercise, name, f"{type(error).__name__}: {error}", seconds=elapsed())
        return replace(report, student=student, digests=digests(data, entry), environment=doctor.versions())

    def _judged(self, data: bytes, name: str, entry: Entry, submission: str) -> Report:
        exercise = entry.exercise
        notebook = notebooks.align(notebooks.read(data, name), entry.scaffold)
        job = Job(notebook=notebook, limits=exercise.limits, files=entry.files, served=entry.served)
        files = _data_files(entry)
        first = Observed(exercise=exercise, outcome=self._executor.run(job), files=files)
        second = self._judges_run(entry, notebook, first, job, submission)
        if second is None:
            return judging.judge(exercise, notebook, (first,))
        outcome = self._executor.run(second.job)
        again = Observed(exercise=second.exercise, outcome=outcome, variant=second.variant, files=second.files)
        return judging.judge(exercise, notebook, (first, again))

    def _judges_run(self, entry: Entry, notebook: Notebook, first: Observed, job: Job, submission: str) -> JudgesRun | None:
        """The first of judging's alternatives that this submission can be run with."""
        execution = execution_digest(entry)
        for index, variant in enumerate(judging.further_runs(entry.exercise, notebook, first)):
            numbers = draw(self._secret, submission=submission, execution=execution, variant=index)
            found = prepare(variant, entry.exercise, job, first.files, numbers)
            if found is not None:
                return found
        return None


def digests(data: bytes, entry: Entry) -> Mapping[str, str]:
    """What a report depends on: equal digests, equal report.  Each a SHA-256 in hex."""
    return {
        "execution": execution_digest(entry),
        "judging": judging_digest(entry),
        "submission": hashlib.sha256(data).hexdigest(),
    }


def _data_files(entry: Entry) -> Mapping[str, bytes]:
    """Every data file by name, whether it is laid into the folder or served at an address."""
    served = {name: entry.served[url] for url, name in entry.exercise.served.items() if url in entry.served}
    return {**served, **entry.files}
