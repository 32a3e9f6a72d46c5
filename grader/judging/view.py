"""Which run answers a task: by evidence first (data, start, count, laws), by cells and order where evidence leaves a choice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from grader.judging.datasets import Dataset, dataset
from grader.judging.facts import Assessor, Facts, assess
from grader.judging.looked_at import LookedAt, looked_at
from grader.judging.narrow import every
from grader.judging.outcomes import ENDED
from grader.judging.predictors import Predictor, predictor_of, size_of
from grader.judging.reading import read_run
from grader.judging.runs import Run, find_runs, joined, of_moving, selected
from grader.judging.source import Source
from grader.judging.supposing import explained, supposed_run
from grader.judging.trace import Trace
from grader.model.evidence import Events, Evidence
from grader.model.exercise import Affine, Data, Exercise, Model, Task, Training
from grader.model.notebook import Cell, Notebook
from grader.model.run import Observed

__all__ = ["View", "follows", "look"]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One task in one run of the notebook.

    facts: of the run that answers the task, None where none does.  given: facts of the runs that the given cells (or what
    stands for them) made.  others: facts of the student's other runs.  unread: the student's runs that can't be read as the task's model.
    idle: losses computed, optimizer steps and failed backward calls in the student's cells without any backward.
    foreign: the cell of the exercise whose function trained, where a given function did the student's training, else None.
    in_full: facts of one of the others' runs looked at as a chosen one is; None where it can't be read so far.
    """

    exercise: Exercise
    task: Task
    notebook: Notebook
    observed: Observed
    source: Source
    known: Dataset
    facts: Facts | None
    given: tuple[Facts, ...]
    others: tuple[Facts, ...]
    unread: tuple[Run, ...]
    idle: Events
    foreign: int | None
    in_full: Callable[[Facts], Facts | None]

    @property
    def evidence(self) -> Evidence:
        """The evidence of this run of the notebook."""
        return self.observed.outcome.evidence

    @property
    def training(self) -> Training:
        """What the task asks to train; only for tasks that do."""
        assert self.task.training is not None
        return self.task.training

    def cell(self, index: int) -> Cell | None:
        """The cell of that index in the file as handed in."""
        return next((c for c in self.notebook.cells if c.index == index), None)

    def given_cell(self, index: int) -> bool:
        """Whether a cell is the exercise's own, unchanged."""
        cell = self.cell(index)
        return cell is not None and cell.owner == "given" and not cell.changed


def look(exercise: Exercise, notebook: Notebook, observed: Observed, source: Source, *, in_full: bool = False) -> dict[str, View]:
    """Find each task's run in the evidence: task id -> View.  A run answers one task at most.

    Of more runs than are asked for, those that answer a task are looked at once more, in full; where that shows another thing than
    what they were chosen for, all are.
    """
    evidence = observed.outcome.evidence
    own = {c.index for c in notebook.cells if c.owner != "given" or c.changed}
    runs = find_runs(evidence)
    candidates: dict[str, list[Facts]] = {}
    seen: dict[tuple[Data, Model], tuple[list[Trace], list[Run], list[Facts]]] = {}
    again: dict[int, tuple[Trace, Callable[[], Trace | None]]] = {}
    assessors = {data: Assessor(dataset(data, observed.files)) for data in {_data_of(exercise, task): None for task in exercise.tasks}}
    for task in exercise.tasks:
        if task.training is not None:
            key = task.training.data, task.training.model
            assessor = assessors[task.training.data]
            known = assessor.known
            if key not in seen:
                asked = _looked_at(exercise, task.training.data, known, observed)
                reader = _Reader(evidence, known, predictor_of(task.training.model), asked, asked if in_full else asked.among(runs), again)
                traces, unread = _read(reader, runs, own)
                given, rest = _set_aside(exercise, notebook, traces, own, observed)
                seen[key] = rest, [r for r in unread if r.cell in own], given
            candidates[task.id] = [assessor(t, task.training) for t in seen[key][0]]

    def whole(f: Facts) -> Facts | None:
        if id(f.trace) not in again:
            return f
        trace = again[id(f.trace)][1]()
        return None if trace is None else assessors[f.training.data](trace, f.training)

    picked = _assigned(exercise, candidates, notebook)
    chosen: dict[str, Facts] = {}
    for answered, f in picked.items():
        full = whole(f)
        if full is None or full.kept != f.kept:
            return look(exercise, notebook, observed, source, in_full=True)
        chosen[answered] = full
    idle = evidence.events.of("loss", "step", "backward-failed")
    idle = idle.take(np.isin(idle.cell, sorted(own)))
    views = {}
    for task in exercise.tasks:
        data = _data_of(exercise, task)
        _, unread, given = seen.get((data, task.training.model if task.training is not None else Affine()), ([], [], []))
        views[task.id] = View(
            exercise=exercise,
            task=task,
            notebook=notebook,
            observed=observed,
            source=source,
            known=assessors[data].known,
            facts=chosen.get(task.id),
            given=tuple(given),
            others=tuple(f for f in candidates.get(task.id, []) if f is not picked.get(task.id)),
            unread=tuple(unread),
            idle=idle,
            foreign=_foreign(evidence, notebook, chosen.get(task.id)),
            in_full=whole,
        )
    return views


