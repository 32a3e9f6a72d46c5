"""From broken laws to named causes: the finding of a task, with its place, what was seen, what was expected, and a hint."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from grader.judging.adding import added_checks, added_findings, phrases
from grader.judging.causes import asked_cells, cleared, lacking_package, moved_by, own_errors, seldom, stepped, trained_again
from grader.judging.facts import Facts, asked_path
from grader.judging.naming import asked_step, rates_in_words, which
from grader.judging.outcomes import ENDED, Judged, words
from grader.judging.phrases import PHRASES
from grader.judging.training import climbing
from grader.judging.view import View
from grader.model.evidence import CellOutcome
from grader.model.report import Finding

__all__ = ["diagnose"]

CAUSES = (
    "surface",
    "answered",
    "data",
    "start",
    "loss",
    "gradient",
    "update",
    "steps",
    "trajectory",
    "learned",
    "recorded",
    "shape",
    "fitted",
    "parity",
    "plotted",
    "generalises",
)
"""Which failed check is told first: what comes earlier in a training step explains what comes later."""


# ---- findings -------------------------------------------------------------------------------------------------------------


def diagnose(view: View, judged: Mapping[str, Judged], missing: str) -> tuple[Finding, ...]:
    """The findings of one task: causes of failed checks, most telling first, then remarks."""
    found: list[Finding] = []
    status = view.observed.outcome.status
    if status != "completed":
        found += _ended(view, status)
    lacking = lacking_package(view)
    if lacking is not None and status == "completed":
        name, error = lacking
        found.append(_make(view, "missing-package", cell=error.cell, line=error.line, name=name))
    failing = [c for c in (*CAUSES, *added_checks()) if c in judged and judged[c].outcome == "failed"]
    if found and _cut_off(view):
        failing = [c for c in failing if c != "steps"]
    for check in failing:
        rule = _refined(view, judged[check], judged[check].rule or missing)
        if rule and not any(f.rule == rule.removeprefix("not-called-") for f in found):
            found.append(_finding(view, rule, judged[check]))
    if failing:
        found += [one for one in _added(view, judged, remark=False) if all(one.rule != other.rule for other in found)]
    unreached = _unreached(view, [judged[c] for c in failing])
    if unreached is not None:  # what it would have left behind is missing for no other reason
        found = [f for f in found if f.rule not in UNREACHED]
        found.append(_make(view, "cell-error-untrained", cell=unreached.cell, line=unreached.line, error=_told(unreached)))
    stopped = _stopped(view, judged)
    if stopped:  # what was not reached is no cause of its own
        found = stopped + [f for f in found if f.rule in ("wrong-data", "wrong-start", "wrong-loss", "broadcast-loss")]
    if found and _diverged(view, failing):
        found.append(_make(view, "diverged", cell=_place(view)[0]))
    return (*found, *_remarks(view, judged, found))


UNREACHED = ("nothing-recorded", "not-plotted")
"""What it looks like where the cell that would have left something behind came to no end."""


def _unreached(view: View, failing: list[Judged]) -> CellOutcome | None:
    """The error in a cell of the student's behind the training, where all that fails is what is not there."""
    if view.facts is None or not failing or any(j.rule not in UNREACHED or j.id == "recorded" for j in failing):
        return None  # a list that the loop never filled makes errors further on
    return next((c for c in own_errors(view) if c.cell >= view.facts.trace.run.cell and view.facts.right), None)


def _cut_off(view: View) -> bool:
    """Whether the grader or the notebook itself ended the kernel in the cell of the run: then its last steps are not known."""
    f = view.facts
    ended = [c.cell for c in view.evidence.cells if c.error in ENDED]
    return f is not None and f.trace.run.cell in ended and len(f.trace) < f.wanted


def _diverged(view: View, failing: list[str]) -> bool:
    """Whether a training that broke a law ran away, which says why its numbers look as they do."""
    if view.facts is None or not {"loss", "gradient", "update"} & set(failing):
        return False
    loss = view.facts.trace.loss
    asked = asked_path(view.facts, view.known)[1]
    if not np.isfinite(asked[-1]) or abs(asked[-1]) > abs(asked[0]):
        return False  # so does the training asked for
    return bool(not np.isfinite(loss[-1]) or abs(loss[-1]) > 1e3 * abs(loss[0]) + 1e3)


