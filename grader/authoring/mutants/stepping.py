"""Mistakes with the lines of a step: backward, zero_grad and step left out, not called, or in the wrong place."""

from __future__ import annotations

from collections.abc import Mapping

import libcst as cst

from grader.authoring.mutants.operator import Operator, Sites, must, operator, site
from grader.authoring.syntax.editing import Edit
from grader.authoring.syntax.training import Line, called, loops
from grader.authoring.syntax.work import Work

__all__ = ["STEPPING"]


def named(found: tuple[Line, ...], *verbs: str) -> Mapping[cst.CSTNode, Edit]:
    """Each call of the verb in these lines without its parentheses."""
    calls = [call for line in found if (call := called(line, *verbs)) is not None]
    return {call: call.func for call in calls}


@operator("drop-backward", "left out backward()", must("missing-backward"))
def drop_backward(work: Work) -> Sites:
    """No gradient is ever computed."""
    for loop in loops(work):
        if loop.by_hand:
            wanted = must("missing-backward", "cell-error", why="the update then stops with an error: there is no gradient to use")
            yield site(work.edited(loop.cell, {loop.backward: None}), wanted)
        else:
            yield work.edited(loop.cell, {loop.backward: None})


@operator("name-backward", "wrote backward without its parentheses", must("not-called"))
def name_backward(work: Work) -> Sites:
    """Python looks the method up and drops it."""
    for loop in loops(work):
        yield work.edited(loop.cell, named((loop.backward,), "backward"))


@operator("drop-zero-grad", "never cleared the gradients", must("missing-zero-grad"))
def drop_zero_grad(work: Work) -> Sites:
    """Every step uses a sum of gradients."""
    for loop in loops(work):
        yield work.edited(loop.cell, dict.fromkeys(loop.clears))


@operator("drop-one-zero-grad", "cleared the gradient of one parameter only", must("missing-zero-grad"))
def drop_one_zero_grad(work: Work) -> Sites:
    """One parameter's gradients pile up."""
    for loop in loops(work):
        if len(loop.clears) > 1:
            for line in loop.clears:
                yield work.edited(loop.cell, {line: None})


@operator("name-zero-grad", "wrote zero_grad without its parentheses", must("zero-grad-not-called"))
def name_zero_grad(work: Work) -> Sites:
    """Old gradients stay."""
    for loop in loops(work):
        yield work.edited(loop.cell, named(loop.clears, "zero_grad", "zero_"))


@operator("zero-grad-before-loop", "cleared the gradients once, in front of the loop", must("missing-zero-grad"))
def zero_grad_before_loop(work: Work) -> Sites:
    """Only the first step has a gradient of its own."""
    for loop in loops(work):
        if loop.by_hand:  # in front of the loop there is no gradient to clear yet
            continue
        yield work.edited(loop.cell, {loop.inner: [*loop.clears, loop.without(*loop.clears)]})


@operator("zero-grad-between", "cleared the gradients between backward() and the step", must("zero-grad-before-step"))
def zero_grad_between(work: Work) -> Sites:
    """Every step is a step of zero."""
    for loop in loops(work):
        yield work.edited(loop.cell, {**dict.fromkeys(loop.clears), loop.backward: [loop.backward, *loop.clears]})


@operator("drop-step", "left out the step", must("missing-step"))
def drop_step(work: Work) -> Sites:
    """Nothing moves."""
    for loop in loops(work):
        yield work.edited(loop.cell, dict.fromkeys(loop.steps))


@operator("name-step", "wrote step without its parentheses", must("not-called"))
def name_step(work: Work) -> Sites:
    """Python looks the method up and drops it."""
    for loop in loops(work):
        if not loop.by_hand:
            yield work.edited(loop.cell, named(loop.steps, "step"))


@operator("step-after-loop", "put the step behind the loop, by its indentation", must("step-outside-loop"))
def step_after_loop(work: Work) -> Sites:
    """The parameters move once, or once an epoch."""
    for loop in loops(work):
        if not loop.by_hand:
            yield work.edited(loop.cell, {loop.inner: [loop.without(*loop.steps), *loop.steps]})


@operator("step-before-backward", "took the step in front of backward()", must("zero-grad-before-step"))
def step_before_backward(work: Work) -> Sites:
    """The gradients that a step would use were cleared just before it."""
    for loop in loops(work):
        if not loop.by_hand:
            yield work.edited(loop.cell, {**dict.fromkeys(loop.steps), loop.backward: [*loop.steps, loop.backward]})


@operator("backward-after-loop", "put backward() behind the loop, by its indentation", must("backward-outside-loop"))
def backward_after_loop(work: Work) -> Sites:
    """A gradient once, or once an epoch."""
    for loop in loops(work):
        moved = work.edited(loop.cell, {loop.inner: [loop.without(loop.backward), loop.backward]})
        if loop.by_hand:
            wanted = must("cell-error", "backward-outside-loop", "missing-backward", why="the update in the loop stops: no gradient yet")
            yield site(moved, wanted)
        else:
            yield moved


STEPPING: tuple[Operator, ...] = (
    drop_backward, name_backward, backward_after_loop, drop_zero_grad, drop_one_zero_grad, name_zero_grad, zero_grad_before_loop,
    zero_grad_between, drop_step, name_step, step_after_loop, step_before_backward,
)  # fmt: skip
