"""Mistakes with the start and the model: not set anew, set to other values, a model of another kind or in another mode."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst
from libcst import matchers as m

from grader.authoring.mutants.operator import Operator, Sites, must, operator, remark, site
from grader.authoring.syntax.editing import code
from grader.authoring.syntax.formulas import formula_of
from grader.authoring.syntax.training import Line, Loop, assigned, called, lines, lines_before, loops
from grader.authoring.syntax.work import Work
from grader.model.exercise import AnyStart, At

__all__ = ["STARTING"]


def _values(work: Work) -> Iterator[tuple[Loop, list[cst.BaseExpression]]]:
    """Loops whose start is declared, with the numbers of their cell that are its values, in order."""
    for loop in loops(work):
        start = loop.task.training.start if loop.task.training is not None else None
        if isinstance(start, At):
            before = [one for one in lines(loop.tree) if one not in lines(loop.outer)]
            found = [node for one in before for node in _numbers(one) if _value(node) in start.values and _value(node)]
            if len(found) == len(start.values):
                yield loop, found


def _numbers(line: Line) -> list[cst.BaseExpression]:
    negative = [cst.ensure_type(node, cst.UnaryOperation) for node in m.findall(line, m.UnaryOperation(operator=m.Minus()))]
    inside = {id(one.expression) for one in negative}
    plain = [node for node in m.findall(line, m.Float() | m.Integer()) if id(node) not in inside]
    return [*negative, *(node for node in plain if isinstance(node, cst.Float | cst.Integer))]


def _value(node: cst.BaseExpression) -> float | None:
    match node:
        case cst.Float(value=text) | cst.Integer(value=text):
            return float(text)
        case cst.UnaryOperation(operator=cst.Minus(), expression=inner):
            inner_value = _value(inner)
            return None if inner_value is None else -inner_value
    return None


@operator("start-elsewhere", "started the first parameter somewhere else", must("wrong-start"))
def start_elsewhere(work: Work) -> Sites:
    """Where a start is given, another; where any small one is, a large one."""
    for loop, found in _values(work):
        yield work.edited(loop.cell, {found[0]: f"{_value(found[0]) or 0:g} + 1.0"})
    for loop in loops(work):
        start = loop.task.training.start if loop.task.training is not None else None
        if isinstance(start, AnyStart):
            far = f"{2 * start.high + 2:g}"
            made = [line for line in lines_before(loop.tree, lines(loop.outer)[0]) if called(line, "rand", "randn")]
            if made and loop.by_hand:
                yield work.edited(loop.cell, {made[0]: _far(made[0], far)})
            elif (model := _model(loop)) is not None:
                text = f"with torch.no_grad():\n    for parameter in {model}.parameters():\n        parameter.fill_({far})"
                yield work.edited(loop.cell, {loop.epochs: [text, loop.epochs]})


def _far(line: Line, value: str) -> str:
    """`torch.rand(1, …)` as `torch.full((1,), value, …)`."""
    return code(line).strip().replace("torch.randn(1,", f"torch.full((1,), {value},").replace("torch.rand(1,", f"torch.full((1,), {value},")


@operator("start-swapped", "swapped the two values of the start", must("wrong-start"))
def start_swapped(work: Work) -> Sites:
    """Slope and bias mixed up."""
    for loop, found in _values(work):
        first, second = found[0], found[-1]
        yield work.edited(loop.cell, {first: second, second: first})


@operator("start-not-set", "went on from where the earlier run had ended", must("wrong-start"))
def start_not_set(work: Work) -> Sites:
    """No new parameters, or the first model trained once more."""
    earlier = work.given()
    for loop, _ in _values(work):
        model = ""
        before = [one for one in lines(loop.tree) if one not in lines(loop.outer)]
        if loop.by_hand:
            new = [one for one in before if "requires_grad" in code(one) and f"{assigned(one)} = " in earlier]
        else:
            model = _model(loop) or ""
            new = [one for one in before if assigned(one) == model or f"{model}.state_dict()" in code(one)]
        if new and (loop.by_hand or f"{model} = " in earlier):
            yield work.edited(loop.cell, dict.fromkeys(new))
    seen: list[str] = []
    for loop in loops(work):
        name = _model(loop)
        if name is None:
            continue
        made = next((one for one in lines(loop.tree) if assigned(one) == name), None)
        if seen and made is not None and seen[0] != name:
            yield work.edited(loop.cell, {made: f"{name} = {seen[0]}"})
        seen.append(name)


@operator("start-after-the-loop", "set the start behind the loop", must("wrong-start"))
def start_after_the_loop(work: Work) -> Sites:
    """Too late for the run."""
    for loop, found in _values(work):
        if loop.by_hand:
            continue
        late = [one for one in lines(loop.tree) if any(number in _numbers(one) for number in found)]
        yield work.edited(loop.cell, {**dict.fromkeys(late), loop.outer: [loop.outer, *(code(one).strip() for one in late)]})


@operator("model-in-the-loop", "made a new model in every epoch", must("wrong-step-count", "wrong-start", "stale-optimizer"))
def model_in_the_loop(work: Work) -> Sites:
    """The indentation of the lines that make it."""
    for loop in loops(work):
        model = _model(loop)
        made = next((one for one in lines_before(loop.tree, lines(loop.outer)[0]) if assigned(one) == model), None)
        if made is None:
            continue
        first = cst.ensure_type(loop.epochs.body, cst.IndentedBlock).body[0]
        wanted = must("stale-optimizer", why="the optimizer holds the first model's parameters, the loss those of each epoch's")
        yield site(work.edited(loop.cell, {made: made, first: [code(made).strip(), first]}), wanted)


@operator("no-bias", "made a model without a bias", must("wrong-model"))
def no_bias(work: Work) -> Sites:
    """One parameter is missing."""
    for cell, tree in work.trees.items():
        for found in m.findall(tree, m.Call(func=m.Attribute(attr=m.Name("Linear")))):
            call = cst.ensure_type(found, cst.Call)
            yield work.edited(cell, {call: code(call)[:-1] + ", bias=False)"})
        for found in m.findall(tree, m.Call(func=m.Attribute(attr=m.Name("Parameter")))):
            if "bias" in code(tree):
                line = next(one for one in lines(tree) if found in m.findall(one, m.Call()))
                if "bias" in code(line):
                    yield work.edited(cell, {found: code(cst.ensure_type(found, cst.Call).args[0].value)})


@operator(
    "bias-taken-away",
    "took the bias away in the model, where it is added",
    must("wrong-loss", "wrong-model", why="the loss is another one because the model is"),
)
def bias_taken_away(work: Work) -> Sites:
    """A sign in forward."""
    for loop in loops(work):
        formula = formula_of(loop)
        if formula is not None and loop.by_hand and " + b" in formula.full:
            for line in lines(loop.inner.body):
                if formula.full in code(line):
                    yield work.edited(loop.cell, {line: code(line).strip().replace(" + b", " - b", 1)})
    for cell, tree in work.trees.items():
        for line in lines(tree):
            if code(line).strip().startswith("return") and " + self.bias" in code(line):
                yield work.edited(cell, {line: code(line).strip().replace(" + self.bias", " - self.bias")})


@operator("eval-mode", "trained in eval mode", remark("trained-in-eval-mode"))
def eval_mode(work: Work) -> Sites:
    """Where no layer minds, this costs nothing."""
    for loop in loops(work):
        model = _model(loop)
        if model is None:
            continue
        inside = next((call for line in lines(loop.inner.body) if (call := called(line, "train")) is not None), None)
        if inside is not None:
            yield work.edited(loop.cell, {inside: f"{model}.eval()"})
        else:
            yield work.edited(loop.cell, {loop.epochs: [f"{model}.eval()", loop.epochs]})


def _model(loop: Loop) -> str | None:
    """The name of the Module that predicts, None where there is none."""
    formula = formula_of(loop)
    if formula is None or loop.by_hand:
        return None
    match cst.parse_expression(formula.full):
        case cst.Call(func=cst.Name(value=name)):
            return name
    return None


STARTING: tuple[Operator, ...] = (
    start_elsewhere, start_swapped, start_not_set, start_after_the_loop, model_in_the_loop, no_bias, bias_taken_away, eval_mode,
)  # fmt: skip