def _refined(view: View, judged: Judged, rule: str) -> str:
    """Where two causes look the same in numbers, the source decides."""
    f, check = view.facts, judged.id
    if f is None:
        return rule
    named = view.source.named
    if rule == "missing-zero-grad" and ("zero_grad" in named or "zero_" in named):
        return "zero-grad-not-called"
    if rule == "wrong-start" and any(_continues(f, g) for g in (*view.given, *view.others)):
        return "wrong-start"
    if check == "steps" and rule == "wrong-step-count" and view.foreign is not None and f.kept["update"] is False:
        return "called-other-function"
    if (check == "steps" or _overfull(judged) or (check, rule) in LATER) and rule in REPEATED and trained_again(view, f):
        return "ran-twice"
    return rule


REPEATED = ("wrong-step-count", "recorded-elsewhere", "recorded-at-wrong-interval", "wrong-data", "hard-coded", "not-plotted")
"""What a training that was done several times over looks like."""
LATER = (("shape", "wrong-data"), ("plotted", "not-plotted"), ("generalises", "hard-coded"))
"""Checks whose values, with these rules, may be those of a later round."""


def _overfull(judged: Judged) -> bool:
    """Whether a list holds more than is asked for."""
    n, wanted = judged.actual, judged.expected
    return judged.id == "recorded" and isinstance(n, int) and isinstance(wanted, int) and n > wanted


def _continues(f: Facts, earlier: Facts) -> bool:
    """Whether a run starts where an earlier one ended."""
    return earlier.trace.final_seen and bool(np.allclose(f.trace.theta[0], earlier.trace.final, rtol=1e-5, atol=1e-6, equal_nan=True))


def _stopped(view: View, judged: Mapping[str, Judged]) -> list[Finding]:
    """The error that ended a run before its time comes first among causes."""
    f = view.facts
    if f is None or "steps" not in judged or judged["steps"].outcome != "failed" or len(f.trace) >= f.wanted:
        return []
    error = next((c for c in own_errors(view) if c.cell == f.trace.run.cell), None)
    return [_raised(view, "cell-error", error)] if error is not None else []


def _ended(view: View, status: str) -> list[Finding]:
    rule = {"timed-out": "timeout", "died": "kernel-died"}.get(status, status)
    if rule not in PHRASES:
        return []
    ended = [c for c in view.evidence.cells if c.status != "ok"]
    at = next((c.cell for c in ended if c.error in ENDED), ended[0].cell if ended else None)
    said = re.sub(r"^cell \d+: ", "", view.observed.outcome.detail).rstrip(".")
    return [_make(view, rule, cell=at, why=f": {said}" if said else "")]


def _place(view: View) -> tuple[int | None, int | None]:
    """The cell of the run, and the line of backward where it stands in that cell."""
    f = view.facts
    if f is None:
        asked = sorted(asked_cells(view))
        return (asked[0], None) if asked else (None, None)
    site = int(f.trace.run.site[0])
    sites = view.evidence.sites
    cell: int | None = f.trace.run.cell if f.trace.run.cell >= 0 else None
    if 0 <= site < len(sites) and sites[site].cell >= 0 and sites[site].cell in view.source.own:
        return sites[site].cell, sites[site].line
    return cell, None


NAMED = {"not-called-backward": "backward", "not-called-step": "step", "zero-grad-not-called": "zero_grad"}
"""Rules of a method that is named, not called -> the method."""


def _sharper(view: View, f: Facts, rule: str, seen: str) -> str:
    """The phrase that says more of a cause, where the evidence has more to say."""
    if rule == "wrong-start" and any(_continues(f, g) for g in (*view.given, *view.others)):
        return "wrong-start-continued"
    if rule == "wrong-learning-rate" and f.moves == "changing":
        return "wrong-learning-rate-changing"
    if rule == "hard-coded" and f.behind == "typed":
        return "hard-coded-parameters"
    if rule == "wrong-batch-size" and f.size == f.sizes:
        return "wrong-batch-size-some"
    if rule == "wrong-loss" and seen.startswith("it is "):
        return "wrong-loss-constant"
    if rule == "wrong-step-count" and f.moves != "kept" and stepped(view, f):
        return "wrong-step-count-each"
    if rule == "wrong-step-count" and f.behind == "stepped":
        return "wrong-step-count-behind"
    if rule == "wrong-step-count" and seldom(view, f):
        return "backward-outside-loop"
    if rule == "wrong-step-count" and len(f.trace) < f.wanted:
        return "wrong-step-count-fewer"
    return rule


