"""The course against its own grader: references, stubs, specimens, and every mutant of every reference."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence

from grader.authoring.equivalents import REWRITES, equivalents_of
from grader.authoring.mutants import OPERATORS, mutants_of
from grader.authoring.syntax.work import work_of
from grader.authoring.trying import Case, References, Result, try_case
from grader.authoring.witness import Witness
from grader.batch import trials_of
from grader.batch.workers import side_by_side
from grader.catalog import Entry
from grader.grading import Grader
from grader.model.run import Executor

__all__ = ["cases_of", "validate"]

MOST = 2
"""Places of one operator in one exercise that are tried in passing; `thorough` tries every place."""


SEEDS, THOROUGH_SEEDS = 3, 20
"""Seeds under which every equivalent must lose nothing, in passing and in thorough validation."""


def cases_of(entry: Entry, *, mutants: bool = True, thorough: bool = False) -> Iterator[Case]:
    """Everything whose verdict is known beforehand.  Raises AuthorError where a file is missing or the reference is no Python."""
    slug = entry.slug
    for trial in trials_of(entry):
        yield Case(exercise=slug, kind=trial.kind, name=trial.specimen.name if trial.specimen else "", of=trial)
    if mutants:
        work = work_of(entry)
        for mutant in mutants_of(work, OPERATORS, most=None if thorough else MOST):
            yield Case(exercise=slug, kind="mutant", name=mutant.name, of=mutant)
        for one in equivalents_of(work, REWRITES, range(1, 1 + (THOROUGH_SEEDS if thorough else SEEDS))):
            yield Case(exercise=slug, kind="equivalent", name=one.name, of=one)


def validate(
    cases: Sequence[Case], *, executor: Callable[[], Executor], jobs: int = 2, progress: Callable[[Result], None] = lambda _: None
) -> tuple[Result, ...]:
    """Every case tried, in order.  Raises AuthorError where an exercise itself is wrong."""
    made: list[Witness] = []

    def witness() -> Witness:
        made.append(Witness(executor()))
        return made[-1]

    references, done = References(), dict[int, Result]()

    def work(grader: Grader, case: Case) -> Result:
        return try_case(grader, made[0], references, case)

    for index, one in side_by_side(cases, work, executor=witness, secret=secrets.token_bytes(32), jobs=jobs):
        done[index] = one
        progress(one)
    return tuple(done[index] for index in range(len(cases)))
