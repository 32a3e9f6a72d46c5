"""Mistakes with the lists: at another moment, at another interval, in another list, of other things."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst
from libcst import matchers as m

from grader.authoring.mutants.operator import Operator, Sites, must, operator, remark, site
from grader.authoring.syntax.editing import code
from grader.authoring.syntax.formulas import formula_of
from grader.authoring.syntax.training import Line, Loop, assigned, called, lines, loops
from grader.authoring.syntax.work import Work
from grader.model.exercise import Recorded

__all__ = ["RECORDING"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Record:
    """A statement that appends to a list which a task asks for, in a task whose check `recorded` has points."""

    loop: Loop
    line: Line
    asked: Recorded
    name: str
    value: cst.BaseExpression


def _records(work: Work) -> Iterator[_Record]:
    asked = {
        one.name.partition("[")[0]: one
        for task in work.exercise.tasks
        if any(check.id == "recorded" and check.points for check in task.checks)
        for one in task.recorded
    }
    for loop in loops(work):
        for line in loop.records:
            call = called(line, "append")
            match call:
                case cst.Call(func=cst.Attribute(value=holder), args=[cst.Arg(value=value)]):
                    name = code(holder)
                    if name.partition("[")[0] in asked:
                        yield _Record(loop=loop, line=line, asked=asked[name.partition("[")[0]], name=name, value=value)


@operator("not-recorded", "recorded nothing in the list asked for", must("nothing-recorded"))
def not_recorded(work: Work) -> Sites:
    """The list stays empty."""
    for one in _records(work):
        if one.asked.quantity == "loss":
            left = work.edited(one.loop.cell, {one.line: None})
            read = any(f"{one.name}[" in code(line) for line in lines(one.loop.outer) if line is not one.line)
            wanted = must("cell-error", "nothing-recorded", why="a line of the loop reads the empty list, and stops")
            yield site(left, wanted) if read else left


@operator("recorded-in-the-lecture-list", "appended to the lecture's list", must("recorded-elsewhere"))
def recorded_in_the_lecture_list(work: Work) -> Sites:
    """The practice's own stays empty."""
    earlier = work.given()
    for one in _records(work):
        other = one.name.rstrip("0123456789")
        if other != one.name and f"{other} = []" in earlier:
            yield work.edited(one.loop.cell, {one.line: f"{other}.append({code(one.value)})"})


@operator("lists-swapped", "mixed two lists up", must("recorded-elsewhere"))
def lists_swapped(work: Work) -> Sites:
    """Slope in the list for the bias, the test loss in the one for the training loss."""
    pairs = (("weight", "bias"), ("loss", "test-loss"))
    found = list(_records(work))
    for first in found:
        for second in found:
            if first.loop.outer is second.loop.outer and (first.asked.quantity, second.asked.quantity) in pairs:
                yield work.edited(first.loop.cell, {first.value: second.value, second.value: first.value})


@operator("tensors-recorded", "recorded tensors for plain numbers", remark("tensors-not-floats"))
def tensors_recorded(work: Work) -> Sites:
    """They hold the right values, and cost nothing."""
    for one in _records(work):
        item = called(one.value, "item")
        if one.asked.plain and one.asked.quantity == "loss" and item is not None and isinstance(item.func, cst.Attribute):
            yield work.edited(one.loop.cell, {one.value: f"{code(item.func.value)}.detach()"})


@operator("parameters-recorded-as-views", "recorded views of the parameters, which follow them", must("recorded-alias"))
def parameters_recorded_as_views(work: Work) -> Sites:
    """Every entry equals the last."""
    for one in _records(work):
        item = called(one.value, "item")
        if one.asked.quantity in ("weight", "bias") and item is not None and isinstance(item.func, cst.Attribute):
            yield work.edited(one.loop.cell, {one.value: f"{code(item.func.value)}.data.numpy()[0]"})


@operator("loss-recorded-after-the-step", "computed the loss once more after the step, and recorded that", must("recorded-after-update"))
def loss_recorded_after_the_step(work: Work) -> Sites:
    """The loss of other parameters than the gradient's, where it is not left open which is meant."""
    for one in _records(work):
        formula = formula_of(one.loop)
        if one.asked.quantity != "loss" or one.asked.moment == "either" or formula is None or one.line not in lines(one.loop.inner.body):
            continue
        last = one.loop.body[-1]
        again = f"{one.name}.append(({formula.again}).item())"
        if one.line in one.loop.body:
            yield work.edited(one.loop.cell, {one.line: None, last: [last, again]} if one.line is not last else {one.line: again})
        else:
            yield work.edited(one.loop.cell, {one.line: again})


