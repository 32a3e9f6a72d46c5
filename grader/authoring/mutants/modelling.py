"""Mistakes with the model: made anew in the loop, without a bias, without its activation, in another mode."""

from __future__ import annotations

import libcst as cst
from libcst import matchers as m

from grader.authoring.mutants.operator import Operator, Sites, must, operator, remark, site
from grader.authoring.syntax.editing import code
from grader.authoring.syntax.formulas import formula_of, model_of
from grader.authoring.syntax.training import assigned, called, lines, lines_before, loops
from grader.authoring.syntax.work import Work
from grader.model.exercise import At

__all__ = ["MODELLING"]


@operator("model-in-the-loop", "made a new model in every epoch", must("stale-optimizer"))
def model_in_the_loop(work: Work) -> Sites:
    """The optimizer holds the first one's parameters, the loss those of each epoch's."""
    for loop in loops(work):
        model = model_of(loop)
        made = next((one for one in lines_before(loop.tree, lines(loop.outer)[0]) if assigned(one) == model), None)
        if made is None:
            continue
        first = cst.ensure_type(loop.epochs.body, cst.IndentedBlock).body[0]
        changed = work.edited(loop.cell, {first: [code(made).strip(), first]})
        both = must("stale-optimizer", "wrong-start", why="no new model has the start asked for, and none is stepped")
        given = loop.task.training is not None and isinstance(loop.task.training.start, At)
        yield site(changed, both) if given else changed


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
        model = model_of(loop)
        if model is None:
            continue
        inside = next((call for line in lines(loop.inner.body) if (call := called(line, "train")) is not None), None)
        if inside is not None:
            yield work.edited(loop.cell, {inside: f"{model}.eval()"})
        else:
            yield work.edited(loop.cell, {loop.epochs: [f"{model}.eval()", loop.epochs]})


@operator("activation-left-out", "left the activation out", must("wrong-model"))
def activation_left_out(work: Work) -> Sites:
    """Two linear layers one after the other are one."""
    for cell, tree in work.trees.items():
        for found in m.findall(tree, m.Call(func=m.Attribute(value=m.Name("self"), attr=m.Name("relu")), args=[m.Arg()])):
            call = cst.ensure_type(found, cst.Call)
            yield work.edited(cell, {call: call.args[0].value})


@operator("other-activation", "took another activation", must("wrong-model"))
def other_activation(work: Work) -> Sites:
    """Sigmoid for ReLU."""
    for cell, tree in work.trees.items():
        for found in m.findall(tree, m.Call(func=m.Attribute(attr=m.Name("ReLU")))):
            yield work.edited(cell, {found: code(found).replace("ReLU", "Sigmoid")})


@operator("other-width", "made the hidden layer of another width", must("wrong-model"))
def other_width(work: Work) -> Sites:
    """More units than asked for."""
    for cell, tree in work.trees.items():
        layers = [cst.ensure_type(found, cst.Call) for found in m.findall(tree, m.Call(func=m.Attribute(attr=m.Name("Linear"))))]
        if len(layers) > 1:
            hidden = code(layers[0].args[1].value)
            yield work.edited(cell, {arg.value: "20" for layer in layers for arg in layer.args if code(arg.value) == hidden})


MODELLING: tuple[Operator, ...] = (
    model_in_the_loop, no_bias, bias_taken_away, activation_left_out, other_activation, other_width, eval_mode,
)  # fmt: skip
