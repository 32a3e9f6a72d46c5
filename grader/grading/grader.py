"""Grader: one submission from bytes to report."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from grader import judging, notebooks
from grader.catalog import Entry
from grader.execution import doctor
from grader.grading import without
from grader.grading.case import case_of
from grader.grading.draws import FIRST, draw
from grader.grading.editions import Edition, data_files
from grader.grading.variants import JudgesRun, prepare
from grader.model.errors import EvidenceError, ExecutionError, GraderError, NotebookError
from grader.model.report import Report
from grader.model.run import Executor, Job, Observed, Ran

__all__ = ["Examined", "Grader"]

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """A submission graded: its report, and the runs that this rests on (none where nothing could be run)."""

    report: Report
    runs: tuple[Ran, ...] = ()


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
        return self.examine(data, name, Edition.of(entry), student).report

    def examine(self, data: bytes, name: str, edition: Edition, student: str | None = None) -> Examined:
        """As `grade`, with the runs, which `judge_again` can judge once more with nothing executed."""
        started = self._clock()
        exercise = edition.entry.exercise

        def elapsed() -> float:
            return self._clock() - started

        runs: tuple[Ran, ...] = ()
        try:
            report, runs = self._judged(data, name, edition)
        except NotebookError as error:
            report = without.unreadable(exercise, name, error, seconds=elapsed())
        except (ExecutionError, EvidenceError) as error:
            _LOG.exception("no run of %s", name)
            report = without.fault(exercise, name, str(error), seconds=elapsed())
        except GraderError:
            raise
        except Exception as error:  # noqa: BLE001 - the batch job: one submission's fault never stops the others
            _LOG.exception("while grading %s", name)
            report = without.fault(exercise, name, f"{type(error).__name__}: {error}", seconds=elapsed())
        report = replace(report, student=student, digests=edition.digests(data), environment=doctor.versions())
        return Examined(report=report, runs=runs)

    def _judged(self, data: bytes, name: str, edition: Edition) -> tuple[Report, tuple[Ran, ...]]:
        entry, exercise = edition.entry, edition.entry.exercise
        notebook = notebooks.align(notebooks.read(data, name), entry.scaffold)
        submission, environment = hashlib.sha256(data).hexdigest(), doctor.versions()
        chance = draw(self._secret, submission=submission, execution=edition.execution, variant=FIRST).integer("chance", 2**31)
        job = Job(notebook=notebook, limits=exercise.limits, files=entry.files, served=entry.served, chance=chance)
        first = Observed(exercise=exercise, outcome=self._executor.run(job), files=data_files(entry))
        ran = Ran(outcome=first.outcome, environment=environment)
        case = case_of(exercise, notebook)
        judged: tuple[Observed, ...] = (first,)
        runs: tuple[Ran, ...] = (ran,)
        for second in self._judges_runs(edition, case, first, job, submission):
            outcome = self._executor.run(second.job)
            again = Observed(exercise=second.exercise, outcome=outcome, variant=second.variant, files=second.files)
            judged, runs = (first, again), (ran, Ran(outcome=outcome, drawn=second.drawn, environment=environment))
            if not judging.stumbled(first.outcome.evidence, outcome.evidence):
                break  # else a check of the student's own, or a name of theirs, holds for their numbers alone: then other numbers
        return case.judge(judged), runs

    def _judges_runs(self, edition: Edition, case: judging.Case, first: Observed, job: Job, submission: str) -> Iterator[JudgesRun]:
        """Judging's alternatives that this submission can be run with, the best first."""
        exercise = edition.entry.exercise
        for index, variant in enumerate(case.further_runs(first)):
            numbers = draw(self._secret, submission=submission, execution=edition.execution, variant=index)
            found = prepare(variant, exercise, job, first.files, numbers)
            if found is not None:
                yield found
