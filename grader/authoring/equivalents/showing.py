"""The same things handed in by other means: other names, lists filled otherwise, figures drawn with other calls, other fits, surfaces."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterator

import libcst as cst
from libcst import matchers as m

from grader.authoring.equivalents.rewrite import Found, Rewrite, rewrite
from grader.authoring.syntax.editing import code
from grader.authoring.syntax.formulas import names
from grader.authoring.syntax.training import called, lines, loops
from grader.authoring.syntax.work import Change, Work

__all__ = ["SHOWING"]


@rewrite("other-names", "gave everything names of one's own")
def other_names(work: Work) -> Found:
    """All but those that the task or a given cell asks for."""
    kept = _kept(work)
    own: dict[str, None] = {}
    for tree in work.trees.values():
        for found in m.findall(tree, m.AssignTarget(target=m.Name()) | m.For(target=m.Name()) | m.AsName()):
            match found:
                case cst.AssignTarget(target=cst.Name(value=name)) | cst.For(target=cst.Name(value=name)):
                    own[name] = None
    renamed = {name: f"my_{name}" for name in own if name not in kept and not keyword.iskeyword(name)}
    if renamed:
        pattern = "|".join(map(re.escape, renamed))
        for cell, tree in work.trees.items():
            yield cell, {use: renamed[use.value] for use in names(tree, pattern)}


def _kept(work: Work) -> set[str]:
    """Names that must stay: asked for, read in given cells behind their making, or not the student's to choose."""
    kept = set(dir(builtins)) | {"self"}
    for task in work.exercise.tasks:
        kept |= {one.name.partition("[")[0] for one in (*task.recorded, *task.answers)}
        kept |= {one.name for one in (task.predictions, task.surface) if one is not None}
        kept |= set(task.figure.curves) if task.figure is not None else set()
    return kept | set(re.findall(r"\w+", work.given()))


@rewrite("lists-added-to", "added lists in place of appending")
def lists_added_to(work: Work) -> Found:
    """`losses += [loss.item()]`."""
    for loop in loops(work):
        edits: dict[cst.CSTNode, str] = {}
        for line in loop.records:
            match called(line, "append"):
                case cst.Call(func=cst.Attribute(value=holder), args=[cst.Arg(value=value)]):
                    edits[line] = f"{code(holder)} += [{code(value)}]"
        if edits:
            yield loop.cell, edits


@rewrite("float-for-item", "wrote float() in place of item()")
def float_for_item(work: Work) -> Found:
    """The same number."""
    for loop in loops(work):
        for line in loop.records:
            item = called(line, "item")
            if item is not None and isinstance(item.func, cst.Attribute):
                yield loop.cell, {item: f"float({code(item.func.value)})"}


@rewrite("detached-first", "detached the value before taking its number")
def detached_first(work: Work) -> Found:
    """`loss.detach().item()`."""
    for loop in loops(work):
        for line in loop.records:
            item = called(line, "item")
            if item is not None and isinstance(item.func, cst.Attribute):
                yield loop.cell, {item.func.value: f"{code(item.func.value)}.detach()"}


def _drawing(work: Work) -> Iterator[tuple[int, cst.Module]]:
    """Solution cells that draw with plt alone."""
    for cell, tree in work.trees.items():
        if called(tree, "plot") and not called(tree, "backward") and "plt.plot(" in tree.code:
            yield cell, tree


@rewrite("drawn-on-axes", "drew on axes in place of pyplot's own")
def drawn_on_axes(work: Work) -> Found:
    """`ax.plot`, `ax.set_xlabel`."""
    for cell, tree in _drawing(work):
        text = tree.code
        for old, new in (("plot", "plot"), ("scatter", "scatter"), ("legend", "legend"), ("title", "set_title")):
            text = text.replace(f"plt.{old}(", f"axis_of_mine.{new}(")
        for old in ("xlabel", "ylabel", "yscale"):
            text = text.replace(f"plt.{old}(", f"axis_of_mine.set_{old}(")
        yield Change(trees={cell: cst.parse_module(f"figure_of_mine, axis_of_mine = plt.subplots()\n{text}")})


