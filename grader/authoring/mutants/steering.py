"""Mistakes with the rate and the optimizer: another rate, another optimizer, the wrong sign, another's gradient, an old model."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst
from libcst import matchers as m

from grader.authoring.mutants.operator import Operator, Sites, must, operator
from grader.authoring.syntax.editing import Edit, code, expression
from grader.authoring.syntax.formulas import value_of
from grader.authoring.syntax.training import Line, Loop, assigned, called, lines, lines_before, loops
from grader.authoring.syntax.work import Work

__all__ = ["STEERING"]

_BUILT = m.Call(func=m.Attribute(attr=m.Name("SGD")) | m.Name("SGD"))
"""An optimizer as the references make it."""


def _declared(work: Work) -> dict[float, None]:
    """The rates that tasks ask for."""
    return dict.fromkeys(task.training.optimizer.lr for task in work.exercise.tasks if task.training is not None)


def _rates(work: Work) -> Iterator[tuple[int, cst.BaseExpression]]:
    """Every place where a rate that is asked for is written down: assigned, handed on as `lr=`, or gone through by a loop.

    Where a loop goes through rates, the use of its variable as a rate is a place as well.
    """
    wanted = _declared(work)
    for cell, tree in work.trees.items():
        gone: set[str] = set()
        for through in m.findall(tree, m.For(target=m.Name(), iter=m.Tuple() | m.List())):
            loop = cst.ensure_type(through, cst.For)
            if any(_number(found) in wanted for found in m.findall(loop.iter, m.Float())):
                gone.add(cst.ensure_type(loop.target, cst.Name).value)
        for found in m.findall(tree, m.Assign(value=m.Float()) | m.Arg(keyword=m.Name("lr"))):
            value = found.value if isinstance(found, cst.Assign | cst.Arg) else None
            match value:
                case cst.Float() if _number(value) in wanted:
                    yield cell, value
                case cst.Name(value=name) if name in gone:
                    yield cell, value


def _number(node: cst.CSTNode) -> float | None:
    return float(node.value) if isinstance(node, cst.Float | cst.Integer) else None


def _times(node: cst.BaseExpression, factor: float) -> str:
    number = _number(node)
    if number is not None:
        return f"{number * factor:g}"
    return f"{code(node)} * {factor:g}" if factor > 1 else f"{code(node)} / {1 / factor:g}"


@operator("rate-times-ten", "took ten times the rate", must("wrong-learning-rate"))
def rate_times_ten(work: Work) -> Sites:
    """Too long steps; the loss may run away."""
    for cell, node in _rates(work):
        yield work.edited(cell, {node: _times(node, 10)})


@operator("rate-over-ten", "took a tenth of the rate", must("wrong-learning-rate"))
def rate_over_ten(work: Work) -> Sites:
    """Too short steps."""
    for cell, node in _rates(work):
        yield work.edited(cell, {node: _times(node, 0.1)})


@operator("rate-of-the-lecture", "kept the lecture's rate", must("wrong-learning-rate"))
def rate_of_the_lecture(work: Work) -> Sites:
    """The given cells train at another rate than the task."""
    for training in work.exercise.given:
        for cell, node in _rates(work):
            if training.optimizer.lr not in _declared(work):
                yield work.edited(cell, {node: f"{training.optimizer.lr:g}"})


@operator("rate-decays", "let the rate shrink from step to step", must("wrong-learning-rate"))
def rate_decays(work: Work) -> Sites:
    """A scheduler that nobody asked for."""
    for loop in loops(work):
        body = cst.ensure_type(loop.inner.body, cst.IndentedBlock)
        last = body.body[-1]
        if loop.optimizer:
            yield work.edited(loop.cell, {last: [last, f'{loop.optimizer}.param_groups[0]["lr"] *= 0.999']})
        elif (rate := _rate_name(loop)) is not None:
            yield work.edited(loop.cell, {last: [last, f"{rate} *= 0.999"]})


def _rate_name(loop: Loop) -> str | None:
    """The name that gradients are multiplied by where parameters are moved by hand."""
    found = m.findall(loop.steps[0], m.BinaryOperation(left=m.Name(), operator=m.Multiply())) if loop.steps else ()
    return code(cst.ensure_type(found[0], cst.BinaryOperation).left) if found else None


@operator("adam", "took Adam for SGD", must("wrong-optimizer"))
def adam(work: Work) -> Sites:
    """Steps of another kind."""
    for cell, call in _optimizers(work):
        name = call.func.attr if isinstance(call.func, cst.Attribute) else call.func
        yield work.edited(cell, {name: cst.Name("Adam")})


@operator("momentum", "gave SGD a momentum", must("wrong-optimizer"))
def momentum(work: Work) -> Sites:
    """Steps that remember earlier ones."""
    for cell, call in _optimizers(work):
        yield work.edited(cell, {call: _with(call, "momentum=0.9")})


@operator("weight-decay", "gave SGD a weight decay", must("wrong-optimizer"))
def weight_decay(work: Work) -> Sites:
    """Steps that pull the parameters to zero."""
    for cell, call in _optimizers(work):
        yield work.edited(cell, {call: _with(call, "weight_decay=0.1")})


@operator("uphill", "went up the gradient", must("wrong-update-sign"))
def uphill(work: Work) -> Sites:
    """The sign of the update is turned round."""
    for loop in loops(work):
        if loop.by_hand:
            turned: dict[cst.CSTNode, Edit] = {line: _turned(line) for line in loop.steps}
            if all(turned.values()):
                yield work.edited(loop.cell, turned)
    for cell, call in _optimizers(work):
        yield work.edited(cell, {call: _with(call, "maximize=True")})


@operator("uphill-once", "moved one of the parameters up its gradient", must("wrong-update-sign"))
def uphill_once(work: Work) -> Sites:
    """A sign turned round in one line."""
    for loop in loops(work):
        if loop.by_hand and len(loop.steps) > 1 and _turned(loop.steps[-1]):
            yield work.edited(loop.cell, {loop.steps[-1]: _turned(loop.steps[-1])})


def _turned(line: Line) -> str | None:
    text = code(line).strip()
    if " -= " in text:
        return text.replace(" -= ", " += ", 1)
    return text.replace(" - ", " + ", 1) if " - " in text else None


@operator("gradient-of-the-other", "moved one parameter by the other's gradient", must("wrong-gradient"))
def gradient_of_the_other(work: Work) -> Sites:
    """A line copied, and a name in it left as it was."""
    for loop in loops(work):
        if loop.by_hand and len(loop.steps) == 2:
            first, second = (_gradient(line) for line in loop.steps)
            yield work.edited(loop.cell, {second: first})
            yield work.edited(loop.cell, {first: second, second: first})


def _gradient(line: Line) -> cst.BaseExpression:
    """The first `….grad` of a line."""
    found = m.findall(line, m.Attribute(attr=m.Name("grad")))[0]
    return cst.ensure_type(found, cst.Attribute)


@operator("one-parameter-moved", "never moved one of the parameters", must("missing-step"))
def one_parameter_moved(work: Work) -> Sites:
    """Its line is missing."""
    for loop in loops(work):
        if loop.by_hand and len(loop.steps) > 1:
            for line in loop.steps:
                yield work.edited(loop.cell, {line: None})


@operator("optimizer-of-one", "gave the optimizer only the first of the parameters", must("wrong-optimizer"))
def optimizer_of_one(work: Work) -> Sites:
    """The others never move."""
    for cell, call in _optimizers(work):
        given = call.args[0]
        yield work.edited(cell, {given.value: f"list({code(given.value)})[:1]"})


@operator("optimizer-of-the-old-model", "kept the optimizer of an old model", must("stale-optimizer"))
def optimizer_of_the_old_model(work: Work) -> Sites:
    """It steps tensors that the loss never reaches."""
    earlier = work.given()
    for cell, line, model in _optimizing(work):
        name = assigned(line)
        if f"{name} =" in earlier and f"{model} =" in earlier:
            yield work.edited(cell, {line: None})
        others = dict.fromkeys(other for _, _, other in _optimizing(work) if other != model)
        for other in others:  # a line copied, and the model in it left as it was
            if any(other == known for at, _, known in _optimizing(work) if at < cell):
                call = called(line, "parameters")
                assert call is not None
                yield work.edited(cell, {call: f"{other}.parameters()"})


@operator("model-after-optimizer", "made the model once more, after the optimizer", must("stale-optimizer"))
def model_after_optimizer(work: Work) -> Sites:
    """The optimizer holds the first one's parameters."""
    for cell, line, model in _optimizing(work):
        for at, tree in work.trees.items():
            if at > cell:
                break
            before = lines_before(tree, line)
            made = next((i for i, one in enumerate(before) if assigned(one) == model), None)
            if made is not None:
                again = before[made:] if at == cell else before[made : made + 1]
                kept = [code(one).strip() for one in again if model in code(one) and "print" not in code(one)]
                yield work.edited(cell, {line: [line, *kept]})


