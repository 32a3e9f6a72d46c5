"""The loss of a training loop as prediction and target, so that it can be written otherwise."""

from __future__ import annotations

import re
from dataclasses import dataclass

import libcst as cst
from libcst import matchers as m

from grader.authoring.syntax.editing import code
from grader.authoring.syntax.training import Line, Loop, assigned, lines
from grader.model.exercise import AbsoluteError, Training

__all__ = ["Formula", "formula_of", "model_of", "names", "spelled", "squared", "value_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """A loss: the expression that gives it, and the two sides that it compares.

    node, prediction, target: nodes of the loop's tree.  function: what is called with both sides, '' where they are subtracted.
    full: the prediction's source, written out where the loop gives it a name first.
    """

    node: cst.BaseExpression
    prediction: cst.BaseExpression
    target: cst.BaseExpression
    function: str
    full: str

    @property
    def sides(self) -> tuple[str, str]:
        """Source of prediction and target, each good as an operand of a subtraction."""
        return code(self.prediction), _operand(self.target)

    @property
    def again(self) -> str:
        """The loss's source with the prediction written out: it can be computed anew at any place of the loop."""
        return f"{self.function}({self.full}, {code(self.target)})" if self.function else _replaced(code(self.node), *self.sides, self.full)


def formula_of(loop: Loop) -> Formula | None:
    """The formula of the loop's loss, None where it is written in a way that is not known here."""
    value = value_of(loop.made)
    match value:
        case cst.Call(func=cst.Name(value=function), args=[cst.Arg(value=prediction), cst.Arg(value=target)]):
            pass
        case cst.BaseExpression():
            found = m.findall(value, m.BinaryOperation(operator=m.Power(), left=m.BinaryOperation(operator=m.Subtract())))
            if not found:
                return None
            difference = cst.ensure_type(cst.ensure_type(found[0], cst.BinaryOperation).left, cst.BinaryOperation)
            function, prediction, target = "", difference.left, difference.right
        case _:
            return None
    return Formula(node=value, prediction=prediction, target=target, function=function, full=_full(loop, prediction))


def value_of(line: Line) -> cst.BaseExpression | None:
    """What a plain assignment assigns."""
    match line.body:
        case [cst.Assign(value=value)]:
            return value
    return None


def squared(training: Training) -> bool:
    """Whether the squared error is asked for (else the absolute one)."""
    return not isinstance(training.loss, AbsoluteError)


def spelled(formula: Formula, *, square: bool, reduction: str = "mean") -> str:
    """The squared or absolute error of both sides in the words of torch, reduced by `mean` or `sum`."""
    prediction, target = formula.sides
    each = f"({prediction} - {target}) ** 2" if square else f"torch.abs({prediction} - {target})"
    return f"torch.{reduction}({each})"


def names(node: cst.CSTNode, pattern: str) -> tuple[cst.Name, ...]:
    """Every plain name (no attribute, no keyword of a call) within the node that matches the pattern whole, in order."""
    apart: set[int] = set()
    for found in m.findall(node, m.Attribute() | m.Arg(keyword=m.Name())):
        match found:
            case cst.Attribute(attr=attr):
                apart.add(id(attr))
            case cst.Arg(keyword=keyword):
                apart.add(id(keyword))
    everything = (cst.ensure_type(found, cst.Name) for found in m.findall(node, m.Name()))
    return tuple(name for name in everything if id(name) not in apart and re.fullmatch(pattern, name.value))


def _full(loop: Loop, prediction: cst.BaseExpression) -> str:
    if isinstance(prediction, cst.Name):
        made = next((line for line in lines(loop.inner.body) if assigned(line) == prediction.value), None)
        value = value_of(made) if made is not None else None
        return code(value) if value is not None else prediction.value
    return code(prediction)


def _operand(node: cst.BaseExpression) -> str:
    return code(node) if isinstance(node, cst.Name | cst.Call | cst.Attribute | cst.Subscript) else f"({code(node)})"


def _replaced(text: str, prediction: str, target: str, full: str) -> str:
    """A subtraction's source with its left side written out."""
    return text.replace(f"{prediction} - {target}", f"({full}) - {target}") if prediction != full else text


def model_of(loop: Loop) -> str | None:
    """The name of the Module that predicts, None where parameters are moved by hand or the prediction calls none."""
    formula = formula_of(loop)
    if formula is None or loop.by_hand:
        return None
    match cst.parse_expression(formula.full):
        case cst.Call(func=cst.Name(value=name)):
            return name
    return None
