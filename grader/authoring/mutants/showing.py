"""Mistakes in what is handed in besides the run: predictions, scikit-learn's fit, figures."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst
from libcst import matchers as m

from grader.authoring.mutants.operator import Operator, Sites, must, operator
from grader.authoring.syntax.editing import code, edited
from grader.authoring.syntax.formulas import value_of
from grader.authoring.syntax.training import Line, assigned, called, lines
from grader.authoring.syntax.work import Work

__all__ = ["SHOWING"]


# ---- predictions and the fit -----------------------------------------------------------------------------------------


def _assigning(work: Work, name: str) -> Iterator[tuple[int, Line, cst.BaseExpression]]:
    """Lines of solution cells that assign this name."""
    for cell, tree in work.trees.items():
        for line in lines(tree):
            value = value_of(line)
            if assigned(line) == name and value is not None:
                yield cell, line, value


def _predictions(work: Work) -> Iterator[tuple[int, cst.BaseExpression]]:
    for name in dict.fromkeys(task.predictions.name for task in work.exercise.tasks if task.predictions is not None):
        for cell, _, value in _assigning(work, name):
            yield cell, value


@operator("predictions-as-a-column", "handed in a column of predictions", must("shape-mismatch"))
def predictions_as_a_column(work: Work) -> Sites:
    """The reshape is missing."""
    for cell, value in _predictions(work):
        yield work.edited(cell, {value: code(value).replace(".reshape(-1)", "")})


@operator("predictions-as-a-row", "handed in a row of predictions", must("shape-mismatch"))
def predictions_as_a_row(work: Work) -> Sites:
    """(1, N) for (N,)."""
    for cell, value in _predictions(work):
        yield work.edited(cell, {value: code(value).replace(".reshape(-1)", ".reshape(1, -1)")})


_OTHERS = must("wrong-data", "recorded-other-values", why="the array holds other numbers than the model's predictions")


@operator("predictions-of-nothing", "handed in the measured values as predictions", _OTHERS)
def predictions_of_nothing(work: Work) -> Sites:
    """The right shape, and nothing predicted."""
    for cell, value in _predictions(work):
        yield work.edited(cell, {value: 'cars["mpg"].values'})


@operator("predictions-without-bias", "left the bias out of the predictions", _OTHERS)
def predictions_without_bias(work: Work) -> Sites:
    """The trained slope alone."""
    for cell, value in _predictions(work):
        if " + b)" in code(value):
            yield work.edited(cell, {value: code(value).replace(" + b)", ")")})


def _fits(work: Work) -> Iterator[tuple[int, cst.Call]]:
    if any(task.fit is not None for task in work.exercise.tasks):
        for cell, tree in work.trees.items():
            for found in m.findall(tree, m.Call(func=m.Attribute(attr=m.Name("fit")), args=[m.Arg(), m.Arg()])):
                yield cell, cst.ensure_type(found, cst.Call)


@operator("fit-swapped", "fitted the feature to the target", must("wrong-data"))
def fit_swapped(work: Work) -> Sites:
    """The two arguments of fit the wrong way round."""
    for cell, call in _fits(work):
        x, y = (arg.value for arg in call.args)
        yield work.edited(cell, {x: f"{code(y)}.reshape(-1, 1)", y: f"{code(x)}.reshape(-1)"})


@operator("fit-of-some-rows", "fitted the first rows alone", must("wrong-data"))
def fit_of_some_rows(work: Work) -> Sites:
    """A slice."""
    for cell, call in _fits(work):
        x, y = (arg.value for arg in call.args)
        yield work.edited(cell, {x: f"{code(x)}[:20]", y: f"{code(y)}[:20]"})


@operator("fit-without-intercept", "fitted a line through the origin", must("wrong-data"))
def fit_without_intercept(work: Work) -> Sites:
    """`fit_intercept=False`."""
    for cell, call in _fits(work):
        made = next((one for one in m.findall(call, m.Call(func=m.Name("LinearRegression")))), None)
        if made is not None:
            yield work.edited(cell, {made: cst.parse_expression("LinearRegression(fit_intercept=False)")})


@operator("fit-left-out", "made no scikit-learn fit", must("nothing-recorded"))
def fit_left_out(work: Work) -> Sites:
    """Its cell is empty."""
    for cell, _ in _fits(work):
        yield {cell: cst.parse_module("")}


# ---- figures -----------------------------------------------------------------------------------------------------------


def _figures(work: Work) -> Iterator[tuple[int, cst.Module]]:
    """Solution cells that draw, and train nothing, in exercises that ask for a figure with points."""
    asked = any(task.figure is not None and any(c.id == "plotted" and c.points for c in task.checks) for task in work.exercise.tasks)
    for cell, tree in work.trees.items():
        if asked and called(tree, "plot") and not called(tree, "backward", "scatter", "inference_mode"):
            yield cell, tree


@operator("curve-left-out", "left a curve out of the figure", must("not-plotted"))
def curve_left_out(work: Work) -> Sites:
    """One of those asked for."""
    for cell, tree in _figures(work):
        drawn = [line for line in lines(tree) if called(line, "plot")]
        if len(drawn) > 1:
            yield work.edited(cell, {drawn[-1]: None})
        elif len(drawn) == 1:
            loop = next(iter(m.findall(tree, m.For())), None)
            if loop is not None:
                yield work.edited(cell, {loop: _cut_short(cst.ensure_type(loop, cst.For))})


def _cut_short(loop: cst.For) -> cst.For:
    """The loop over the curves without the last of them."""
    text = code(loop.iter)
    return loop.with_changes(iter=cst.parse_expression(f"list({text})[:-1]"))


@operator("labels-left-out", "drew curves that nothing tells apart", must("not-plotted"))
def labels_left_out(work: Work) -> Sites:
    """No labels, no legend, no titles."""
    for cell, tree in _figures(work):
        edits: dict[cst.CSTNode, None] = {}
        for line in lines(tree):
            if called(line, "legend", "set_title", "title", "xlabel", "ylabel", "set_xlabel", "set_ylabel"):
                edits[line] = None
        unlabelled = edited(tree, edits)
        yield {cell: edited(unlabelled, dict.fromkeys(m.findall(unlabelled, m.Arg(keyword=m.Name("label")))))}


@operator("legend-left-out", "drew no legend", must("not-plotted"))
def legend_left_out(work: Work) -> Sites:
    """The curves have labels, which nobody sees."""
    for cell, tree in _figures(work):
        found = [line for line in lines(tree) if called(line, "legend")]
        if found:
            yield work.edited(cell, dict.fromkeys(found))


@operator("axis-not-logarithmic", "drew the losses on a linear axis", must("not-plotted"))
def axis_not_logarithmic(work: Work) -> Sites:
    """Where a logarithmic one is asked for."""
    for cell, tree in _figures(work):
        found = [line for line in lines(tree) if called(line, "yscale")]
        if found:
            yield work.edited(cell, dict.fromkeys(found))


@operator("other-curve", "drew one list twice in place of both", must("not-plotted"))
def other_curve(work: Work) -> Sites:
    """A line copied, and the list in it left as it was."""
    for cell, tree in _figures(work):
        drawn = [call for line in lines(tree) if (call := called(line, "plot")) is not None]
        if len(drawn) > 1:
            yield work.edited(cell, {drawn[-1].args[0].value: drawn[0].args[0].value})


SHOWING: tuple[Operator, ...] = (
    predictions_as_a_column, predictions_as_a_row, predictions_of_nothing, predictions_without_bias, fit_swapped, fit_of_some_rows,
    fit_without_intercept, fit_left_out, curve_left_out, labels_left_out, legend_left_out, axis_not_logarithmic, other_curve,
)  # fmt: skip