def _looked_at(exercise: Exercise, data: Data, known: Dataset, observed: Observed) -> LookedAt:
    trainings = [*exercise.given, *(t.training for t in exercise.tasks if t.training is not None)]
    ended = frozenset(c.cell for c in observed.outcome.evidence.cells if c.error in ENDED)
    return looked_at(trainings, data, len(known.x), ended, again=observed.variant is not None)


def _data_of(exercise: Exercise, task: Task) -> Data:
    """The data of a task: its training's, its surface's, or those that the exercise's other tasks share."""
    if task.training is not None:
        return task.training.data
    if task.surface is not None:
        return task.surface.data
    shared = [t.training for t in exercise.tasks if t.training is not None]
    return (*shared, *exercise.given)[0].data


SUPPOSED = 16
"""For how many runs, the longest ones, the exercise's data are supposed where none can be read."""


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads runs as a model's on the data of a task, as far as `first` has it; `again` gets how to read them in full, by the trace."""

    evidence: Evidence
    known: Dataset
    model: Predictor
    full: LookedAt
    first: LookedAt
    again: dict[int, tuple[Trace, Callable[[], Trace | None]]]

    def read(self, run: Run, *, together: bool = True) -> Trace | None:
        return self._read(run, lambda calls: read_run(self.evidence, run, self.known, self.model, together=together, calls=calls))

    def suppose(self, run: Run) -> Trace | None:
        run = of_moving(run, size_of(self.model))
        return self._read(run, lambda calls: supposed_run(self.evidence, run, self.known, self.model, self.full.sizes, calls))

    def _read(self, run: Run, way: Callable[[int], Trace | None]) -> Trace | None:
        trace = self.first.read(run, way)
        if trace is not None and trace.head is not trace and self.first.crowded:
            self.again[id(trace)] = trace, lambda: self.full.read(run, way)
        return trace


def _read(reader: _Reader, runs: tuple[Run, ...], own: set[int]) -> tuple[list[Trace], list[Run]]:
    """The runs that can be read, also joined over cells and with gathered gradients taken apart; and those that can't."""
    traces: list[Trace] = []
    unread: list[Run] = []
    longest = sorted(runs, key=len)[-SUPPOSED:]
    for run in runs:
        trace = reader.read(run)
        if (trace is None or not explained(trace)) and any(run is one for one in longest):
            trace = reader.suppose(run) or trace
        if trace is None:
            unread.append(run)
        else:
            traces.append(trace)
            apart = reader.read(run, together=False) if trace.parts.max() > 1 else trace
            if apart is not None and apart is not trace:
                traces.append(apart)
            kept = _without_looks(run, apart) if apart is not None else None
            steps = reader.read(kept) if kept is not None else None
            traces += [steps] if steps is not None else []
    return _with_joined(traces, own, reader.read), unread


def _without_looks(run: Run, trace: Trace) -> Run | None:
    """The run without backward calls that begin no step (a look at the gradients, cleared again); None where there are none.

    After such a call nothing moves, no optimizer steps, and its gradient is gone at the next call.  Where most calls are like
    that, they are no looks: the step is missing.
    """
    if len(trace) != len(run) or len(run) < 2:
        return None
    gone = np.append(every(trace.stale[1:] == 0), True)
    look = every(trace.moves == 0) & ~trace.stepped & gone
    return selected(run, ~look) if 0 < 2 * look.sum() <= len(look) else None


def _assigned(exercise: Exercise, candidates: dict[str, list[Facts]], notebook: Notebook) -> dict[str, Facts]:
    """For each task the run that keeps most of its laws, a run for one task at most.

    Of equals: first tasks that ask for a number of steps, then one that does not go on where a right one ended, the cell that asks
    for it, the longer run, the order of the tasks, and for a task alone the last run.
    """
    asked = {c.index for c in notebook.cells if c.owner == "asked"}
    alone = len(candidates) == 1
    fixed = {t.id: t.training is not None and t.training.epochs is not None for t in exercise.tasks}
    order = {t.id: i for i, t in enumerate(exercise.tasks)}

    def rank(pair: tuple[str, Facts]) -> tuple[float, ...]:
        task, f = pair
        exact = fixed[task] and len(f.trace) == f.wanted
        first = int(f.trace.run.seq[0])
        return (
            f.score,
            exact,
            not any(e.right and follows(f, e) for e in candidates[task]),
            f.trace.run.cell in asked and not f.right,  # of several right ones the last is what is handed in
            min(len(f.trace), f.wanted),
            -order[task],
            first if alone or (f.right and exact) else -first,
        )

    pairs = sorted(((task, f) for task, facts in candidates.items() for f in facts), key=rank, reverse=True)
    chosen: dict[str, Facts] = {}
    used: list[tuple[int, int]] = []
    for task, f in pairs:
        span = int(f.trace.run.seq[0]), int(f.trace.run.seq[-1])
        if task not in chosen and not any(a <= span[1] and span[0] <= b and _shares(f, chosen) for a, b in used):
            chosen[task] = f
            used.append(span)
    return chosen


