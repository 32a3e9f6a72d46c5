"""The trained model itself, where a task asks to hand it in under a name: what that name holds when the notebook has run.

A training that is right says nothing of the name: a model that is made anew behind the loop has learned nothing.
"""

from __future__ import annotations

import numpy as np

from grader.judging.facts import Facts
from grader.judging.naming import standing
from grader.judging.outcomes import Judged, failed
from grader.judging.training import left_at
from grader.judging.view import View
from grader.model.evidence import Array, Named
from grader.model.exercise import AbsoluteError

__all__ = ["with_model"]

SPEAK = ("learned", "parity")
"""Checks that speak of what was learned."""
TENSORS = ("Tensor", "Parameter")
"""Types of a Module's state; scikit-learn's estimators leave arrays."""
NEAR = 1e-4
"""Relative distance within which parameters are the same ones, in whatever precision they are kept."""


def with_model(view: View, judged: dict[str, Judged]) -> dict[str, Judged]:
    """The checks, of which those that speak of what was learned fail where the name asked for holds a model that nothing trained."""
    asked = {check.id for check in view.task.checks}
    speaking = [c for c in SPEAK if c in asked and c in judged and judged[c].outcome == "passed"]
    held = _untrained(view) if speaking and view.task.model else None
    if held is None or view.facts is None:
        return judged
    values, cell = held
    trained, f = left_at(view.facts), view.facts
    said = f"{view.task.model} is not the model that was trained"
    if f.trace.model.line:
        said = f"{view.task.model} holds {standing(f.trace.model, values)}; the training ended at {standing(f.trace.model, trained)}"
    return judged | {c: failed(c, said, rule="nothing-recorded-model" if c == speaking[0] else "", cell=cell) for c in speaking}


def _untrained(view: View) -> tuple[Array, int] | None:
    """(P,) the parameters that the name asked for holds at the end, and the cell that left them so, where nothing trained them.

    None where the name holds what the training left, or what any training seen led to; where another name holds the trained model;
    and where the evidence leaves it open.
    """
    f, evidence = view.facts, view.evidence
    assert f is not None
    if not f.right or not f.trace.final_seen or evidence.dropped or not evidence.complete or view.observed.outcome.status != "completed":
        return None
    own = _module(evidence.values, view.task.model)
    if own is None:
        return None
    values, trained = np.concatenate([n.values.reshape(-1) for n in own]), left_at(f)
    if values.size != trained.size or not np.isfinite(values).all() or not np.isfinite(trained).all():
        return None
    fresh = _same(values, f.trace.theta[0]) and not _same(trained, f.trace.theta[0])
    if _same(values, trained) or (not fresh and (_trained_once(view, f, own) or _as_good(f, values, trained))):
        return None
    if _kept_elsewhere(evidence.values, view.task.model, trained):
        return None
    return values, max(n.cell for n in own)


def _module(values: tuple[Named, ...], name: str) -> list[Named] | None:
    """The parameters that a Module of this name held when they were last told of; None where the name holds something else."""
    mine = [n for n in values if n.name.startswith(f"{name}.")]
    if not mine or any(n.kind != "state" or n.type not in TENSORS or n.truncated for n in mine):
        return None
    last = {n.name: n for n in mine}
    seen = max(n.seq for n in mine), max(n.cell for n in mine)
    if any(n.name == name and (n.seq, n.cell) >= seen for n in values):
        return None  # a number or an array took the name since
    return sorted(last.values(), key=lambda n: n.name.endswith("bias"))  # said in the order of a line's own: weight, bias


def _same(one: Array, other: Array) -> bool:
    """Whether two sets of parameters are one, in whatever order their tensors stand."""
    one, other = np.sort(one), np.sort(other)
    return one.size == other.size and bool(np.allclose(one, other, rtol=NEAR, atol=NEAR / 10))


def _trained_once(view: View, f: Facts, own: list[Named]) -> bool:
    """Whether some training passed through these parameters: this one (the best were loaded again), or any whose end was seen."""
    values = np.concatenate([n.values.reshape(-1) for n in own])
    with np.errstate(all="ignore"):
        visited = np.abs(np.sort(f.trace.theta[1:], axis=1) - np.sort(values)) <= NEAR * (0.1 + np.abs(np.sort(values)))
    if visited.all(axis=1).any():
        return True
    ends = [leaf.values.reshape(-1) for leaf in view.evidence.leaves]
    return any(end.size == n.values.size and np.allclose(end, n.values.reshape(-1), rtol=NEAR, atol=NEAR / 10) for n in own for end in ends)


def _as_good(f: Facts, values: Array, trained: Array) -> bool:
    """Whether the parameters do what the trained ones do (a mean of the last ones, a rounded copy): then something learned them."""
    if not f.trace.model.line:
        near, far = (np.linalg.norm(np.sort(one) - np.sort(trained)) for one in (values, f.trace.theta[0]))
        return bool(near <= 0.05 * far)
    n = len(f.used.y)
    x, y = f.trace.x[:n], f.trace.y[:n]

    def loss(w: float, b: float) -> float:
        r = np.abs(w * x + b - y)
        return float(np.mean(r if isinstance(f.training.loss, AbsoluteError) else r**2))

    with np.errstate(all="ignore"):
        return min(loss(*values), loss(*values[::-1])) <= 2 * loss(*trained)


def _kept_elsewhere(values: tuple[Named, ...], name: str, trained: Array) -> bool:
    """Whether another name holds the trained parameters: as a Module or, where this name never held them, as tensors of the student's."""
    others = {n.name: n for n in values if n.name.partition(".")[0].partition("[")[0] != name}
    held = [n for n in others.values() if n.kind == "state" and n.type in TENSORS]
    if not _once_held(values, name, trained):
        held += [n for n in others.values() if n.kind in ("array", "list") and n.values.size <= trained.size and _parameter(n)]
    return _all_among(trained, held)


def _parameter(named: Named) -> bool:
    """Whether a value may be a parameter of the student's own; what a dict keeps of a model without gradients is a copy to load."""
    return named.element == "tensor-with-grad" or (named.element == "tensor" and not named.keys)


def _once_held(values: tuple[Named, ...], name: str, trained: Array) -> bool:
    """Whether a Module of this name held the trained parameters at some cell's end."""
    return _all_among(trained, [n for n in values if n.kind == "state" and n.name.startswith(f"{name}.")])


def _all_among(trained: Array, held: list[Named]) -> bool:
    found = np.concatenate([np.empty(0), *(n.values.reshape(-1) for n in held)])
    close = (np.isclose(found, value, rtol=NEAR, atol=NEAR / 10).any() for value in trained)
    return bool(all(close))
