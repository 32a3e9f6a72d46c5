"""The checks of what is handed in besides the run: lists, predictions, figures, the student's own fit, parity."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from grader.judging.figures import plotted_check, plotted_of_others
from grader.judging.fits import fitted_check, parity_check
from grader.judging.lists import made_up, recorded_check
from grader.judging.outcomes import Judged, blocked, failed, passed, unobserved
from grader.judging.predictors import predictions
from grader.judging.training import LAWS, MENDED, left_at
from grader.judging.view import View
from grader.model.evidence import Array, Named
from grader.model.exercise import Predictions

__all__ = ["handed_in"]


def handed_in(view: View, laws: Mapping[str, Judged], missing: str = "", views: Mapping[str, View] | None = None) -> dict[str, Judged]:
    """recorded, shape, plotted, fitted and parity, those that the task asks for; `missing` says why there is no run."""
    task, out = view.task, {}
    unread = bool(laws) and view.facts is None and all(laws[c].outcome == "unobserved" for c in LAWS)
    cause = next((MENDED[c] for c in LAWS if c in laws and laws[c].outcome == "failed"), "the training is there")
    if task.recorded:
        out["recorded"] = (
            recorded_check(view) if view.facts is not None else made_up(view) if missing == "hard-coded" else blocked("recorded", cause)
        )
    if task.predictions is not None:
        out["shape"] = _shape(view, task.predictions) if view.facts is not None else blocked("shape", cause)
    if task.figure is not None:
        out["plotted"] = (
            plotted_of_others(view, views or {})
            if task.training is None
            else (plotted_check(view, [view]) if view.facts is not None else blocked("plotted", cause))
        )
    if task.fit is not None:
        out["fitted"] = fitted_check(view, task.fit.tolerance)
    if task.parity is not None:
        out["parity"] = parity_check(view, laws, task.parity.tolerance)
    if unread:
        out = {
            k: unobserved(k, "the training that it belongs to could not be followed") if j.outcome == "blocked" else j
            for k, j in out.items()
        }
    if view.evidence.damaged:
        out = {k: unobserved(k, "the evidence of this run arrived damaged") for k in out}
    return out


def _shape(view: View, asked: Predictions) -> Judged:
    assert view.facts is not None
    final = view.facts.trace.final if view.facts.trace.final_seen else left_at(view.facts)
    fed = [view.known.x]
    if len(view.facts.trace.x) >= len(view.known.x):  # or predictions of the student's own rows, in their own order
        fed.append(view.facts.trace.x[: len(view.known.x)])
    expected = [predictions(view.facts.trace.model, final[None], x)[0] for x in fed]
    held = [n for n in view.evidence.values if n.kind in ("array", "list") and not n.truncated]
    alike = [n for n in held if any(_near(n.values.reshape(-1), e) for e in expected)]
    named = [n for n in held if n.name == asked.name]  # in every version: a cell further on may use the name for something else
    last = view.facts.trace.run.cell
    after = [n for n in alike if n.cell > last or view.notebook.aligned == "nothing"]  # not what the loop itself named
    right = next((n for n in reversed(named) if n in alike and n.shape == asked.shape), None)
    if right is not None:
        found: Named | None = right
    elif named:
        found = next((n for n in reversed(named) if n in alike), named[-1])
    else:
        latest = {n.name: n for n in after}.values()
        found = next((n for n in latest if n.shape == asked.shape), next(iter(latest), None))
    if found is None:
        return failed(
            "shape", f"no array of the trained model's predictions ({asked.name}) was found", expected=asked.shape, rule="nothing-recorded"
        )
    facts = {"actual": found.shape, "expected": asked.shape, "cell": found.cell}
    if found.shape != asked.shape:
        return failed(
            "shape", f"{found.name} has shape {_tuple(found.shape)}; asked for {_tuple(asked.shape)}", rule="shape-mismatch", **facts
        )
    if found not in alike:
        return failed("shape", f"{found.name} does not hold the trained model's predictions", rule="wrong-data", **facts)
    return passed("shape", f"{found.name} has shape {_tuple(found.shape)}", **facts)


def _near(values: Array, expected: Array) -> bool:
    """Equal up to what float32 and another order of sums make of predictions."""
    scale = 2e-4 * (1.0 + float(np.max(np.abs(expected[np.isfinite(expected)]), initial=0.0)))
    return values.size == expected.size and bool(np.allclose(values, expected, rtol=0, atol=scale, equal_nan=True))


def _tuple(shape: tuple[int, ...]) -> str:
    return f"({shape[0]},)" if len(shape) == 1 else str(tuple(shape))
