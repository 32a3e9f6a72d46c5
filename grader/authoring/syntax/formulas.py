"""The loss of a training loop as prediction and target, so that it can be written otherwise."""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst
from libcst import matchers as m

from grader.authoring.syntax.editing import code
from grader.authoring.syntax.training import Loop
from grader.model.exercise import AbsoluteError, Training

__all__ = ["Formula", "formula_of", "spelled", "squared"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """A loss: the expression that gives it, the two sides that it compares, and whether a function (or module) is called for it.

    node: in the loop's tree.  prediction, target: their nodes.
    """

    node: cst.BaseExpression
    prediction: cst.BaseExpression
    target: cst.BaseExpression
    function: str = ""

    @property
    def sides(self) -> tuple[str, str]:
        """Source of prediction and target, each good as an operand of a subtraction."""
        target = code(self.target)
        return code(self.prediction), target if isinstance(self.target, cst.Name | cst.Call | cst.Attribute) else f"({target})"


def formula_of(loop: Loop) -> Formula | None:
    """The formula of the loop's loss, None where it is written in a way that is not known here."""
    match loop.made.body:
        case [cst.Assign(value=value)]:
            pass
        case _:
            return None
    match value:
        case cst.Call(func=cst.Name(value=function), args=[cst.Arg(value=prediction), cst.Arg(value=target)]):
            return Formula(node=value, prediction=prediction, target=target, function=function)
    found = m.findall(value, m.BinaryOperation(operator=m.Power(), left=m.BinaryOperation(operator=m.Subtract())))
    if not found:
        return None
    difference = cst.ensure_type(cst.ensure_type(found[0], cst.BinaryOperation).left, cst.BinaryOperation)
    return Formula(node=value, prediction=difference.left, target=difference.right)


def squared(training: Training) -> bool:
    """Whether the squared error is asked for (else the absolute one)."""
    return not isinstance(training.loss, AbsoluteError)


def spelled(formula: Formula, *, square: bool, reduction: str = "mean") -> str:
    """The squared or absolute error of both sides in the words of torch, reduced by `mean` or `sum`."""
    prediction, target = formula.sides
    each = f"({prediction} - {target}) ** 2" if square else f"torch.abs({prediction} - {target})"
    return f"torch.{reduction}({each})"
