"""Work that looks done: a function that is never called, results typed in, nothing at all, the lecture's function."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from textwrap import indent

import libcst as cst
import numpy as np

from grader.authoring.mutants.operator import Operator, Site, Sites, must, operator, remark, site
from grader.authoring.syntax.editing import code
from grader.authoring.syntax.formulas import formula_of, squared
from grader.authoring.syntax.training import Loop, loops
from grader.authoring.syntax.work import Work
from grader.model.evidence import Array
from grader.model.exercise import Affine, At, Data, Line, Split, Table, Task

__all__ = ["PRETENDING"]


@operator("never-called", "wrote the training as a function and never called it", must("not-called"))
def never_called(work: Work) -> Sites:
    """The definition alone trains nothing."""
    for loop in loops(work):
        yield work.edited(loop.cell, {loop.outer: _function(loop)})


@operator("function-named", "wrote the function's name without its parentheses", must("not-called"))
def function_named(work: Work) -> Sites:
    """Python looks it up and drops it."""
    for loop in loops(work):
        yield work.edited(loop.cell, {loop.outer: [_function(loop), "train"]})


def _function(loop: Loop) -> str:
    return f"def train():\n{indent(code(loop.outer.with_changes(leading_lines=())), '    ')}"


@operator(
    "training-left-out",
    "left the whole training out",
    must("not-attempted", "cell-error", why="cells behind it may stop, since what they use is not there"),
)
def training_left_out(work: Work) -> Sites:
    """Everything around it is there."""
    for loop in loops(work):
        yield work.edited(loop.cell, {loop.outer: None})


@operator("typed-in", "typed the results in", must("hard-coded"))
def typed_in(work: Work) -> Sites:
    """Parameters and lists as they stand in a neighbour's notebook."""
    for loop in loops(work):
        found = _results(work, loop.task) if loop.outer is loop.epochs else None
        if found is not None:
            yield work.edited(loop.cell, {loop.outer: "\n".join(_typed(loop, *found))})


def _results(work: Work, task: Task) -> tuple[list[float], list[float]] | None:
    """What a neighbour's run of the task gave: slope and bias at its end, and the losses of all its steps."""
    training = task.training
    if training is None or not isinstance(training.model, Affine):
        return None
    x, y = _points(work, training.data)
    w, b = training.start.values if isinstance(training.start, At) else (0.43, 0.17)
    size, rate, losses = training.batches.size or len(x), training.optimizer.lr, list[float]()
    for at in [at for _ in range(training.epochs or 5000) for at in range(0, len(x), size)]:
        xs, off = x[at : at + size], w * x[at : at + size] + b - y[at : at + size]
        slope = 2 * off if squared(training) else np.sign(off)
        losses.append(float(np.mean(off**2 if squared(training) else np.abs(off))))
        w, b = w - rate * float(np.mean(slope * xs)), b - rate * float(np.mean(slope))
    return [w, b], losses


def _points(work: Work, data: Data) -> tuple[Array, Array]:
    """(n,) features and targets as a neighbour has them: the noise is another one."""
    match data:
        case Split(of=whole, train=train):
            x, y = _points(work, whole)
            return x[list(train)], y[list(train)]
        case Line(first=first, stop=stop, step=step, slope=slope, intercept=intercept, noise=noise):
            x = np.arange(first, stop, step)
            return x, slope * x + intercept + noise * np.random.default_rng(7).standard_normal(len(x))
        case Table(file=file, feature=feature, target=target):
            rows = list(csv.DictReader(io.StringIO(work.entry.files[file].decode(), newline="")))
            return np.array([float(row[feature]) for row in rows]), np.array([float(row[target]) for row in rows])


def _typed(loop: Loop, ends: list[float], losses: list[float]) -> Iterator[str]:
    formula, (slope, bias) = formula_of(loop), ends
    if loop.by_hand:
        first, second = (assigned_name(line) for line in loop.steps[:2])
        yield f"{first} = torch.tensor([{slope:.4f}])"
        yield f"{second} = torch.tensor([{bias:.4f}])"
    elif formula is not None:
        model = formula.full.partition("(")[0]
        through = f"zip({model}.parameters(), ({slope:.4f}, {bias:.4f}))"
        yield f"with torch.no_grad():\n    for parameter, value in {through}:\n        parameter.fill_(value)"
    shown = losses[:: max(1, len(losses) // 15)][:15]
    for name in dict.fromkeys(code(line).strip().partition(".append")[0] for line in loop.records):
        yield f"{name}.extend([{', '.join(f'{value:.4f}' for value in shown)}])"


def assigned_name(line: cst.SimpleStatementLine) -> str:
    """The name that a statement moves."""
    return code(line).strip().partition(" ")[0].partition(".")[0]


@operator("lecture-function", "called the lecture's function in place of writing the loop", must("called-other-function"))
def lecture_function(work: Work) -> Sites:
    """Through globals it trains what the practice made; what it records goes to the lecture's list."""
    for raw in work.cells:
        if raw.index in work.trees or raw.kind != "code":
            continue
        tree = cst.parse_module(raw.source + "\n")
        for one in tree.body:
            if isinstance(one, cst.FunctionDef) and "backward()" in code(one) and len(one.params.params) == 1:
                for loop in loops(work):
                    count = _count(loop)
                    if count is not None:
                        yield _called(work, loop, f"{one.name.value}({count})")


def _called(work: Work, loop: Loop, call: str) -> Site:
    changed = work.edited(loop.cell, {loop.outer: call})
    lists = [one.name for one in loop.task.recorded]
    return site(changed, must("recorded-elsewhere")) if lists else site(changed, remark("called-other-function"))


def _count(loop: Loop) -> str | None:
    match loop.epochs.iter:
        case cst.Call(args=[cst.Arg(value=count)]):
            return code(count)
    return None


PRETENDING: tuple[Operator, ...] = (never_called, function_named, training_left_out, typed_in, lecture_function)
