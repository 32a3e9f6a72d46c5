"""Mistakes in answers and in the picture of the loss."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst
from libcst import matchers as m

from grader.authoring.mutants.operator import Operator, Sites, must, operator
from grader.authoring.syntax.editing import code
from grader.authoring.syntax.training import assigned, lines
from grader.authoring.syntax.work import Work
from grader.model.exercise import FirstEpoch, Verdicts

__all__ = ["ANSWERING"]


# ---- answers -----------------------------------------------------------------------------------------------------------


def _answers(work: Work, kind: type[Verdicts | FirstEpoch]) -> Iterator[tuple[int, str]]:
    for task in work.exercise.tasks:
        for answer in task.answers:
            if isinstance(answer, kind):
                for cell, tree in work.trees.items():
                    if any(code(line).strip().startswith((f"{answer.name} =", f"{answer.name}[")) for line in lines(tree)):
                        yield cell, answer.name


@operator("verdicts-swapped", "gave the wrong verdict", must("wrong-answer"))
def verdicts_swapped(work: Work) -> Sites:
    """Words mixed up."""
    for cell, _ in _answers(work, Verdicts):
        words = [cst.ensure_type(found, cst.SimpleString) for found in m.findall(work.trees[cell], m.SimpleString())]
        if len(words) > 1:
            yield work.edited(cell, {words[0]: words[1], words[1]: words[0]})
            yield work.edited(cell, {words[-1]: words[-2], words[-2]: words[-1]})


@operator("near-enough-too-wide", "took ten times the distance for near enough", must("wrong-answer"))
def near_enough_too_wide(work: Work) -> Sites:
    """10 % for 1 %."""
    for cell, _ in _answers(work, FirstEpoch):
        found = m.findall(work.trees[cell], m.Float(value="0.01"))
        if found:
            yield work.edited(cell, dict.fromkeys(found, "0.1"))


@operator("one-parameter-alone", "looked at one of the two parameters alone", must("wrong-answer"))
def one_parameter_alone(work: Work) -> Sites:
    """Half of a condition."""
    for cell, _ in _answers(work, FirstEpoch):
        for found in m.findall(work.trees[cell], m.BooleanOperation(operator=m.And())):
            both = cst.ensure_type(found, cst.BooleanOperation)
            yield work.edited(cell, {both: both.left})
            yield work.edited(cell, {both: both.right})


# ---- the surface -------------------------------------------------------------------------------------------------------


def _surfaces(work: Work, *pairs: tuple[str, str]) -> Sites:
    """The surface's cell with one text in the place of another: each pair a place of its own."""
    names = [task.surface.name for task in work.exercise.tasks if task.surface is not None]
    for cell, tree in work.trees.items():
        if any(assigned(line) in names for line in lines(tree)):
            for old, new in pairs:
                if old in tree.code:
                    yield {cell: cst.parse_module(tree.code.replace(old, new))}


@operator("surface-sign", "lost the brackets, so that the bias has the wrong sign", must("wrong-surface"))
def surface_sign(work: Work) -> Sites:
    """y - w x + b for y - (w x + b)."""
    yield from _surfaces(work, ("(w * X + b)", "w * X + b"), ("w * X + b", "w * X - b"))


@operator("surface-not-squared", "forgot the square on the surface", must("wrong-surface"))
def surface_not_squared(work: Work) -> Sites:
    """The mean of the differences."""
    yield from _surfaces(work, (" ** 2", ""))


@operator("surface-of-another-loss", "drew the surface of another loss", must("wrong-surface"))
def surface_of_another_loss(work: Work) -> Sites:
    """A sum, a root."""
    yield from _surfaces(work, ("torch.mean(", "torch.sum("), (" ** 2)", " ** 2) ** 0.5"), ("** 2)", "** 4)"))


@operator("samples-ignored", "drew a grid of another size than asked for", must("samples-ignored"))
def samples_ignored(work: Work) -> Sites:
    """30 by 30, whatever the argument says."""
    for task in work.exercise.tasks:
        if task.surface is not None:
            count = str(task.surface.fixed_count)
            asked = str(task.surface.weights[2])
            for cell, tree in work.trees.items():
                inside = tree.code.replace("n_samples, n_samples)", f"{count}, {count})").replace("range, n_samples)", f"range, {count})")
                if inside != tree.code:
                    yield {cell: cst.parse_module(inside)}
            yield from _surfaces(work, (f"Y, {asked})", f"Y, {count})"))


@operator("grid-of-other-ranges", "drew the surface over other ranges", must("wrong-surface"))
def grid_of_other_ranges(work: Work) -> Sites:
    """Swapped, from zero, or one step short."""
    zero, wide = ("linspace(-w_range, w_range,", "linspace(0, w_range,"), ("linspace(-b_range,", "linspace(-2 * b_range,")
    yield from _surfaces(work, ("(15, 13,", "(13, 15,"), zero, wide)


@operator("surface-left-empty", "never filled the grid", must("wrong-surface"))
def surface_left_empty(work: Work) -> Sites:
    """Zeros."""
    for task in work.exercise.tasks:
        if task.surface is not None:
            for cell, tree in work.trees.items():
                for line in lines(tree):
                    if code(line).strip().startswith(f"{task.surface.name}["):
                        yield work.edited(cell, {line: "pass"})


ANSWERING: tuple[Operator, ...] = (
    verdicts_swapped, near_enough_too_wide, one_parameter_alone, surface_sign, surface_not_squared, surface_of_another_loss,
    samples_ignored, grid_of_other_ranges, surface_left_empty,
)  # fmt: skip
