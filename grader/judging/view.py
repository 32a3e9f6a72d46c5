"""Which run answers a task: by evidence first (data, start, count, laws), by cells and order where evidence leaves a choice."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from grader.judging.datasets import Dataset, dataset
from grader.judging.facts import Facts, assess
from grader.judging.reading import read_affine
from grader.judging.runs import Run, find_runs, joined
from grader.judging.source import Source
from grader.judging.trace import Trace
from grader.model.evidence import Events, Evidence
from grader.model.exercise import Exercise, Task
from grader.model.notebook import Cell, Notebook
from grader.model.run import Observed

__all__ = ["View", "look"]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One task in one run of the notebook.

    facts: of the run that answers the task, None where none does.  given: facts of the runs that the given cells (or what
    stands for them) made.  others: facts of the student's other runs.  unread: the student's runs that are no affine model.
    idle: losses computed, optimizer steps and failed backward calls in the student's cells without any backward.
    foreign: the cell of the exercise whose function trained, where a given function did the student's training, else None.
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

    @property
    def evidence(self) -> Evidence:
        """The evidence of this run of the notebook."""
        return self.observed.outcome.evidence

    def cell(self, index: int) -> Cell | None:
        """The cell of that index in the file as handed in."""
        return next((c for c in self.notebook.cells if c.index == index), None)

    def given_cell(self, index: int) -> bool:
        """Whether a cell is the exercise's own, unchanged."""
        cell = self.cell(index)
        return cell is not None and cell.owner == "given" and not cell.changed


def look(exercise: Exercise, task: Task, notebook: Notebook, observed: Observed, source: Source) -> View:
    """Find the task's run in the evidence."""
    evidence = observed.outcome.evidence
    known = dataset(task.training.data, observed.files)
    own = {c.index for c in notebook.cells if c.owner != "given" or c.changed}
    traces: list[Trace] = []
    unread: list[Run] = []
    for run in find_runs(evidence):
        trace = read_affine(evidence, run, known)
        if trace is None:
            unread.append(run)
        else:
            traces.append(trace)
            if trace.parts.max() > 1:
                apart = read_affine(evidence, run, known, together=False)
                traces += [apart] if apart is not None else []
    traces = _with_joined(evidence, traces, own, known)
    given, rest = _set_aside(exercise, notebook, traces, own, observed)
    facts = [assess(t, task.training, known) for t in rest]
    chosen = _best(facts, notebook)
    idle = evidence.events.of("loss", "step", "backward-failed")
    idle = idle.take(np.isin(idle.cell, sorted(own)))
    return View(
        exercise=exercise, task=task, notebook=notebook, observed=observed, source=source, known=known, facts=chosen,
        given=tuple(given), others=tuple(f for f in facts if f is not chosen), unread=tuple(r for r in unread if r.cell in own), idle=idle,
        foreign=_foreign(evidence, notebook, chosen),
    )  # fmt: skip


def _with_joined(evidence: Evidence, traces: list[Trace], own: set[int], known: Dataset) -> list[Trace]:
    """The traces, and those that several cells made together by going on with the same tensors."""
    out = list(traces)
    by_tokens: dict[tuple[int, ...], list[Trace]] = {}
    for t in traces:
        if t.run.cell in own or t.run.cell < 0:
            by_tokens.setdefault(tuple(sorted(t.run.tokens[-1].tolist())), []).append(t)
    for group in by_tokens.values():
        parts = [t.run for t in group]
        continuous = all(
            b.run.theta.shape[1] == 2 and (abs(b.run.theta[0] - a.run.theta[-1]) <= abs(a.final - a.theta[-1]).max() * 1.5 + 1e-6).all()
            for a, b in pairwise(group)
            if a.final_seen
        )
        if len(parts) > 1 and continuous:
            whole = read_affine(evidence, joined(parts), known)
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


def _best(facts: list[Facts], notebook: Notebook) -> Facts | None:
    """The run that keeps most laws; of equals the one in a cell that asks for it, then the longer one, then the last."""
    asked = {c.index for c in notebook.cells if c.owner == "asked"}
    return max(
        facts,
        key=lambda f: (f.score, len(f.trace) == f.wanted, f.trace.run.cell in asked, min(len(f.trace), f.wanted), f.trace.run.seq[0]),
        default=None,
    )


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
