"""The course against its own grader: references, stubs, specimens, and every mutant of every reference."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence

from grader.authoring.equivalents import REWRITES, equivalents_of
from grader.authoring.mutants import OPERATORS, mutants_of
from grader.authoring.resuming import Journal
from grader.authoring.sampling import estimate
from grader.authoring.syntax.work import work_of
from grader.authoring.trying import Case, References, Result, try_case
from grader.authoring.witness import Witness
from grader.batch import trials_of
from grader.batch.workers import side_by_side
from grader.catalog import Entry
from grader.grading import Grader
from grader.model.run import Executor

__all__ = ["THOROUGH_SEEDS", "cases_of", "validate"]

SEEDS, THOROUGH_SEEDS = 3, 20
"""Seeds under which equivalents must lose nothing: one of the first for each in passing, all in thorough validation."""


def cases_of(entry: Entry, *, mutants: bool = True, seeds: int = 1) -> Iterator[Case]:
    """Everything whose verdict is known beforehand.  Raises AuthorError where a file is missing or the reference is no Python.

    seeds: under how many each equivalent is tried; under one it is one of the first three, by turns, so that each exercise meets
    all three.
    """
    slug, cost = entry.slug, estimate(entry)
    for trial in trials_of(entry):
        yield Case(exercise=slug, kind=trial.kind, name=trial.specimen.name if trial.specimen else "", of=trial, cost=cost)
    if not mutants:
        return
    work = work_of(entry)
    for mutant in mutants_of(work, OPERATORS):
        yield Case(exercise=slug, kind="mutant", name=mutant.name, of=mutant, cost=cost)
    for turn, one in enumerate(REWRITES):
        tried = range(1, 1 + seeds) if seeds > 1 else range(1 + turn % SEEDS, 2 + turn % SEEDS)
        for equivalent in equivalents_of(work, (one,), tried):
            yield Case(exercise=slug, kind="equivalent", name=equivalent.name, of=equivalent, cost=cost)


def validate(
    cases: Sequence[Case],
    *,
    executor: Callable[[], Executor],
    jobs: int = 2,
    progress: Callable[[Result], None] = lambda _: None,
    strained: bool = False,
    journal: Journal | None = None,
) -> tuple[Result, ...]:
    """Every case tried, in order.  Raises AuthorError for a wrong exercise.

    strained: with how near each came to what is allowed.  journal: opened for these cases; what it knows is not tried, what is
    tried it gets.  progress: told of every result, those that were known first.
    """
    made: list[Witness] = []

    def witness() -> Witness:
        made.append(Witness(executor()))
        return made[-1]

    references, done = References(), dict[int, Result]()

    def work(grader: Grader, case: Case) -> Result:
        return try_case(grader, made[0], references, case, strained=strained)

    if journal is not None:
        done.update(journal.results)
    for index in sorted(done):
        progress(done[index])
    left = [index for index in range(len(cases)) if index not in done]
    for turn, one in side_by_side([cases[index] for index in left], work, executor=witness, secret=secrets.token_bytes(32), jobs=jobs):
        done[left[turn]] = one
        if journal is not None:
            journal.add(left[turn], one)
        progress(one)
    return tuple(done[index] for index in range(len(cases)))
