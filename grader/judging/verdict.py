"""A submission's runs in, its report out: outcomes turned into points, findings gathered, second runs asked for and used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from grader.judging.adding import added_checks, titles
from grader.judging.answers import answered_check
from grader.judging.causes import absence, lacking_package
from grader.judging.diagnosis import diagnose
from grader.judging.handed_in import handed_in
from grader.judging.handed_model import with_model
from grader.judging.outcomes import ENDED, Judged, blocked, failed, passed, unobserved
from grader.judging.source import read_source
from grader.judging.surfaces import surface_check
from grader.judging.training import MENDED, outcome_checks, training_checks
from grader.judging.view import View, follows, look
from grader.model.evidence import Evidence
from grader.model.exercise import Check, Exercise, Task, Variant
from grader.model.notebook import Notebook
from grader.model.report import CellError, CheckResult, Finding, Report, Run, Value
from grader.model.run import Observed

__all__ = ["Case", "further_runs", "judge", "stumbled"]


QUIET = np.errstate(all="ignore")
"""Evidence may hold any number: a training that diverged, or a lie.  What overflows is judged by its value, not by a warning."""


class Case:
    """One submission before the judge: its source is read once, and each run is looked at once, however often it is asked about."""

    def __init__(self, exercise: Exercise, notebook: Notebook) -> None:
        self.exercise, self.notebook = exercise, notebook
        self._source = read_source(notebook)
        self._looks: dict[int, tuple[Observed, dict[str, View]]] = {}

    @QUIET
    def further_runs(self, first: Observed) -> tuple[Variant, ...]:
        """Which second runs can earn `generalises`, best first; none where the first run already failed to train as asked."""
        return _further_runs(self.exercise, first, self._look)

    @QUIET
    def judge(self, runs: tuple[Observed, ...]) -> Report:
        """The report: the first run as handed in, then the judge's own.  Equal arguments give equal reports."""
        return _judge(self.exercise, self.notebook, runs, self._look)

    def _look(self, run: Observed) -> dict[str, View]:
        if id(run) not in self._looks:
            views = look(run.exercise, self.notebook, run, self._source)
            self._looks[id(run)] = run, {task: _belonging(view, views) for task, view in views.items()}
        return self._looks[id(run)][1]


def judge(exercise: Exercise, notebook: Notebook, runs: tuple[Observed, ...]) -> Report:
    """The report on a submission; see Case."""
    return Case(exercise, notebook).judge(runs)


def further_runs(exercise: Exercise, notebook: Notebook, first: Observed) -> tuple[Variant, ...]:
    """Which second runs can earn `generalises`; see Case."""
    return Case(exercise, notebook).further_runs(first)


Look = Callable[[Observed], dict[str, View]]


def _judge(exercise: Exercise, notebook: Notebook, runs: tuple[Observed, ...], looked: Look) -> Report:
    checks: list[CheckResult] = []
    findings: list[Finding] = []
    views = looked(runs[0])
    missing = {task: absence(view) for task, view in views.items()}
    judged = {task: _task(view, missing[task], views) for task, view in views.items()}
    for task in exercise.tasks:
        if any(c.id == "generalises" for c in task.checks):
            judged[task.id]["generalises"] = _generalises(task, views, judged, runs[1:], looked)
        judged[task.id] = _waiting(views[task.id], judged[task.id])
        checks += [_result(task, check, judged[task.id].get(check.id)) for check in task.checks]
        known = {(f.rule, None if f.remark else (f.cell, f.line)) for f in findings if f.remark or f.line is not None}
        told = diagnose(views[task.id], judged[task.id], missing[task.id])
        findings += [f for f in told if (f.rule, None if f.remark else (f.cell, f.line)) not in known]  # one cause, one message
    findings.sort(key=lambda f: f.remark)
    return Report(
        exercise=exercise.slug,
        notebook=notebook.name,
        student=None,
        run=_run(notebook, runs[0]),
        score=round(sum(c.points for c in checks), 2),
        max_score=round(sum(c.max_points for c in checks), 2),
        pending=round(sum(c.pending for c in checks), 2),
        checks=tuple(checks),
        findings=tuple(findings),
    )


