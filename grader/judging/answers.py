"""The check of answers: what the student says of the runs, against what those very runs did."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from grader.judging.facts import Facts
from grader.judging.outcomes import Judged, blocked, failed, passed
from grader.judging.replay import least_squares
from grader.judging.training import final_of
from grader.judging.view import View
from grader.model.evidence import Named
from grader.model.exercise import FirstEpoch, Verdicts

__all__ = ["answered_check"]

SLACK = 2
"""How many epochs a first epoch may be off: students compare with a fit in float32, and may count from 0 or from 1."""


def answered_check(view: View, views: Mapping[str, View]) -> Judged:
    """Every answer that the task asks for."""
    results = []
    for asked in view.task.answers:
        results.append(_verdicts(view, asked, views) if isinstance(asked, Verdicts) else _first(view, asked, views))
    return next((r for r in results if r.outcome == "blocked"), next((r for r in results if r.outcome != "passed"), results[0]))


def _verdicts(view: View, asked: Verdicts, views: Mapping[str, View]) -> Judged:
    missing = [t for t in asked.tasks.values() if views[t].facts is None]
    if missing:
        return blocked("answered", f"the run of {missing[0]} is there")
    latest = {n.name: n for n in view.evidence.values}
    for key, task in asked.tasks.items():
        facts = views[task].facts
        assert facts is not None
        said = latest.get(f"{asked.name}[{key}]") or latest.get(f"{asked.name}[{str(key)!r}]")  # a rate may be a key as a text, too
        truth = _became(facts, views[task], asked.near)
        if said is None and not any(n.startswith(f"{asked.name}[") for n in latest):
            return failed("answered", f"no dict {asked.name} with answers was found", rule="nothing-recorded")
        if said is None or said.kind != "text":
            return failed("answered", f"{asked.name} has no text for {key}", actual=None, expected=None, rule="wrong-answer")
        if _plain(said) != truth:
            return failed(
                "answered",
                f"{asked.name}[{key}] says something else than what that run did",
                actual=said.text[:40],
                rule="wrong-answer",
                cell=said.cell,
            )
    return passed("answered", "the answers fit your own runs")


def _plain(said: Named) -> str:
    return " ".join(said.text.lower().replace("-", " ").replace("_", " ").split())


def _became(facts: Facts, view: View, near: float) -> str:
    loss = facts.trace.loss
    if not np.isfinite(loss[-1]) or loss[-1] > loss[0]:
        return "diverged"
    final, _ = final_of(facts.trace, facts.training.optimizer.lr)
    target = _target(view)
    return "converged" if np.max(np.abs(final - target) / np.abs(target)) <= near else "too slow"


def _target(view: View) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    facts = view.facts
    assert facts is not None
    y = view.known.y if view.known.y is not None else facts.used.y
    return np.asarray(least_squares(view.known.x, y), np.float64)


def _first(view: View, asked: FirstEpoch, views: Mapping[str, View]) -> Judged:
    facts = views[asked.task].facts
    if facts is None:
        return blocked("answered", f"the run of {asked.task} is there")
    said = next((n for n in reversed(view.evidence.values) if n.name == asked.name and n.values.size == 1), None)
    if said is None:
        return failed("answered", f"no number {asked.name} was found", rule="wrong-answer")
    final, _ = final_of(facts.trace, facts.training.optimizer.lr)
    after = np.vstack([facts.trace.theta[1:], final[None]])
    target = _target(views[asked.task])
    with np.errstate(all="ignore"):
        close = np.flatnonzero(np.max(np.abs(after - target) / np.abs(target), axis=1) <= asked.near)
    if not len(close):
        return failed(
            "answered",
            f"{asked.name} is {said.values[0]:g}, but that run never comes so close",
            actual=float(said.values[0]),
            rule="wrong-answer",
            cell=said.cell,
        )
    expected = int(close[0])
    off = min(abs(float(said.values[0]) - expected), abs(float(said.values[0]) - expected - 1))
    numbers = {"actual": float(said.values[0]), "expected": expected, "deviation": off, "tolerance": float(SLACK - 1)}
    if off <= SLACK - 1:
        return passed("answered", f"{asked.name} fits your own run", **numbers)
    return failed(
        "answered", f"{asked.name} is {said.values[0]:g}; your own run says otherwise", rule="wrong-answer", cell=said.cell, **numbers
    )
