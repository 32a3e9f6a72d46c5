"""Judging once more from stored runs: nothing is executed, nothing drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from grader import __version__, notebooks
from grader.grading import without
from grader.grading.case import case_of
from grader.grading.editions import Edition, data_files
from grader.grading.variants import seen
from grader.model.errors import EvidenceError, NotebookError
from grader.model.report import Report
from grader.model.run import Observed, Ran

__all__ = ["Again", "judge_again"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """A submission judged from stored runs.

    lacking: the judgement of now asks for a run of the judge's that was not made then, so only a new run can settle it.
    """

    report: Report
    lacking: bool = False


def judge_again(data: bytes, name: str, edition: Edition, runs: Sequence[Ran], student: str | None = None) -> Again:
    """The report that these bytes and these runs (the first as handed in) earn under this edition.

    With the edition that they were run for it is the report of then, but for the grader's own version.  Raises EvidenceError
    where the runs do not fit the exercise or there is none; a file that can't be read gives a report of status `unreadable`.
    """
    entry, exercise, files = edition.entry, edition.entry.exercise, data_files(edition.entry)
    try:
        notebook = notebooks.align(notebooks.read(data, name), entry.scaffold)
    except NotebookError as error:
        report = without.unreadable(exercise, name, error, seconds=0.0)
        return Again(report=replace(report, student=student, digests=edition.digests(data), environment={"grader": __version__}))
    if not runs or runs[0].drawn is not None:
        raise EvidenceError("no run of the notebook as handed in is stored", where=name, remedy="grade it again")
    observed = [Observed(exercise=exercise, outcome=runs[0].outcome, files=files)]
    for ran in runs[1:]:
        if ran.drawn is None:
            raise EvidenceError("a run of the judge's is stored without what was drawn for it", where=name, remedy="grade it again")
        variant, changed, served = seen(ran.drawn, exercise, files)
        observed.append(Observed(exercise=changed, outcome=ran.outcome, variant=variant, files=served))
    case = case_of(exercise, notebook)
    report = case.judge(tuple(observed))
    lacking = len(observed) == 1 and bool(case.further_runs(observed[0]))
    environment = {**runs[0].environment, "grader": __version__}
    return Again(report=replace(report, student=student, digests=edition.digests(data), environment=environment), lacking=lacking)
