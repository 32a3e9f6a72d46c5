"""The course against its own grader: a trial for each reference, stub and specimen."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from grader.batch.workers import side_by_side
from grader.catalog import Entry, Specimen
from grader.grading import Edition, Examined, Grader, judge_again, proof
from grader.model.errors import AuthorError
from grader.model.report import Report
from grader.model.run import Executor
from grader.wire import pack, unpack

__all__ = ["Trial", "Tried", "tried", "trials_of", "validate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One submission whose verdict is known beforehand.

    specimen: set for that kind alone.  entry: the exercise, under the limits that the specimen names.
    """

    entry: Entry
    kind: Literal["reference", "stub", "specimen"]
    name: str
    data: bytes
    specimen: Specimen | None = None

    @property
    def id(self) -> str:
        """`slope-and-bias::specimen[no-backward]`; reference and stub without brackets."""
        return f"{self.entry.exercise.slug}::{self.kind}" + (f"[{self.specimen.name}]" if self.specimen else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A trial, its report, and a sentence for each difference from what was declared (none: all is well).

    skipped: why this machine can't show what was declared; '' where it can.
    """

    trial: Trial
    report: Report
    shortfalls: tuple[str, ...]
    skipped: str = ""


def trials_of(entry: Entry) -> tuple[Trial, ...]:
    """Reference, stub and every specimen of one exercise.  Raises AuthorError where one of the files is missing."""
    slug = entry.exercise.slug
    return (
        Trial(entry=entry, kind="reference", name=f"{slug}.ipynb", data=_bytes(entry.reference)),
        Trial(entry=entry, kind="stub", name=f"{slug}-stub.ipynb", data=_bytes(entry.stub)),
        *(_of_specimen(entry, one) for one in entry.specimens),
    )


def _of_specimen(entry: Entry, one: Specimen) -> Trial:
    if one.limits is not None:
        entry = replace(entry, exercise=replace(entry.exercise, limits=one.limits))
    return Trial(entry=entry, kind="specimen", name=one.path.name, data=_bytes(one.path), specimen=one)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        remedy = "a missing stub is made by `grader release`"
        raise AuthorError(f"can't be read: {error.strerror}", where=str(path), remedy=remedy) from error


def tried(grader: Grader, trial: Trial) -> Tried:
    """Grade the trial, compare, and judge it once more from its runs as they would be stored: both reports must be one."""
    edition = Edition.of(trial.entry)
    examined = grader.examine(trial.data, trial.name, edition)
    report = examined.report
    match trial.kind:
        case "reference":
            shortfalls = proof.of_reference(report)
        case "stub":
            shortfalls = proof.of_stub(report)
        case "specimen":
            declared = trial.specimen
            assert declared is not None
            if declared.confined and report.run.isolation == "L0":
                return Tried(trial=trial, report=report, shortfalls=(), skipped="what it shows, a confined kernel alone can show")
            shortfalls = proof.of_specimen(
                report, score=declared.score, finding=declared.finding, remarks=declared.remarks, checks=declared.checks, says=declared.says
            )
    return Tried(trial=trial, report=report, shortfalls=(*shortfalls, *_otherwise_from_storage(trial, edition, examined)))


def _otherwise_from_storage(trial: Trial, edition: Edition, examined: Examined) -> tuple[str, ...]:
    if not examined.runs:
        return ()
    again = judge_again(trial.data, trial.name, edition, [unpack(pack(ran)) for ran in examined.runs]).report
    return () if again == examined.report else (f"{trial.id}: judged from stored evidence the report is another one",)


def validate(
    trials: Sequence[Trial], *, executor: Callable[[], Executor], jobs: int = 2, progress: Callable[[Tried], None] = lambda _: None
) -> tuple[Tried, ...]:
    """Every trial done, in order.  Raises AuthorError where an exercise itself is wrong."""
    done: dict[int, Tried] = {}
    for index, one in side_by_side(trials, tried, executor=executor, secret=secrets.token_bytes(32), jobs=jobs):
        done[index] = one
        progress(one)
    return tuple(done[index] for index in range(len(trials)))
