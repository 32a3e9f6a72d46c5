"""The checks of a fit by scikit-learn: the student's own, and the trained line beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from grader.judging.outcomes import Judged, blocked, failed, passed, unobserved, words
from grader.judging.replay import least_squares
from grader.judging.training import LAWS, MENDED, left_at
from grader.judging.view import View
from grader.model.evidence import Array, Named

__all__ = ["fitted_check", "parity_check"]


def _targets(view: View) -> Array | None:
    if view.known.y is not None:
        return view.known.y
    if view.facts is not None and np.all(np.isfinite(view.facts.used.y)):
        return view.facts.used.y
    return None


def fitted_check(view: View, tolerance: float) -> Judged:
    """fitted: whether a fit of the student's is least squares on this data, within a relative tolerance."""
    y = _targets(view)
    if y is None:
        return blocked("fitted", "the training is there")
    expected = least_squares(view.known.x, y)
    best, where, single = min(_fits(view.evidence.values, expected), key=lambda f: f[0][0], default=(None, None, False))
    wanted = tuple(float(v) for v in expected)
    if best is None and view.facts is None:
        return blocked("fitted", "the training is there")
    if best is None:
        return failed(
            "fitted", "no fitted LinearRegression with one slope and one intercept was found", expected=wanted, rule="nothing-recorded"
        )
    if single:
        tolerance = max(tolerance, 1e-5)  # scikit-learn computes in float32 where the arrays are float32
    facts = {"actual": tuple(float(v) for v in best[1]), "expected": wanted, "deviation": best[0], "tolerance": tolerance}
    said = f"LinearRegression gives slope {words(best[1][0])}, intercept {words(best[1][1])}"
    if best[0] <= tolerance:
        return passed("fitted", said, **facts)
    said += f"; least squares on this data gives {words(expected[0])}, {words(expected[1])}"
    return failed("fitted", said, rule="wrong-data", cell=where, **facts)


Fitting = tuple[tuple[float, Array], int | None, bool]
"""Relative distance from least squares and (slope, intercept), the cell, and whether it was computed in float32."""


def _fits(values: Sequence[Named], expected: Array) -> Iterator[Fitting]:
    """What may be a fit of a line: estimators with one slope and one intercept (or with a column of ones), and numbers taken from one."""
    states = {n.name: n for n in values if n.kind == "state"}
    for name, coefficient in states.items():
        intercept = states.get(name.removesuffix(".coef_") + ".intercept_") if name.endswith(".coef_") else None
        if intercept is None or intercept.values.size != 1:
            continue
        both = np.append(coefficient.values, intercept.values)
        pairs = [both] if both.size == 2 else [both[:2], both[1::-1]] if both.size == 3 and both[2] == 0 else []
        for found in pairs:
            yield (_distance(found, expected), found), coefficient.cell, coefficient.dtype == "float32"
    numbers = [n for n in values if n.kind in ("number", "array") and n.values.size == 1]
    near = [[n for n in numbers if abs(n.values.flat[0] - e) <= 1e-6 * abs(e)] for e in expected]
    if all(near):  # an estimator without a name of its own
        found = np.array([n[-1].values.flat[0] for n in near])
        yield (_distance(found, expected), found), near[0][-1].cell, False


def _distance(found: Array, expected: Array) -> float:
    return float(np.max(np.abs(found - expected) / np.abs(expected)))


def parity_check(view: View, laws: Mapping[str, Judged], tolerance: float) -> Judged:
    """parity: whether the trained line is that of least squares, within a relative tolerance."""
    cause = next((MENDED[c] for c in LAWS if laws[c].outcome == "failed"), None)
    if cause is not None or view.facts is None:
        return blocked("parity", cause or "the training is there")
    y = _targets(view)
    if y is None or any(laws[c].outcome != "passed" for c in LAWS):
        return unobserved("parity", "part of the training was not seen")
    expected = least_squares(view.known.x, y)
    ends = {"trained": left_at(view.facts)}
    if view.facts.behind == "typed":  # neither what was typed in nor what is spoilt again behind the training earns it
        ends["left at"] = view.facts.trace.final
    away = {verb: float(np.nan_to_num(np.max(np.abs(end - expected) / np.abs(expected)), nan=np.inf)) for verb, end in ends.items()}
    verb = max(away, key=lambda verb: away[verb])
    final, off = ends[verb], away[verb]
    facts = {
        "actual": tuple(float(v) for v in final),
        "expected": tuple(float(v) for v in expected),
        "deviation": off,
        "tolerance": tolerance,
    }
    said = f"{verb} {words(final[0])}, {words(final[1])}; scikit-learn {words(expected[0])}, {words(expected[1])}"
    if off <= tolerance:
        return passed("parity", said, **facts)
    return failed("parity", said, rule="hard-coded" if view.facts.behind == "typed" else "not-converged", **facts)
