"""One trial of the grader: something whose verdict is known beforehand, graded and compared."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from threading import Lock
from typing import Literal

from grader.authoring.equivalents import Equivalent
from grader.authoring.measuring import differences
from grader.authoring.mutants import Mutant
from grader.authoring.verdicts import Verdict, got, of_equivalent, of_mutant, shortfall
from grader.authoring.witness import Witness
from grader.batch import Trial, tried
from grader.grading import Grader
from grader.model.evidence import Evidence
from grader.model.exercise import Exercise
from grader.model.report import Report

__all__ = ["Case", "Kind", "References", "Result", "try_case"]

SEED = 20_240_229
"""Every mutant runs under this seed, and the reference that it is measured against."""

Kind = Literal["reference", "stub", "specimen", "mutant", "equivalent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Something to try: a trial of the course (reference, stub, specimen), a mutant, or an equivalent under one seed.

    cost: CPU seconds of one run, roughly (0 where nobody asks).
    """

    exercise: str
    kind: Kind
    name: str
    of: Trial | Mutant | Equivalent
    cost: float = 0.0

    @property
    def what(self) -> str:
        """The operator, the rewrite or the specimen, without place and seed."""
        match self.of:
            case Mutant(operator=operator):
                return operator.name
            case Equivalent(rewrite=rewrite):
                return rewrite.name
        return self.name

    @property
    def id(self) -> str:
        """`slope-and-bias::mutant[drop-backward]`; reference and stub without brackets."""
        return f"{self.exercise}::{self.kind}" + (f"[{self.name}]" if self.kind not in ("reference", "stub") else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of a case.

    shortfalls: a sentence for each difference from what it must get (none: all is well).  verdict: of mutants and equivalents.
    got, wanted: score and causes in words.  measured: why a missed mutant is none (`the same evidence`), or how it differs; of a
    trial, why this machine can't show what it must get.
    seconds: wall time of the trial.
    """

    case: Case
    report: Report
    shortfalls: tuple[str, ...]
    verdict: Verdict | None = None
    got: str = ""
    wanted: str = ""
    measured: str = ""
    seconds: float = 0.0


@dataclass
class References:
    """The evidence of each reference under the seed of the mutants, measured once where a mutant needs it."""

    found: dict[str, Evidence] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def of(self, grader: Grader, witness: Witness, mutant: Mutant) -> Evidence:
        """The reference's evidence of a first run."""
        slug = mutant.work.entry.slug
        with self.lock:
            if slug not in self.found:
                with witness.seeded(SEED) as seen:
                    grader.grade(mutant.work.written(), f"{slug}.ipynb", mutant.work.entry)
                self.found[slug] = seen[0].evidence
        return self.found[slug]


def _asked(exercise: Exercise) -> frozenset[str]:
    """The names that an exercise asks for."""
    names: set[str] = set()
    for task in exercise.tasks:
        names |= {one.name.partition("[")[0] for one in (*task.recorded, *task.answers)}
        names |= {one.name for one in (task.predictions, task.surface) if one is not None}
    return frozenset(names)


def try_case(grader: Grader, witness: Witness, references: References, case: Case) -> Result:
    """Grade the case, and compare."""
    started = time.monotonic()

    def result(report: Report, shortfalls: tuple[str, ...], verdict: Verdict | None, wanted: str = "", measured: str = "") -> Result:
        return Result(
            case=case, report=report, shortfalls=shortfalls, verdict=verdict, got=got(report), wanted=wanted, measured=measured,
            seconds=time.monotonic() - started,
        )  # fmt: skip

    if isinstance(case.of, Trial):
        done = tried(grader, case.of)
        return result(done.report, done.shortfalls, None, measured=done.skipped)
    if isinstance(case.of, Equivalent):
        with witness.seeded(case.of.seed):
            report = grader.grade(case.of.data, f"{case.of.rewrite.name}.ipynb", case.of.work.entry)
        kept = of_equivalent(report)
        return result(report, shortfall(report, kept, None), kept, "every point")
    mutant = case.of
    with witness.seeded(SEED) as seen:
        report = grader.grade(mutant.data, f"{mutant.name}.ipynb", mutant.work.entry)
    verdict, measured = of_mutant(report, mutant.site.must), ""
    if verdict == "missed" and seen:
        off = differences(seen[0].evidence, references.of(grader, witness, mutant), _asked(mutant.work.exercise))
        verdict, measured = ("missed", "; ".join(off)) if off else ("equivalent", "the same evidence as the reference's")
    must = mutant.site.must
    wanted = " or ".join(must.causes) if must.costs else f"remark {must.remark}"
    return result(report, shortfall(report, verdict, must), verdict, wanted, measured)
