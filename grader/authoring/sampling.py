"""What is tried where not everything fits: a stated rule, and the same choice each time.

What a notebook takes is estimated from the declaration (steps make the time).  First come references and stubs, a specimen of each
cause of each exercise (of an exercise alone all specimens), and every operator and rewrite once, in the exercise where that costs
least; then each exercise gets the same time, for its specimens before its mutants, and what one leaves goes to the others.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Sequence

from grader.authoring.trying import Case
from grader.batch import Trial
from grader.catalog import Entry
from grader.model.exercise import Affine, Data, Line, Split, Table, Training

__all__ = ["estimate", "fitting"]

KERNEL = 0.2
"""CPU seconds of a forked kernel, its recorder and its report, without a single step."""
STEP = 100e-6
"""CPU seconds of one recorded step of two parameters; a network's takes several times as long to run and to judge."""
NETWORK = 6.0
RUNS = {"mutant": 1.2, "equivalent": 2.0}
"""Runs of a notebook: most mutants fail in the first; right work is run again by the judge."""
SPECIMEN = 1.5
"""Runs of a reference, stub or specimen: about half of them are right."""
OPEN = 5000
"""Epochs where their number is the student's."""


def estimate(entry: Entry) -> float:
    """CPU seconds of one run of the reference, roughly."""
    trainings = [task.training for task in entry.exercise.tasks if task.training is not None]
    return KERNEL + STEP * sum(_steps(entry, one) for one in (*trainings, *entry.exercise.given))


def _steps(entry: Entry, training: Training) -> float:
    batches = math.ceil(_rows(entry, training.data) / training.batches.size) if training.batches.size else 1
    return (training.epochs or OPEN) * batches * (1.0 if isinstance(training.model, Affine) else NETWORK)


def _rows(entry: Entry, data: Data) -> int:
    match data:
        case Line(first=first, stop=stop, step=step):
            return math.ceil((stop - first) / step - 1e-9)
        case Split(train=train):
            return len(train)
        case Table(file=file):
            found = {**{name: entry.served[url] for url, name in entry.exercise.served.items()}, **entry.files}
            return max(1, found.get(file, b"").count(b"\n") - 1)


def fitting(cases: Sequence[Case], seconds: float) -> tuple[Case, ...]:
    """The cases that fit into about so many CPU seconds, in their order; what comes first is tried whatever it takes."""
    costs = {case.id: case.cost * RUNS.get(case.kind, SPECIMEN) for case in cases}
    chosen = {case.id for case in cases if case.kind in ("reference", "stub")}
    specimens = [case for case in cases if case.kind == "specimen"]
    chosen |= {case.id for case in specimens} if len(_slugs(cases)) == 1 else _a_cause_each(specimens)
    chosen |= _once([case for case in cases if case.kind in RUNS], costs)
    left = seconds - sum(costs[one] for one in chosen)
    rest = [case for case in cases if case.id not in chosen]
    waiting = {slug: sorted(_mixed(c for c in rest if c.exercise == slug), key=lambda c: c.kind in RUNS) for slug in _slugs(rest)}
    while waiting and left > 0:
        # The poorest first: who needs less than an equal share leaves the rest to the others.
        slug = min(waiting, key=lambda one: sum(costs[case.id] for case in waiting[one]))
        share = left / len(waiting)
        for case in waiting.pop(slug):
            if costs[case.id] <= share:
                chosen.add(case.id)
                share -= costs[case.id]
                left -= costs[case.id]
    return tuple(case for case in cases if case.id in chosen)


def _slugs(cases: Iterable[Case]) -> list[str]:
    return list(dict.fromkeys(case.exercise for case in cases))


def _a_cause_each(cases: Sequence[Case]) -> set[str]:
    """For every exercise a specimen of each cause (and one of none), the first in an order without a pattern."""
    first: dict[tuple[str, str], Case] = {}
    for case in _mixed(cases):
        if isinstance(case.of, Trial) and case.of.specimen is not None:
            first.setdefault((case.exercise, case.of.specimen.finding), case)
    return {case.id for case in first.values()}


def _once(cases: Sequence[Case], costs: dict[str, float]) -> set[str]:
    """For every operator and rewrite the cheapest case, the first of equals."""
    cheapest: dict[tuple[str, str], Case] = {}
    for case in cases:
        kind = (case.kind, case.what)
        if kind not in cheapest or costs[case.id] < costs[cheapest[kind].id]:
            cheapest[kind] = case
    return {case.id for case in cheapest.values()}


def _mixed(cases: Iterable[Case]) -> list[Case]:
    """In an order without a pattern, which is the same each time."""
    return sorted(cases, key=lambda case: hashlib.sha256(case.id.encode()).digest())
