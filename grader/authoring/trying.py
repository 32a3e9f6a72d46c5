"""One trial of the grader: something whose verdict is known beforehand, graded and compared."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Literal

from grader.authoring.equivalents import Equivalent
from grader.authoring.measuring import differences
from grader.authoring.mutants import Mutant
from grader.authoring.straining import strains
from grader.authoring.verdicts import Verdict, got, of_equivalent, of_mutant, shortfall
from grader.authoring.witness import Witness
from grader.batch import Trial, tried
from grader.catalog import Entry
from grader.grading import Grader
from grader.model.evidence import Evidence
from grader.model.exercise import Exercise
from grader.model.report import Report

__all__ = ["Case", "Kind", "References", "Result", "handed_in", "seed_of", "try_case"]

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
    strains: `task.check` -> how near the first run came to what is allowed, where that was asked for.  seconds: wall time.
    """

    case: Case
    report: Report
    shortfalls: tuple[str, ...]
    verdict: Verdict | None = None
    got: str = ""
    wanted: str = ""
    measured: str = ""
    strains: Mapping[str, float] = field(default_factory=dict)
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


def try_case(grader: Grader, witness: Witness, references: References, case: Case, *, strained: bool = False) -> Result:
    """Grade the case, and compare.  strained: work out how near it came to what each check allows as well."""
    started = time.monotonic()
    with witness.seeded(seed_of(case)) as seen:
        done = _tried(grader, case)
    report, verdict, measured, wanted = done.report, done.verdict, done.measured, ""
    match case.of:
        case Equivalent():
            wanted = "every point"
        case Mutant(site=site) as mutant:
            wanted = " or ".join(site.must.causes) if site.must.costs else f"remark {site.must.remark}"
            if verdict == "missed" and seen:
                off = differences(seen[0].evidence, references.of(grader, witness, mutant), _asked(mutant.work.exercise))
                verdict, measured = ("missed", "; ".join(off)) if off else ("equivalent", "the same evidence as the reference's")
    must = case.of.site.must if isinstance(case.of, Mutant) else None
    return Result(
        case=case,
        report=report,
        shortfalls=done.shortfalls if verdict is None else shortfall(report, verdict, must),
        verdict=verdict,
        got=got(report),
        wanted=wanted,
        measured=measured,
        strains=strains(*handed_in(case), seen[0], report) if strained and seen and case.kind not in ("stub", "specimen") else {},
        seconds=time.monotonic() - started,
    )


def seed_of(case: Case) -> int | None:
    """The seed of a case's runs; None: trials of the course run as they are."""
    match case.of:
        case Equivalent(seed=seed):
            return seed
        case Mutant():
            return SEED
    return None


def _tried(grader: Grader, case: Case) -> _Tried:
    match case.of:
        case Trial() as trial:
            done = tried(grader, trial)
            return _Tried(report=done.report, shortfalls=done.shortfalls, measured=done.skipped)
        case Mutant(site=site):
            report = grader.grade(*handed_in(case))
            return _Tried(report=report, verdict=of_mutant(report, site.must))
        case Equivalent():
            report = grader.grade(*handed_in(case))
            return _Tried(report=report, verdict=of_equivalent(report))


def handed_in(case: Case) -> tuple[bytes, str, Entry]:
    """Bytes, name and exercise, as the grader takes them."""
    match case.of:
        case Trial(data=data, name=name, entry=entry):
            return data, name, entry
        case Mutant() | Equivalent() as one:
            return one.data, f"{case.what if case.kind == 'equivalent' else case.name}.ipynb", one.work.entry


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tried:
    report: Report
    verdict: Verdict | None = None
    shortfalls: tuple[str, ...] = ()
    measured: str = ""
