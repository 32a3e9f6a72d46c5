"""Reports without a judgement: the notebook can't be read (the student's), or the grader itself failed (ours)."""

from __future__ import annotations

from grader.model.errors import NotebookError
from grader.model.exercise import Exercise
from grader.model.report import CheckResult, Finding, Outcome, Report, Run

__all__ = ["fault", "unreadable"]


FULL_MARKS = 10.0
"""What a report is out of where not even its exercise is known."""


def unreadable(exercise: Exercise | None, name: str, error: NotebookError, *, seconds: float) -> Report:
    """No points, every check blocked, and one finding that says what is wrong with the file.

    exercise: None where it could not be told, the file being unreadable; the report then has no checks.
    """
    finding = Finding(
        rule="unreadable-notebook",
        task=exercise.tasks[0].id if exercise else "practice",
        certainty=1.0,
        message=_sentence(error.what),
        hint=_sentence(error.remedy) or "Open it in Jupyter, save it again and hand in that file.",
    )
    run = Run(status="unreadable", isolation="L0", seconds=seconds, cells=0, detail=error.what)
    checks = _all(exercise, "blocked", "Can't be judged until the notebook can be read.") if exercise else ()
    return _report(exercise, name, run, checks, (finding,))


def fault(exercise: Exercise, name: str, what: str, *, seconds: float) -> Report:
    """No points taken: all of them wait for a person, since the failure is the grader's own."""
    run = Run(status="fault", isolation="L0", seconds=seconds, cells=0, detail=what)
    checks = _all(exercise, "fault", "The grader failed here, not the submission; a person will look.")
    return _report(exercise, name, run, checks, ())


def _all(exercise: Exercise, outcome: Outcome, message: str) -> tuple[CheckResult, ...]:
    return tuple(
        CheckResult(
            id=check.id,
            task=task.id,
            title=check.title,
            outcome=outcome,
            points=0.0,
            max_points=check.points,
            visible=check.visible,
            message=message,
            pending=check.points if outcome == "fault" else 0.0,
        )
        for task in exercise.tasks
        for check in task.checks
    )


def _report(exercise: Exercise | None, name: str, run: Run, checks: tuple[CheckResult, ...], findings: tuple[Finding, ...]) -> Report:
    return Report(
        exercise=exercise.slug if exercise else "",
        notebook=name,
        student=None,
        run=run,
        score=0.0,
        max_score=round(sum(check.max_points for check in checks), 2) if exercise else FULL_MARKS,
        pending=round(sum(check.pending for check in checks), 2),
        checks=checks,
        findings=findings,
    )


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}." if words else ""