def _optimizers(work: Work) -> Iterator[tuple[int, cst.Call]]:
    """Every optimizer made in a solution cell."""
    for cell, tree in work.trees.items():
        for found in m.findall(tree, _BUILT):
            yield cell, cst.ensure_type(found, cst.Call)


def _optimizing(work: Work) -> Iterator[tuple[int, Line, str]]:
    """Lines that assign an optimizer over `model.parameters()`, with the model's name."""
    for cell, tree in work.trees.items():
        for line in lines(tree):
            value = value_of(line)
            call = called(line, "parameters")
            if value is not None and m.matches(value, _BUILT) and call is not None and isinstance(call.func, cst.Attribute):
                yield cell, line, code(call.func.value)


def _with(call: cst.Call, keyword: str) -> cst.Call:
    """A call with one more argument."""
    made = cst.ensure_type(expression(f"f({keyword})"), cst.Call).args[0]
    before = [arg.with_changes(comma=cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))) for arg in call.args]
    return call.with_changes(args=[*before, made])


STEERING: tuple[Operator, ...] = (
    rate_times_ten, rate_over_ten, rate_of_the_lecture, rate_decays, adam, momentum, weight_decay, uphill, uphill_once,
    gradient_of_the_other, one_parameter_moved, optimizer_of_one, optimizer_of_the_old_model, model_after_optimizer,
)  # fmt: skip