def _belonging(view: View, views: Mapping[str, View]) -> View:
    """The view of that run which lists, predictions and figures belong to, where several runs are the training asked for.

    A notebook may hold another exercise's work on the same data, or an attempt that was made anew.
    """
    if view.facts is None or not view.facts.right:
        return view
    taken = [v.facts.trace.run for v in views.values() if v.facts is not None and v is not view]
    right = [f for f in view.others if f.right and not any(f.trace.run is run for run in taken)]
    others = [f for f in right if not any(follows(f, e) for e in (view.facts, *right))]
    if not others:
        return view
    best, lost = view, _lost(view)
    for f in others:
        if not lost:
            break
        whole = view.in_full(f)
        if whole is None or not whole.right:
            continue
        other = replace(view, facts=whole, others=(view.facts, *(g for g in view.others if g is not f)))
        if _lost(other) < lost:
            best, lost = other, _lost(other)
    return best


def _lost(view: View) -> float:
    """How many points the task's checks of lists, predictions and figures lose."""
    laws = training_checks(view, "")
    judged = handed_in(view, laws)
    return sum(c.points for c in view.task.checks if c.id in judged and judged[c.id].outcome == "failed")


def _waiting(view: View, judged: dict[str, Judged]) -> dict[str, Judged]:
    """What a package that only the grader's machine lacks has spoilt is nobody's failure: it waits for a person."""
    lacking = lacking_package(view)
    if lacking is None or view.observed.outcome.status != "completed":
        return judged
    said = f"the notebook imports {lacking[0]}, which the grader's machine has not got"
    return {k: j if j.outcome == "passed" else unobserved(k, said) for k, j in judged.items()}


def _further_runs(exercise: Exercise, first: Observed, looked: Look) -> tuple[Variant, ...]:
    tasks = [t for t in exercise.tasks if any(c.id == "generalises" for c in t.checks)]
    if not tasks or first.outcome.status not in ("completed", "timed-out", "died", "out-of-memory", "too-much-output", "forbidden"):
        return ()
    views = looked(first)
    for task in tasks:
        laws = _laws(task, views)
        if all(j.outcome == "passed" for checks in laws.values() for j in checks.values()):
            return exercise.variants
    return ()


def _laws(task: Task, views: Mapping[str, View]) -> dict[str, dict[str, Judged]]:
    """The laws that a task's `generalises` rests on: its own training's; for a task that trains nothing, those of every other task."""
    if task.surface is not None:
        return {task.id: {"surface": surface_check(views[task.id])}}
    ids = [task.id] if task.training is not None else [t for t, v in views.items() if v.task.training is not None]
    return {t: training_checks(views[t], absence(views[t])) for t in ids}


def _task(view: View, missing: str, views: Mapping[str, View]) -> dict[str, Judged]:
    judged: dict[str, Judged] = {}
    if view.task.training is not None:
        judged = training_checks(view, missing)
        judged |= outcome_checks(view, judged)
    judged |= handed_in(view, judged, missing, views)
    judged = with_model(view, judged)
    if view.task.surface is not None:
        judged["surface"] = surface_check(view)
    if view.task.answers:
        judged["answered"] = answered_check(view, views)
    added = added_checks()
    return judged | {check.id: added[check.id].judge(view, judged) for check in view.task.checks if check.id in added}


def _result(task: Task, check: Check, judged: Judged | None) -> CheckResult:
    j = judged or unobserved(check.id, "this check is not judged here")
    waits = j.outcome == "fault" or (j.outcome == "unobserved" and j.ours)
    return CheckResult(
        id=check.id,
        task=task.id,
        title=check.title or titles()[check.id],
        outcome=j.outcome,
        points=check.points if j.outcome == "passed" else 0.0,
        max_points=check.points,
        visible=check.visible,
        actual=_sayable(j.actual),
        expected=_sayable(j.expected),
        deviation=j.deviation,
        tolerance=j.tolerance,
        message=j.message,
        pending=check.points if waits else 0.0,
    )


def _sayable(value: Value) -> Value:
    """A value as a report holds it: what is no number (a training that overflowed) is left out, since nothing equals it."""
    parts = value if isinstance(value, tuple) else (value,)
    return None if any(isinstance(v, float) and np.isnan(v) for v in parts) else value


def _run(notebook: Notebook, first: Observed) -> Run:
    outcome = first.outcome
    owners = {c.index: c for c in notebook.cells}
    errors = tuple(
        CellError(
            cell=c.cell,
            type=c.error,
            message=c.message,
            line=c.line,
            scaffold=c.cell in owners and owners[c.cell].owner == "given" and not owners[c.cell].changed,
        )
        for c in outcome.evidence.cells
        if c.status == "error"
    )
    return Run(
        status=outcome.status,
        isolation=outcome.isolation,
        seconds=outcome.seconds,
        cells=len(notebook.code()),
        errors=errors,
        detail=outcome.detail,
    )


