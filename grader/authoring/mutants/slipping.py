"""Slips that stop a cell, and lines too many: a misspelt name, an update that PyTorch refuses, a step taken twice, a loop left early."""

from __future__ import annotations

import libcst as cst
from libcst import matchers as m

from grader.authoring.mutants.operator import Operator, Sites, must, operator
from grader.authoring.syntax.editing import Edit, code
from grader.authoring.syntax.formulas import model_of
from grader.authoring.syntax.training import called, lines, lines_before, loops
from grader.authoring.syntax.work import Work

__all__ = ["SLIPPING"]


@operator("name-misspelt", "misspelt a name in the loop", must("cell-error"))
def name_misspelt(work: Work) -> Sites:
    """The cell stops in the first iteration."""
    for loop in loops(work):
        yield work.edited(loop.cell, {loop.backward: f"{loop.loss}_.backward()"})


@operator("update-followed", "moved the parameters outside no_grad", must("cell-error"))
def update_followed(work: Work) -> Sites:
    """PyTorch refuses to change a leaf in place."""
    for loop in loops(work):
        if loop.by_hand and (block := loop.within(loop.steps[0])) and isinstance(block, cst.With):
            yield work.edited(loop.cell, {block: "\n".join(code(line).strip() for line in lines(block))})


@operator(
    "update-makes-a-new-tensor",
    "assigned w = w - … in place of changing w",
    must("cell-error", "detached-loss", why="the next backward() finds nothing that asks for gradients, and stops"),
)
def update_makes_a_new_tensor(work: Work) -> Sites:
    """The new tensor asks for no gradient."""
    for loop in loops(work):
        edits: dict[cst.CSTNode, Edit] = {}
        for line in loop.steps:
            match line.body:
                case [cst.AugAssign(target=cst.Name(value=name), value=value)]:
                    edits[line] = f"{name} = {name} - {code(value)}"
        if edits:
            yield work.edited(loop.cell, edits)


@operator("start-of-integers", "wrote the start as whole numbers", must("cell-error"))
def start_of_integers(work: Work) -> Sites:
    """Only floating point numbers can ask for gradients."""
    for loop in loops(work):
        before = [line for line in lines_before(loop.tree, lines(loop.outer)[0]) if "requires_grad" in code(line)]
        found = [number for line in before for number in m.findall(line, m.Float())]
        whole = {number: code(number).partition(".")[0] for number in found if code(number).endswith(".0")}
        if whole:
            yield work.edited(loop.cell, dict(whole))


@operator("parameters-not-called", "wrote parameters without its parentheses", must("cell-error"))
def parameters_not_called(work: Work) -> Sites:
    """The optimizer can't be made of a method."""
    for cell, tree in work.trees.items():
        for line in lines(tree):
            call = called(line, "parameters")
            if call is not None and "SGD(" in code(line):
                yield work.edited(cell, {call: call.func})


@operator("step-twice", "took the step twice", must("wrong-step-count", "wrong-learning-rate", why="by hand: one at twice the rate"))
def step_twice(work: Work) -> Sites:
    """A line copied."""
    for loop in loops(work):
        last = loop.steps[-1]
        yield work.edited(loop.cell, {last: [last, *(code(line).strip() for line in loop.steps)]})


@operator("backward-twice", "called backward() twice", must("wrong-gradient", "missing-zero-grad", why="the second is added to the first"))
def backward_twice(work: Work) -> Sites:
    """Twice the gradient."""
    for loop in loops(work):
        yield work.edited(loop.cell, {loop.backward: [f"{loop.loss}.backward(retain_graph=True)", loop.backward]})


@operator(
    "gradients-clipped",
    "clipped the gradients",
    must("wrong-gradient", "wrong-learning-rate", why="the steps are shorter than their gradients: so they are at a smaller rate"),
)
def gradients_clipped(work: Work) -> Sites:
    """Every step is shorter than its gradient."""
    for loop in loops(work):
        model = model_of(loop)
        if model is not None:
            clipped = f"torch.nn.utils.clip_grad_norm_({model}.parameters(), 0.1)"
            yield work.edited(loop.cell, {loop.backward: [loop.backward, clipped]})


@operator("stopped-early", "left the loop as soon as the loss was small", must("wrong-step-count"))
def stopped_early(work: Work) -> Sites:
    """Fewer epochs than asked for."""
    for loop in loops(work):
        training = loop.task.training
        if training is not None and training.epochs is not None and isinstance(loop.epochs.target, cst.Name):
            last = cst.ensure_type(loop.epochs.body, cst.IndentedBlock).body[-1]
            yield work.edited(loop.cell, {last: [last, f"if {loop.epochs.target.value} >= {training.epochs // 2}:\n    break"]})


SLIPPING: tuple[Operator, ...] = (
    name_misspelt, update_followed, update_makes_a_new_tensor, start_of_integers, parameters_not_called, step_twice, backward_twice,
    gradients_clipped, stopped_early,
)  # fmt: skip
