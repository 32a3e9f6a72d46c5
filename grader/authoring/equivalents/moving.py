"""The same steps by other means: an optimizer for a line by hand and back, other ways to clear, to move and to ask for gradients."""

from __future__ import annotations

from itertools import takewhile

import libcst as cst
from libcst import matchers as m

from grader.authoring.equivalents.looping import moved
from grader.authoring.equivalents.rewrite import Found, Rewrite, rewrite
from grader.authoring.syntax.editing import Edit, code
from grader.authoring.syntax.formulas import model_of
from grader.authoring.syntax.training import Line, Loop, called, lines, loops
from grader.authoring.syntax.work import Work
from grader.model.exercise import SGD

__all__ = ["MOVING"]


@rewrite("by-hand-for-an-optimizer", "moved the parameters by hand in place of optimizer.step()")
def by_hand_for_an_optimizer(work: Work) -> Found:
    """Minus the rate times the gradient, under no_grad, where the optimizer asked for does no more than that."""
    for loop in loops(work):
        model, training = model_of(loop), work.task(loop.cell).training
        if model is not None and training is not None and training.optimizer == SGD(lr=training.optimizer.lr):
            rate = f'{loop.optimizer}.param_groups[0]["lr"]'
            text = f"with torch.no_grad():\n    for parameter in {model}.parameters():\n        parameter -= {rate} * parameter.grad"
            yield loop.cell, dict.fromkeys(loop.steps, text)


@rewrite("an-optimizer-for-by-hand", "took an optimizer in place of lines by hand")
def an_optimizer_for_by_hand(work: Work) -> Found:
    """torch.optim.SGD over the tensors themselves."""
    for loop in loops(work):
        if loop.by_hand and (rate := _rate(loop)):
            made = f"mover = torch.optim.SGD([{', '.join(moved(loop))}], lr={rate})"
            edits: dict[cst.CSTNode, Edit] = dict.fromkeys((*loop.steps[1:], *loop.clears[1:]))
            first, clear = loop.steps[0], loop.clears[0]
            yield loop.cell, {**edits, first: "mover.step()", clear: "mover.zero_grad()"}
            yield loop.cell, _led(work, loop, made)


def _led(work: Work, loop: Loop, text: str) -> dict[cst.CSTNode, Edit]:
    """A statement in front of the loop: behind the last statement there, so that the loop itself can be edited as well."""
    before = takewhile(lambda one: one is not loop.outer, work.trees[loop.cell].body)
    last = [one for one in before if isinstance(one, cst.SimpleStatementLine)][-1]
    return {last: [last, text]}


@rewrite("through-data", "moved the parameters through .data")
def through_data(work: Work) -> Found:
    """As the lab's own listing does it."""
    for loop in loops(work):
        if loop.by_hand:
            yield loop.cell, {line: f"{name}.data = {name}.data - {rate} * {name}.grad.data" for line, name, rate in _moves(loop)}


@rewrite("in-place-through-data", "subtracted in place from .data")
def in_place_through_data(work: Work) -> Found:
    """`w.data -= …`."""
    for loop in loops(work):
        if loop.by_hand:
            yield loop.cell, {line: f"{name}.data -= {rate} * {name}.grad" for line, name, rate in _moves(loop)}


@rewrite("in-place-by-method", "moved the parameters with sub_ and add_")
def in_place_by_method(work: Work) -> Found:
    """`w.sub_(…)`."""
    for loop in loops(work):
        if loop.by_hand:
            yield loop.cell, {line: f"{name}.sub_({rate} * {name}.grad)" for line, name, rate in _moves(loop)}


@rewrite("new-leaves", "made new tensors in every step")
def new_leaves(work: Work) -> Found:
    """Old gradients go with the old tensors."""
    for loop in loops(work):
        if loop.by_hand:
            made: dict[cst.CSTNode, Edit] = {
                line: f"{name} = ({name} - {rate} * {name}.grad).detach().requires_grad_()" for line, name, rate in _moves(loop)
            }
            yield loop.cell, {**made, **dict.fromkeys(loop.clears)}


