"""Mistakes in the loss: another one, summed, half of it, over every pair, or cut from the parameters."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import indent

import libcst as cst
from libcst import matchers as m

from grader.authoring.mutants.operator import Operator, Sites, must, operator
from grader.authoring.syntax.editing import code
from grader.authoring.syntax.formulas import Formula, formula_of, spelled, squared
from grader.authoring.syntax.training import Loop, lines, loops
from grader.authoring.syntax.work import Work

__all__ = ["LOSSES"]

_MODULE = m.Call(func=m.OneOf(*(m.Attribute(attr=m.Name(name)) | m.Name(name) for name in ("MSELoss", "L1Loss"))))
"""A loss as a Module, as the references make it."""


def _formulas(work: Work) -> Iterator[tuple[Loop, Formula, bool]]:
    """Loops whose loss can be written anew; whether the squared error is asked for."""
    for loop in loops(work):
        formula = formula_of(loop)
        if formula is not None and loop.task.training is not None:
            yield loop, formula, squared(loop.task.training)


def _modules(work: Work) -> Iterator[tuple[int, cst.Call]]:
    """Losses that a solution cell makes as Modules."""
    for cell, tree in work.trees.items():
        for line in lines(tree):
            for found in m.findall(line, _MODULE):
                yield cell, cst.ensure_type(found, cst.Call)


@operator("other-loss", "took the absolute error for the squared one, or the other way round", must("wrong-loss"))
def other_loss(work: Work) -> Sites:
    """L1 for MSE and back."""
    for cell, call in _modules(work):
        text = code(call)
        yield work.edited(cell, {call: text.replace("MSELoss", "L1Loss") if "MSELoss" in text else text.replace("L1Loss", "MSELoss")})
    for loop, formula, square in _formulas(work):
        yield work.edited(loop.cell, {formula.node: spelled(formula, square=not square)})


@operator("sum-for-mean", "summed the errors in place of their mean", must("wrong-loss"))
def sum_for_mean(work: Work) -> Sites:
    """As steep as there are rows."""
    for cell, call in _modules(work):
        yield work.edited(cell, {call: code(call).replace("()", '(reduction="sum")')})
    for loop, formula, square in _formulas(work):
        yield work.edited(loop.cell, {formula.node: spelled(formula, square=square, reduction="sum")})


@operator("not-squared", "forgot the square (or the absolute value)", must("wrong-loss"))
def not_squared(work: Work) -> Sites:
    """The mean of the differences themselves, which has no lower end."""
    for loop, formula, _ in _formulas(work):
        prediction, target = formula.sides
        yield work.edited(loop.cell, {formula.node: f"torch.mean({prediction} - {target})"})


@operator("half-the-loss", "halved the loss", must("wrong-loss"))
def half_the_loss(work: Work) -> Sites:
    """As textbooks do it, whose gradient then has no factor of two."""
    for loop, formula, _ in _formulas(work):
        yield work.edited(loop.cell, {formula.node: f"0.5 * {_operand(formula)}"})


@operator("root-of-the-loss", "took the root of the mean squared error", must("wrong-loss"))
def root_of_the_loss(work: Work) -> Sites:
    """RMSE for MSE."""
    for loop, formula, square in _formulas(work):
        if square:
            yield work.edited(loop.cell, {formula.node: f"torch.sqrt({code(formula.node)})"})


@operator(
    "added-for-subtracted",
    "added the targets in place of taking them away",
    must("wrong-loss", "wrong-data", why="adding a target is taking its negative away: the numbers are those of turned targets"),
)
def added_for_subtracted(work: Work) -> Sites:
    """A sign."""
    for loop, formula, square in _formulas(work):
        prediction, target = formula.sides
        each = f"({prediction} + {target}) ** 2" if square else f"torch.abs({prediction} + {target})"
        yield work.edited(loop.cell, {formula.node: f"torch.mean({each})"})


@operator("one-side-flat", "compared a column with a row", must("broadcast-loss"))
def one_side_flat(work: Work) -> Sites:
    """(N, 1) against (N,): every prediction meets every target.  Where a batch is one row, nothing changes."""
    for loop, formula, _ in _formulas(work):
        prediction, target = formula.sides
        if "reshape(-1)" in formula.full:
            yield work.edited(loop.cell, {formula.target: f"{target}.reshape(-1, 1)"})
            for line in (*lines(loop.inner.body),):
                if formula.full in code(line) and line is not loop.made:
                    yield work.edited(loop.cell, {line: code(line).strip().replace(".reshape(-1)", "")})
        else:
            yield work.edited(loop.cell, {formula.prediction: f"{_whole(prediction)}.reshape(-1)"})
            yield work.edited(loop.cell, {formula.target: f"{target}.reshape(-1)"})


@operator("detached-loss", "detached the loss before backward()", must("detached-loss"))
def detached_loss(work: Work) -> Sites:
    """No gradient can reach the parameters."""
    for loop, formula, _ in _formulas(work):
        yield work.edited(loop.cell, {formula.node: f"{_operand(formula)}.detach()"})


@operator("loss-from-a-float", "made a new tensor of the loss's value", must("detached-loss"))
def loss_from_a_float(work: Work) -> Sites:
    """A tensor without a history."""
    for loop, formula, _ in _formulas(work):
        yield work.edited(loop.cell, {formula.node: f"torch.tensor({_operand(formula)}.item(), requires_grad=True)"})


@operator("detached-predictions", "detached the predictions", must("detached-loss"))
def detached_predictions(work: Work) -> Sites:
    """The loss then knows no parameters."""
    for loop, formula, _ in _formulas(work):
        yield work.edited(loop.cell, {formula.prediction: f"{_whole(code(formula.prediction))}.detach()"})


@operator("loss-without-grad", "computed the loss under no_grad", must("detached-loss"))
def loss_without_grad(work: Work) -> Sites:
    """Nothing is followed there."""
    for loop, formula, _ in _formulas(work):
        if not isinstance(formula.prediction, cst.Name):
            yield work.edited(loop.cell, {loop.made: f"with torch.no_grad():\n    {code(loop.made).strip()}"})


@operator("training-without-grad", "put the whole training under no_grad", must("detached-loss"))
def training_without_grad(work: Work) -> Sites:
    """As one does for predictions."""
    for loop in loops(work):
        inside = indent(code(loop.outer.with_changes(leading_lines=())), "    ")
        yield work.edited(loop.cell, {loop.outer: f"with torch.no_grad():\n{inside}"})


def _operand(formula: Formula) -> str:
    return _whole(code(formula.node))


def _whole(text: str) -> str:
    """An expression good for a method call."""
    node = cst.parse_expression(text)
    return text if isinstance(node, cst.Name | cst.Call | cst.Attribute | cst.Subscript) else f"({text})"


LOSSES: tuple[Operator, ...] = (
    other_loss, sum_for_mean, not_squared, half_the_loss, root_of_the_loss, added_for_subtracted, one_side_flat, detached_loss,
    loss_from_a_float, detached_predictions, loss_without_grad, training_without_grad,
)  # fmt: skip