HOW = {
    "never": "Nothing clears the gradients between the steps.",
    "others": "zero_grad() is called, but on an optimizer or model that holds other parameters.",
    "sometimes": "Gradients are cleared, but not all of them, or not in every step.",
}


def _finding(view: View, rule: str, judged: Judged) -> Finding:
    cell, line = _place(view) if judged.cell is None else (judged.cell, None)
    source = view.source
    f = view.facts
    lr = words(view.training.optimizer.lr) if view.task.training is not None else ""
    texts: dict[str, str] = {"seen": judged.message, "lr": lr}
    certainty = 0.99
    if rule in NAMED:
        verb = NAMED[rule]
        place = source.named.get(verb) or source.named.get("zero_")
        cell, line = (place.cell, place.line) if place else (cell, line)
        texts["verb"] = verb if verb in source.named else "zero_"
        rule = "zero-grad-not-called" if verb == "zero_grad" else "not-called-verb"
    elif rule == "not-called":
        function = next(g for g in source.functions if g.trains and not g.called)
        cell, line, texts["name"] = function.place.cell, function.place.line, function.name
    elif rule in ("cell-error", "syntax-error"):
        return _error(view, rule)
    elif rule == "missing-backward":
        cell = next((e.cell for e in view.idle if e.kind in ("loss", "step")), cell)
        certainty = 0.97
    elif rule == "detached-loss":
        cell = next((e.cell for e in view.idle if e.kind == "backward-failed"), cell)
        line = source.detached.line if source.detached and source.detached.cell == cell else None
        holders = any(thing.kind in ("optimizer", "module") for thing in view.evidence.objects)  # of parameters, which ask by themselves
        texts["asked"] = "" if source.grads or holders else " No tensor in your cells asks for gradients."
    elif rule == "hard-coded" and source.numbers is not None:
        cell, line, certainty = source.numbers.cell, source.numbers.line, 0.9
    elif rule == "step-outside-loop" and source.outside is not None:
        cell, line = source.outside.cell, source.outside.line
    elif rule in ("nothing-recorded", "not-plotted") and judged.id in ("fitted", "shape", "plotted"):
        cell, line = judged.cell, None
    if f is not None:
        texts |= _numbers(view, f)
        if rule == "wrong-loss" and texts["loss"].startswith("the sum") and source.sums is not None and source.sums.cell == cell:
            line = source.sums.line
        texts["twice"] = {2: "twice"}.get(stepped(view, f), f"{stepped(view, f)} times")
        texts["count"] = str(trained_again(view, f))
        texts["how"] = HOW[cleared(view, f)]
        rule = _sharper(view, f, rule, judged.message)
    return _make(view, rule, cell=cell, line=line, certainty=certainty, texts=texts)


def _numbers(view: View, f: Facts) -> dict[str, str]:
    """Facts in words for a message about this run."""
    names = {
        "mse": "the mean squared error",
        "mae": "the mean absolute error",
        "huber": "a Huber loss",
        "rmse": "the root of the mean squared error",
        "squared-mean": "the square of the mean difference",
        "mean-residual": "the mean difference without a square",
        "negative-mean-residual": "the mean difference without a square",
        "flipped-bias": "the mean squared error of w x - b",
        "flipped-weight": "the mean squared error of -w x + b",
        "no-bias": "the mean squared error of w x alone",
        "no-weight": "the mean squared error of b alone",
        "mse-added": "the mean square of prediction plus target",
        "mae-added": "the mean of |prediction plus target|",
        "mse-broadcast": "a mean over all pairs",
        "mae-broadcast": "a mean over all pairs",
    }
    n = f.size
    seen = names.get(f.base or "", "another function")
    if f.base is not None and abs(f.factor - 1) > 1e-3:
        summed = abs(f.factor / n - 1) < 1e-3 or abs(f.factor / n**2 - 1) < 1e-3
        seen = (
            seen.replace("the mean", "the sum of the", 1).replace("the sum of the squared error", "the sum of squared errors")
            if summed
            else f"{words(f.factor)} times {seen}"
        )
        if summed and f.base == "mse":
            seen = "the sum of squared errors"
        elif summed and f.base == "mae":
            seen = "the sum of absolute errors"
    wide = f.trace.broadcast
    shape = f"({', '.join(str(v) for v in wide)})" if wide else f"({n}, {n})"
    return {
        "loss": seen,
        "shape": shape,
        "rows": str(n),
        "optimizer": moved_by(view, f),
        "which": which(f.trace.model, f.piled),
        "climbs": climbing(f)[:1].upper() + climbing(f)[1:],
        "rates": rates_in_words(f.trace.model, f.rates),
        "step": str(f.update.at + 1),
        "asked_step": asked_step(f.training.optimizer),
        "times": {1: "once", 2: "twice"}.get(len(f.trace), f"{len(f.trace)} times"),
        "wanted": str(f.wanted),
        "wished": f", where {f.wanted} are asked for" if f.training.epochs is not None else "",
        "asked_rows": str(f.sizes),
    }


