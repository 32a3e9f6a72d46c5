"""Mistakes with the start: not set anew, set to other values, set too late."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst
from libcst import matchers as m

from grader.authoring.mutants.operator import Operator, Sites, must, operator
from grader.authoring.syntax.editing import code
from grader.authoring.syntax.formulas import model_of
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
            elif (model := model_of(loop)) is not None:
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
            model = model_of(loop) or ""
            new = [one for one in before if assigned(one) == model or f"{model}.state_dict()" in code(one)]
        if new and (loop.by_hand or f"{model} = " in earlier):
            yield work.edited(loop.cell, dict.fromkeys(new))
    seen: list[str] = []
    for loop in loops(work):
        name = model_of(loop)
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


STARTING: tuple[Operator, ...] = (start_elsewhere, start_swapped, start_not_set, start_after_the_loop)