def follows(later: Facts, earlier: Facts) -> bool:
    """Whether a run goes on training the tensors of an earlier one from where that left them, or others that hold the same to the bit."""
    a, b = earlier.trace, later.trace
    if set(a.run.tokens[-1].tolist()) != set(b.run.tokens[0].tolist()):
        return _goes_on(a, b)
    near = np.allclose(b.theta[0], a.final, rtol=1e-5, atol=1e-6, equal_nan=True)
    return bool(a.final_seen and a.run.seq[-1] < b.run.seq[0] and near)


def _shares(f: Facts, chosen: dict[str, Facts]) -> bool:
    """Whether a run is made of backward calls that another task has claimed."""
    mine = set(f.trace.run.seq.tolist())
    return any(not mine.isdisjoint(g.trace.run.seq.tolist()) for g in chosen.values())


def _goes_on(earlier: Trace, later: Trace) -> bool:
    """Whether a run trains the tensors of an earlier one, or others that hold, to the bit, what that one left (loaded from a file, say)."""
    if sorted(earlier.run.tokens[-1].tolist()) == sorted(later.run.tokens[-1].tolist()):
        return True
    behind = earlier.run.seq[-1] < later.run.seq[0] and earlier.final_seen and earlier.theta.shape == (len(earlier), later.theta.shape[1])
    return bool(behind and np.array_equal(earlier.final, later.theta[0]) and not np.array_equal(earlier.final, earlier.theta[0]))


def _with_joined(traces: list[Trace], own: set[int], read: Callable[[Run], Trace | None]) -> list[Trace]:
    """The traces, and those that several cells made together by going on with the same tensors."""
    out = list(traces)
    groups: list[list[Trace]] = []
    for t in sorted(traces, key=lambda t: int(t.run.seq[0])):
        if t.run.cell in own or t.run.cell < 0:
            home = next((g for g in reversed(groups) if _goes_on(g[-1], t)), None)
            if home is None:
                groups.append([t])
            else:
                home.append(t)
    for group in groups:
        parts = [t.run for t in group]
        continuous = all(
            bool(np.all(np.abs(b.run.theta[0] - a.run.theta[-1]) <= np.abs(a.final - a.theta[-1]).max() * 1.5 + 1e-6))
            for a, b in pairwise(group)
            if a.final_seen
        )
        if len(parts) > 1 and continuous:
            whole = read(joined(parts))
            if whole is not None:
                out.append(whole)
    return out


def _set_aside(
    exercise: Exercise, notebook: Notebook, traces: list[Trace], own: set[int], observed: Observed
) -> tuple[list[Facts], list[Trace]]:
    """The runs of the exercise's own cells, then the student's: by cell where cells aligned, else by what the runs do, in order."""
    given: list[Facts] = []
    rest = list(traces)
    for number, training in enumerate(exercise.given):
        known = dataset(training.data, observed.files)
        placed = [t for t in rest if t.run.cell not in own and t.run.cell >= 0]
        mine = placed[:1] if number < len(exercise.given) and placed else []
        if not mine and not _kept_given(notebook):
            mine = next(([t] for t in rest if assess(t, training, known).right), [])
        for trace in mine:
            given.append(assess(trace, training, known))
            rest.remove(trace)
    return given, [t for t in rest if t.run.cell in own or t.run.cell < 0]


def _kept_given(notebook: Notebook) -> bool:
    """Whether the notebook still holds the exercise's own code cells as they were, so that cells tell whose run is whose."""
    given = [c for c in notebook.cells if c.owner == "given" and c.kind == "code"]
    return bool(given) and not any(c.changed for c in given) and notebook.aligned != "nothing"


def _foreign(evidence: Evidence, notebook: Notebook, facts: Facts | None) -> int | None:
    """The given cell whose function called backward for the student's run, or None."""
    if facts is None:
        return None
    site = int(facts.trace.run.site[0])
    if not 0 <= site < len(evidence.sites):
        return None
    place = evidence.sites[site]
    cell = next((c for c in notebook.cells if c.index == place.cell), None)
    if (
        cell is not None
        and cell.owner == "given"
        and not cell.changed
        and place.cell != facts.trace.run.cell
        and place.function != "<module>"
    ):
        return place.cell
    return None