def _error(view: View, rule: str) -> Finding:
    if rule == "syntax-error":
        cell = next(c for c in view.source.broken if c in view.source.own)
        said = next((c for c in view.evidence.cells if c.cell == cell and c.status == "error"), None)
        return _make(view, rule, cell=cell, line=view.source.broken[cell], error=_clause(said.message) if said else "it is not Python")
    errors = own_errors(view)
    asked = asked_cells(view)
    return _raised(view, rule, next((c for c in errors if c.cell in asked), errors[0]))


def _raised(view: View, rule: str, error: CellOutcome) -> Finding:
    if view.task.training is None and not view.source.called:
        rule = "cell-error-untrained"
    return _make(view, rule, cell=error.cell, line=error.line, error=_told(error))


def _told(error: CellOutcome) -> str:
    return _clause(f"{error.error}: {error.message}")


def _clause(text: str) -> str:
    """The first line of an error, short, without a full stop of its own."""
    first = text.strip().split("\n")[0][:200]
    return re.sub(r"\s*\([^()]*, line \d+\)$", "", first).rstrip(" .")  # where a syntax error says its own place


def _remarks(view: View, judged: Mapping[str, Judged], found: list[Finding]) -> list[Finding]:
    """What is worth saying and costs nothing."""
    out: list[Finding] = []
    if any(j.note == "tensors-not-floats" for j in judged.values()):
        out.append(_make(view, "tensors-not-floats", cell=view.facts.trace.run.cell if view.facts else None, remark=True))
    if (
        view.task.training is not None
        and view.facts is None
        and all(judged[c].outcome == "unobserved" for c in ("loss", "gradient", "update") if c in judged)
    ):
        out.append(_make(view, "unread-training", cell=_place(view)[0], remark=True))
    out += _added(view, judged, remark=True)
    if view.foreign is not None and not any(f.rule == "called-other-function" for f in found):
        out.append(_make(view, "called-other-function", cell=view.facts.trace.run.cell if view.facts else None, remark=True, seen=""))
    changed = [c.index for c in view.notebook.cells if c.owner == "given" and c.kind == "code" and c.changed]
    if changed:
        out.append(_make(view, "scaffold-changed", cell=changed[0], remark=True, cells=", ".join(map(str, changed))))
    broken = [c for c in view.evidence.cells if c.status == "error" and view.given_cell(c.cell)]
    if broken:
        out.append(
            _make(
                view,
                "scaffold-error",
                cell=broken[0].cell,
                line=broken[0].line,
                remark=True,
                error=_told(broken[0]),
            )
        )
    return out


def _added(view: View, judged: Mapping[str, Judged], *, remark: bool) -> list[Finding]:
    """What the modules of `added/` see, where no line says more than the run's own cell does."""
    out = []
    for one in added_findings():
        seen = one.see(view, judged) if one.see is not None and one.remark is remark else None
        if seen is not None:
            cell = _place(view)[0] if seen.cell is None else seen.cell
            out.append(_make(view, one.rule, cell=cell, line=seen.line, remark=remark, texts=seen.facts))
    return out


def _sentence(text: str) -> str:
    """The text with a capital, unless it begins with a name of the student's."""
    return text[:1].upper() + text[1:] if text.startswith(("started ", "every ", "the ", "a ", "all ")) else text


def _make(
    view: View,
    rule: str,
    *,
    cell: int | None = None,
    line: int | None = None,
    certainty: float = 0.99,
    remark: bool = False,
    texts: Mapping[str, str] | None = None,
    **more: str,
) -> Finding:
    phrase = phrases()[rule]
    facts = {"slug": view.exercise.slug, "task": view.task.id, **(texts or {}), **more}
    return Finding(
        rule=phrase.rule or rule,
        task=view.task.id,
        certainty=certainty,
        message=_sentence(phrase.said(facts)),
        hint=phrase.hinted(facts),
        cell=cell,
        line=line,
        remark=remark,
    )