@rewrite("drawn-with-x", "drew the curves over a range of their own")
def drawn_with_x(work: Work) -> Found:
    """Explicit numbers of the steps."""
    for cell, tree in _drawing(work):
        for line in lines(tree):
            plot = called(line, "plot")
            if plot is not None and sum(arg.keyword is None for arg in plot.args) == 1:
                drawn = code(plot.args[0].value)
                yield cell, {plot: _over(plot, drawn)}


def _over(plot: cst.Call, drawn: str) -> str:
    rest = "".join(f", {code(arg.with_changes(comma=cst.MaybeSentinel.DEFAULT))}" for arg in plot.args[1:])
    return f"{code(plot.func)}(range(len({drawn})), {drawn}{rest})"


@rewrite("drawn-with-seaborn", "drew the curves with seaborn")
def drawn_with_seaborn(work: Work) -> Found:
    """sns.lineplot."""
    for cell, tree in _drawing(work):
        for line in lines(tree):
            plot = called(line, "plot")
            label = next((arg for arg in plot.args if arg.keyword is not None and arg.keyword.value == "label"), None) if plot else None
            if plot is not None and label is not None and sum(arg.keyword is None for arg in plot.args) == 1:
                drawn = code(plot.args[0].value)
                yield cell, {plot: f"sns.lineplot(x=range(len({drawn})), y={drawn}, label={code(label.value)})"}
        if any(called(line, "plot") and "label=" in code(line) for line in lines(tree)):
            yield Change(before={cell: ("import seaborn as sns",)})


@rewrite("fit-on-the-table", "fitted scikit-learn to the table's columns")
def fit_on_the_table(work: Work) -> Found:
    """The DataFrame in place of tensors."""
    for cell, tree in work.trees.items():
        for found in m.findall(tree, m.Call(func=m.Attribute(attr=m.Name("fit")), args=[m.Arg(), m.Arg()])):
            yield cell, {found: f'{code(cst.ensure_type(found, cst.Call).func)}(cars[["wt"]], cars["mpg"])'}


@rewrite("predictions-otherwise", "made the predictions flat in another way")
def predictions_otherwise(work: Work) -> Found:
    """squeeze, flatten."""
    for task in work.exercise.tasks:
        for cell, tree in work.trees.items():
            for line in lines(tree):
                if task.predictions is not None and code(line).strip().startswith(f"{task.predictions.name} ="):
                    yield cell, {line: code(line).strip().replace(".detach().numpy().reshape(-1)", ".detach().squeeze().numpy()")}


@rewrite("surface-otherwise", "computed the surface all at once")
def surface_otherwise(work: Work) -> Found:
    """Broadcasting in place of two loops."""
    for cell, tree in work.trees.items():
        for found in m.findall(tree, m.For()):
            loop = cst.ensure_type(found, cst.For)
            if any(task.surface is not None for task in work.exercise.tasks) and "enumerate(biases)" in code(loop.iter):
                every = "every = weights.view(1, -1, 1) * X.view(1, 1, -1) + biases.view(-1, 1, 1)"
                yield cell, {loop: f"{every}\nZ = torch.mean((Y.view(1, 1, -1) - every) ** 2, dim=2)"}


@rewrite("surface-turned-round", "took the targets from the predictions on the surface")
def surface_turned_round(work: Work) -> Found:
    """The square does not mind."""
    for cell, tree in work.trees.items():
        if any(task.surface is not None for task in work.exercise.tasks) and "(Y - (w * X + b))" in tree.code:
            yield Change(trees={cell: cst.parse_module(tree.code.replace("(Y - (w * X + b))", "(b + X * w - Y)"))})


@rewrite("surface-by-the-functional-loss", "took the surface's loss from torch.nn.functional")
def surface_by_the_functional_loss(work: Work) -> Found:
    """mse_loss at every point."""
    for cell, tree in work.trees.items():
        if any(task.surface is not None for task in work.exercise.tasks) and "torch.mean((Y - (w * X + b)) ** 2)" in tree.code:
            new = tree.code.replace("torch.mean((Y - (w * X + b)) ** 2)", "torch.nn.functional.mse_loss(w * X + b, Y)")
            yield Change(trees={cell: cst.parse_module(new)})


SHOWING: tuple[Rewrite, ...] = (
    other_names, lists_added_to, float_for_item, detached_first, drawn_on_axes, drawn_with_x, drawn_with_seaborn, fit_on_the_table,
    predictions_otherwise, surface_otherwise, surface_turned_round, surface_by_the_functional_loss,
)  # fmt: skip