@rewrite("torch-autograd-grad", "asked torch.autograd.grad for the gradients")
def torch_autograd_grad(work: Work) -> Found:
    """No .grad is ever filled, so nothing is to be cleared."""
    for loop in loops(work):
        if loop.by_hand:
            found = moved(loop)
            asked = f"{', '.join(f'{name}_slope' for name in found)} = torch.autograd.grad({loop.loss}, [{', '.join(found)}])"
            moves: dict[cst.CSTNode, Edit] = {line: f"{name} -= {rate} * {name}_slope" for line, name, rate in _moves(loop)}
            yield loop.cell, {**moves, **dict.fromkeys(loop.clears), loop.backward: asked}


@rewrite("torch-autograd-backward", "called torch.autograd.backward")
def torch_autograd_backward(work: Work) -> Found:
    """The function behind the method."""
    for loop in loops(work):
        yield loop.cell, {loop.backward: f"torch.autograd.backward({loop.loss})"}


@rewrite("cleared-otherwise", "cleared the gradients in another way")
def cleared_otherwise(work: Work) -> Found:
    """None for zero, or zero for None."""
    for loop in loops(work):
        if loop.by_hand:
            yield loop.cell, {line: code(line).strip().replace(".grad.zero_()", ".grad = None") for line in loop.clears}
        else:
            yield loop.cell, dict.fromkeys(loop.clears, f"{loop.optimizer}.zero_grad(set_to_none=False)")


@rewrite("cleared-by-the-model", "called the model's zero_grad")
def cleared_by_the_model(work: Work) -> Found:
    """It clears the same tensors."""
    for loop in loops(work):
        model = model_of(loop)
        if model is not None:
            yield loop.cell, dict.fromkeys(loop.clears, f"{model}.zero_grad()")


@rewrite("cleared-last", "cleared the gradients after the step")
def cleared_last(work: Work) -> Found:
    """Instead of in front of backward()."""
    for loop in loops(work):
        if not loop.by_hand:
            last = loop.steps[-1]
            yield loop.cell, {**dict.fromkeys(loop.clears), last: [last, *(code(line).strip() for line in loop.clears)]}


@rewrite("optimizer-made-in-the-loop", "made the optimizer anew in every epoch")
def optimizer_made_in_the_loop(work: Work) -> Found:
    """Plain SGD remembers nothing."""
    for loop in loops(work):
        task = loop.task.training
        if task is None or not isinstance(task.optimizer, SGD) or task.optimizer.momentum:
            continue
        made = [line for line in lines(loop.tree) if code(line).strip().startswith(f"{loop.optimizer} = ") and not loop.by_hand]
        if made:
            first = cst.ensure_type(loop.epochs.body, cst.IndentedBlock).body[0]
            edits: dict[cst.CSTNode, Edit] = {first: [code(made[0]).strip(), first]}
            yield loop.cell, edits


@rewrite("settings-said", "said the settings of SGD that it has anyway")
def settings_said(work: Work) -> Found:
    """momentum=0, and so on."""
    for cell, tree in work.trees.items():
        for found in m.findall(tree, m.Call(func=m.Attribute(attr=m.Name("SGD")))):
            yield cell, {found: f"{code(found)[:-1]}, momentum=0, dampening=0, weight_decay=0, nesterov=False)"}


def _rate(loop: Loop) -> str:
    found = _moves(loop)
    return found[0][2] if found else ""


def _moves(loop: Loop) -> list[tuple[Line, str, str]]:
    """Each line that moves a parameter by hand: the line, the parameter's name, the rate's source."""
    out = []
    for line in loop.steps:
        match line.body:
            case [cst.AugAssign(target=cst.Name(value=name), value=cst.BinaryOperation(left=rate))] if not called(line, "step"):
                out.append((line, name, code(rate)))
    return out


MOVING: tuple[Rewrite, ...] = (
    by_hand_for_an_optimizer, an_optimizer_for_by_hand, through_data, in_place_through_data, in_place_by_method, new_leaves,
    torch_autograd_grad, torch_autograd_backward, cleared_otherwise, cleared_by_the_model, cleared_last, optimizer_made_in_the_loop,
    settings_said,
)  # fmt: skip
