"""The same loss in other words."""

from __future__ import annotations

from collections.abc import Iterator

from grader.authoring.equivalents.rewrite import Found, Rewrite, rewrite
from grader.authoring.syntax.editing import code
from grader.authoring.syntax.formulas import Formula, formula_of, squared
from grader.authoring.syntax.training import Loop, loops
from grader.authoring.syntax.work import Work

__all__ = ["COMPARING"]


def _formulas(work: Work) -> Iterator[tuple[Loop, Formula, bool]]:
    for loop in loops(work):
        formula = formula_of(loop)
        if formula is not None and loop.task.training is not None and loop.task.training.loss.reduction == "mean":
            yield loop, formula, squared(loop.task.training)


def _sides(formula: Formula) -> tuple[str, str]:
    """Both sides as arguments of a function, of one shape where a batch is a single row."""
    prediction, target = formula.sides
    return prediction, target


@rewrite("functional-loss", "took the loss from torch.nn.functional")
def functional_loss(work: Work) -> Found:
    """mse_loss, l1_loss."""
    for loop, formula, square in _formulas(work):
        prediction, target = _sides(formula)
        name = "mse_loss" if square else "l1_loss"
        yield loop.cell, {formula.node: f"torch.nn.functional.{name}({prediction}, {target}{_alike(loop, prediction)})"}


@rewrite("module-loss", "took the loss as a Module")
def module_loss(work: Work) -> Found:
    """MSELoss, L1Loss."""
    for loop, formula, square in _formulas(work):
        prediction, target = _sides(formula)
        name = "MSELoss" if square else "L1Loss"
        yield loop.cell, {formula.node: f"torch.nn.{name}()({prediction}, {target}{_alike(loop, prediction)})"}


def _alike(loop: Loop, prediction: str) -> str:
    """Where the loop goes through rows of a one-dimensional target, what gives the target the prediction's shape."""
    return f".reshape(({prediction}).shape)" if loop.by_hand and len(loop.path) > 1 else ""


@rewrite("loss-by-hand", "wrote the loss out")
def loss_by_hand(work: Work) -> Found:
    """The mean of squares or of absolute values."""
    for loop, formula, square in _formulas(work):
        prediction, target = formula.sides
        yield loop.cell, {formula.node: f"({prediction} - {target}).{'pow(2)' if square else 'abs()'}.mean()"}


@rewrite("sides-turned-round", "took the predictions from the targets")
def sides_turned_round(work: Work) -> Found:
    """The square, or the absolute value, does not mind."""
    for loop, formula, square in _formulas(work):
        prediction, target = formula.sides
        difference = f"({target} - ({prediction}))"
        yield loop.cell, {formula.node: f"torch.mean({difference} ** 2)" if square else f"torch.mean(torch.abs({difference}))"}


@rewrite("arguments-swapped", "handed targets and predictions over the other way round")
def arguments_swapped(work: Work) -> Found:
    """To a loss that is symmetric."""
    for loop, formula, _ in _formulas(work):
        if formula.function:
            yield loop.cell, {formula.prediction: formula.target, formula.target: formula.prediction}


@rewrite("sum-over-count", "divided the sum by the number of rows")
def sum_over_count(work: Work) -> Found:
    """The mean, by hand."""
    for loop, formula, square in _formulas(work):
        prediction, target = formula.sides
        each = f"({prediction} - {target}) ** 2" if square else f"({prediction} - {target}).abs()"
        yield loop.cell, {formula.node: f"torch.sum({each}) / {target}.numel()"}


@rewrite("product-for-square", "multiplied the differences with themselves")
def product_for_square(work: Work) -> Found:
    """In place of a power."""
    for loop, formula, square in _formulas(work):
        if square:
            prediction, target = formula.sides
            yield loop.cell, {loop.made: f"error = {prediction} - {target}\n{loop.loss} = torch.mean(error * error)"}


@rewrite("prediction-first", "gave the predictions a name first")
def prediction_first(work: Work) -> Found:
    """One line becomes two."""
    for loop, formula, _ in _formulas(work):
        text = code(loop.made).strip().replace(code(formula.prediction), "guessed", 1)
        yield loop.cell, {loop.made: f"guessed = {code(formula.prediction)}\n{text}"}


COMPARING: tuple[Rewrite, ...] = (
    functional_loss, module_loss, loss_by_hand, sides_turned_round, arguments_swapped, sum_over_count, product_for_square, prediction_first,
)  # fmt: skip
