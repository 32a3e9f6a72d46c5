"""A submission's runs in, its report out: outcomes turned into points, findings gathered, second runs asked for and used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from grader.judging.causes import absence
from grader.judging.diagnosis import diagnose
from grader.judging.handed_in import handed_in
from grader.judging.outcomes import Judged, blocked, failed, passed, unobserved
from grader.judging.source import Source, read_source
from grader.judging.training import LAWS, MENDED, outcome_checks, training_checks
from grader.judging.view import View, look
from grader.model.checks import CHECKS
from grader.model.exercise import Check, Exercise, Task, Variant
from grader.model.notebook import Notebook
from grader.model.report import CellError, CheckResult, Finding, Report, Run
from grader.model.run import Observed

__all__ = ["further_runs", "judge"]


QUIET = np.errstate(all="ignore")
"""Evidence may hold any number: a training that diverged, or a lie.  What overflows is judged by its value, not by a warning."""


@QUIET
def judge(exercise: Exercise, notebook: Notebook, runs: tuple[Observed, ...]) -> Report:
    """The report on a submission: the first run as handed in, then the judge's own.  Equal arguments give equal reports."""
    source = read_source(notebook)
    checks: list[CheckResult] = []
    findings: list[Finding] = []
    for task in exercise.tasks:
        view = look(exercise, task, notebook, runs[0], source)
        missing = absence(view)
        judged = _task(view, missing)
        if any(c.id == "generalises" for c in task.checks):
            judged["generalises"] = _generalises(exercise, task, notebook, view, judged, runs[1:], source)
        results = [_result(task, check, judged.get(check.id)) for check in task.checks]
        checks += results
        known = {f.rule for f in findings if f.remark}
        findings += [f for f in diagnose(view, judged, missing) if not (f.remark and f.rule in known)]
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


@QUIET
def further_runs(exercise: Exercise, notebook: Notebook, first: Observed) -> tuple[Variant, ...]:
    """Which second runs can earn `generalises`, best first; none where the first run already failed to train as asked."""
    tasks = [t for t in exercise.tasks if any(c.id == "generalises" for c in t.checks)]
    if not tasks or first.outcome.status not in ("completed", "timed-out", "died", "out-of-memory", "too-much-output"):
        return ()
    source = read_source(notebook)
    for task in tasks:
        view = look(exercise, task, notebook, first, source)
        laws = training_checks(view, absence(view))
        if all(laws[c].outcome == "passed" for c in LAWS):
            return exercise.variants
    return ()


def _task(view: View, missing: str) -> dict[str, Judged]:
    judged = training_checks(view, missing)
    judged |= outcome_checks(view, judged)
    judged |= handed_in(view, judged, missing)
    return judged


def _result(task: Task, check: Check, judged: Judged | None) -> CheckResult:
    j = judged or unobserved(check.id, "this check is not judged here")
    waits = j.outcome == "fault" or (j.outcome == "unobserved" and j.ours)
    return CheckResult(
        id=check.id,
        task=task.id,
        title=check.title or CHECKS[check.id],
        outcome=j.outcome,
        points=check.points if j.outcome == "passed" else 0.0,
        max_points=check.points,
        visible=check.visible,
        actual=j.actual,
        expected=j.expected,
        deviation=j.deviation,
        tolerance=j.tolerance,
        message=j.message,
        pending=check.points if waits else 0.0,
    )


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
    exercise: Exercise,
    task: Task,
    notebook: Notebook,
    first: View,
    judged: Mapping[str, Judged],
    runs: tuple[Observed, ...],
    source: Source,
) -> Judged:
    broken = next((c for c in LAWS if judged[c].outcome == "failed"), None)
    if broken is not None:
        return blocked("generalises", MENDED[broken])
    if any(judged[c].outcome != "passed" for c in LAWS):
        return unobserved("generalises", "part of the training was not seen")
    if not runs:
        return unobserved("generalises", "the judge's own run could not be made")
    results = [_second(exercise, task, notebook, first, judged, run, source) for run in runs]
    return next((r for r in results if r.outcome == "failed"), next((r for r in results if r.outcome == "passed"), results[0]))


def _second(
    exercise: Exercise, task: Task, notebook: Notebook, first: View, judged: Mapping[str, Judged], run: Observed, source: Source
) -> Judged:
    other = next(t for t in run.exercise.tasks if t.id == task.id)
    view = look(run.exercise, other, notebook, run, source)
    laws = training_checks(view, absence(view))
    if laws["data"].outcome == "failed":  # the notebook makes its own data: they may still have changed with the seed
        kept = look(exercise, task, notebook, replace(run, exercise=exercise), source)
        if all(c.outcome == "passed" for c in training_checks(kept, absence(kept)).values()):
            view, laws = kept, training_checks(kept, absence(kept))
    wrong = next((c for c in LAWS if laws[c].outcome == "failed"), None)
    if wrong is not None and run.outcome.status != "completed":
        return unobserved("generalises", f"the judge's own run ended early ({run.outcome.status})")
    if wrong is not None:
        return failed(
            "generalises", f"in the judge's own run: {laws[wrong].message}", rule="hard-coded" if wrong == "steps" else "seed-dependent"
        )
    if any(laws[c].outcome != "passed" for c in LAWS) or view.facts is None or first.facts is None:
        return unobserved("generalises", "the judge's own run left too little evidence")
    if _unchanged(first, view):
        return unobserved("generalises", "the notebook makes its own data and start, so the judge could change neither")
    outcome = outcome_checks(view, laws) | handed_in(view, laws)
    late = next((c for c in ("trajectory", "learned", "recorded") if c in outcome and outcome[c].outcome == "failed"), None)
    if late is not None and (late not in judged or judged[late].outcome == "passed"):
        return failed("generalises", f"in the judge's own run: {outcome[late].message}", rule="hard-coded")
    return passed("generalises", "trains as well with data, seed or start that the judge chose")


def _unchanged(first: View, second: View) -> bool:
    """Whether the judge's run had the very data and start of the first."""
    assert first.facts is not None
    assert second.facts is not None
    a, b = first.facts, second.facts
    return bool(
        np.array_equal(a.trace.theta[0], b.trace.theta[0])
        and a.used.y.shape == b.used.y.shape
        and np.allclose(a.used.y, b.used.y, rtol=1e-6, atol=1e-6, equal_nan=True)
        and np.array_equal(first.known.x, second.known.x)
    )