# ---- the judge's own run ----------------------------------------------------------------------------------------------------


def _generalises(
    task: Task, first: Mapping[str, View], judged: Mapping[str, Mapping[str, Judged]], runs: tuple[Observed, ...], looked: Look
) -> Judged:
    laws = [j for checks in _laws(task, first).values() for j in checks.values()]
    broken = next((j for j in laws if j.outcome == "failed"), next((j for j in laws if j.outcome == "blocked"), None))
    if broken is not None:
        return blocked("generalises", MENDED.get(broken.id, "the surface is right"))
    if any(j.outcome != "passed" for j in laws):
        return unobserved("generalises", "part of the training was not seen")
    if not runs:
        return unobserved("generalises", "the judge's own run could not be made")
    results = [_second(task, first, judged, run, looked) for run in runs]
    return next((r for r in results if r.outcome == "failed"), next((r for r in results if r.outcome == "passed"), results[0]))


def _second(task: Task, first: Mapping[str, View], judged: Mapping[str, Mapping[str, Judged]], run: Observed, looked: Look) -> Judged:
    exercise = next(iter(first.values())).exercise
    views = looked(run)
    laws = _laws(task, views)
    if any(checks[law].outcome == "failed" for checks in laws.values() for law in ("data", "surface") if law in checks):
        kept = looked(replace(run, exercise=exercise))  # the notebook may make its own data, anew each time
        if all(j.outcome == "passed" for checks in _laws(task, kept).values() for j in checks.values()):
            views, laws = kept, _laws(task, kept)
    flat = [j for checks in laws.values() for j in checks.values()]
    wrong = next((j for j in flat if j.outcome == "failed"), None)
    if wrong is not None and run.outcome.status != "completed":
        return unobserved("generalises", f"the judge's own run ended early ({run.outcome.status})")
    if wrong is not None and stumbled(next(iter(first.values())).evidence, run.outcome.evidence):
        return unobserved("generalises", "a cell that ran as handed in stopped with an error on the judge's numbers", ours=True)
    if wrong is not None:
        rule = "hard-coded" if wrong.id in ("steps", "surface") else "wrong-start" if wrong.id == "start" else "seed-dependent"
        return failed("generalises", f"in the judge's own run: {wrong.message}", rule=rule)
    if any(j.outcome != "passed" for j in flat):
        return unobserved("generalises", "the judge's own run left too little evidence")
    if all(_unchanged(first[t], views[t]) for t in laws):
        return unobserved("generalises", "the notebook makes its own data and start, so the judge could change neither")
    return _late(laws, views, judged) or passed("generalises", "trains as well with numbers that the judge chose")


def _late(laws: Mapping[str, dict[str, Judged]], views: Mapping[str, View], judged: Mapping[str, Mapping[str, Judged]]) -> Judged | None:
    """What passed in the first run and does not follow the judge's: a value that stands in the notebook, not one that was computed."""
    for t, checks in laws.items():
        if views[t].task.training is None:
            continue
        outcome = outcome_checks(views[t], checks) | handed_in(views[t], checks)
        for late in ("trajectory", "learned", "recorded", "shape"):
            if late in outcome and outcome[late].outcome == "failed" and (late not in judged[t] or judged[t][late].outcome == "passed"):
                return failed("generalises", f"in the judge's own run: {outcome[late].message}", rule="hard-coded")
    return None


def stumbled(first: Evidence, again: Evidence) -> bool:
    """Whether a cell raised in the judge's run that came to its end in the first: what it relies on, the judge has changed."""
    fine = {c.cell for c in first.cells if c.status == "ok"}
    return any(c.status == "error" and c.cell in fine and c.error not in ENDED for c in again.cells)


def _unchanged(first: View, second: View) -> bool:
    """Whether the judge's run had the very data and start of the first."""
    a, b = first.facts, second.facts
    if a is None or b is None:
        return first.known.y is not None and second.known.y is not None and np.array_equal(first.known.y, second.known.y)
    return bool(
        np.array_equal(a.trace.theta[0], b.trace.theta[0])
        and a.used.y.shape == b.used.y.shape
        and np.allclose(a.used.y, b.used.y, rtol=1e-6, atol=1e-6, equal_nan=True)
        and np.array_equal(first.known.x, second.known.x)
    )