@operator("parameters-recorded-before-the-step", "read the parameters before the step", must("recorded-before-update"))
def parameters_recorded_before_the_step(work: Work) -> Sites:
    """Where those after it are asked for."""
    for one in _records(work):
        if one.asked.quantity in ("weight", "bias") and one.asked.moment == "after" and one.line in one.loop.body:
            first = one.loop.body[0]
            yield work.edited(one.loop.cell, {one.line: None, first: [code(one.line).strip(), first]})


@operator("test-loss-before-the-step", "computed the test loss before the step", must("recorded-before-update"))
def test_loss_before_the_step(work: Work) -> Sites:
    """Where that after it is asked for."""
    for one in _records(work):
        if one.asked.quantity != "test-loss" or one.asked.moment != "after":
            continue
        name = next((found.value for found in m.findall(one.value, m.Name()) if isinstance(found, cst.Name)), "")
        made = next((line for line in lines(one.loop.inner.body) if assigned(line) == name), None)
        if made is not None:
            whole, first = one.loop.within(made), one.loop.body[0]
            yield work.edited(one.loop.cell, {whole: None, first: [code(whole).strip("\n"), first]})


@operator("recorded-too-seldom", "recorded only now and then", must("recorded-at-wrong-interval"))
def recorded_too_seldom(work: Work) -> Sites:
    """Where every step, or every epoch, is asked for."""
    for one in _records(work):
        if one.asked.quantity == "loss" and one.asked.every in ("step", "epoch") and isinstance(one.loop.epochs.target, cst.Name):
            text = f"if {one.loop.epochs.target.value} % 5 == 0:\n    {code(one.line).strip()}"
            yield work.edited(one.loop.cell, {one.line: text})


@operator("recorded-too-often", "recorded more often than asked for", must("recorded-at-wrong-interval"))
def recorded_too_often(work: Work) -> Sites:
    """Every step for every epoch, every ten epochs for every hundred."""
    for one in _records(work):
        loop = one.loop
        if one.asked.quantity != "loss":
            continue
        if isinstance(one.asked.every, int):
            for found in m.findall(loop.inner.body, m.Integer(value=str(one.asked.every))):
                yield work.edited(loop.cell, {found: str(one.asked.every // 10)})
                break
        elif one.line not in lines(loop.inner.body):
            last = loop.body[-1]
            yield work.edited(loop.cell, {one.line: None, last: [last, code(one.line).strip()]})


@operator("list-made-in-the-loop", "made the list anew in every iteration", must("recorded-at-wrong-interval"))
def list_made_in_the_loop(work: Work) -> Sites:
    """It ends with one entry."""
    for one in _records(work):
        if one.asked.quantity == "loss":
            first = cst.ensure_type(one.loop.epochs.body, cst.IndentedBlock).body[0]
            made = work.edited(one.loop.cell, {first: [f"{one.name} = []", first]})
            empty = must("nothing-recorded", "recorded-at-wrong-interval", why="the last epoch is none that is recorded: an empty list")
            yield site(made, empty) if isinstance(one.asked.every, int) else made


@operator(
    "epoch-recorded-for-the-loss",
    "appended the number of the epoch in place of the loss",
    must("recorded-other-values", "recorded-elsewhere", why="another list may be there for the epochs"),
)
def epoch_recorded_for_the_loss(work: Work) -> Sites:
    """Another name in the brackets."""
    for one in _records(work):
        if one.asked.quantity == "loss" and isinstance(one.loop.epochs.target, cst.Name):
            yield work.edited(one.loop.cell, {one.value: one.loop.epochs.target.value})


@operator("recorded-rounded", "rounded the losses to whole numbers", must("recorded-other-values"))
def recorded_rounded(work: Work) -> Sites:
    """They are easier to read, and no losses any more."""
    for one in _records(work):
        if one.asked.quantity == "loss":
            yield work.edited(one.loop.cell, {one.value: f"round(float({code(one.value)}), 0)"})


RECORDING: tuple[Operator, ...] = (
    not_recorded, recorded_in_the_lecture_list, lists_swapped, tensors_recorded, parameters_recorded_as_views, loss_recorded_after_the_step,
    parameters_recorded_before_the_step, test_loss_before_the_step, recorded_too_seldom, recorded_too_often, list_made_in_the_loop,
    epoch_recorded_for_the_loss, recorded_rounded,
)  # fmt: skip
