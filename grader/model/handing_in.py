"""What a student is to hand in besides the run: lists, predictions, figures, a fit, a surface, answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from grader.model.training import Data, Loss, SquaredError

__all__ = [
    "Answer",
    "Figure",
    "FirstEpoch",
    "Fit",
    "Parity",
    "Predictions",
    "Recorded",
    "Surface",
    "Verdicts",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A list that holds a quantity of the run.

    name: the name the stub asks for (another name is accepted where the content is unmistakable).
    quantity: `loss` (of the batch just seen), `weight` or `bias`, `test-loss` (on the held-out rows), `epoch` (its number).
    plain: plain numbers are asked for; tensors are then remarked on, at no cost.
    every: `step`, `epoch` (the last step's value of each epoch), or every so many epochs.
    moment: whether a value is that `before` or `after` the step, or `either` (a loss may be read again behind it).
    """

    name: str
    quantity: Literal["loss", "weight", "bias", "test-loss", "epoch"] = "loss"
    every: Literal["step", "epoch"] | int = "step"
    moment: Literal["before", "after", "either"] = "either"
    plain: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Predictions:
    """An array of the trained model's predictions for every row, with the shape asked for."""

    name: str
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure that shows these lists as curves over the steps, each labelled (in a legend, or as title and axis labels)."""

    curves: tuple[str, ...]
    legend: bool = True
    log: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """The student's own sklearn.linear_model.LinearRegression on the task's data, exact to `tolerance` (relative)."""

    tolerance: float = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Parity:
    """Trained slope and intercept within `tolerance` (relative) of ordinary least squares on the same data."""

    tolerance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """The loss over a grid of weights and biases: an array of shape (biases, weights) or (weights, biases).

    weights, biases: (first, last, count) of equally spaced values, both ends included.  loss and data: what is averaged.
    fixed_count: the count that the stub uses on purpose whatever is asked for (told apart as `samples-ignored`).
    """

    name: str
    weights: tuple[float, float, int]
    biases: tuple[float, float, int]
    data: Data
    loss: Loss = field(default_factory=SquaredError)
    fixed_count: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """A dict from a key (its repr) to what became of a task's run: "diverged", "converged" or "too slow".

    diverged: the last loss is not finite, or above the first.  converged: both parameters within `near` (relative) of least
    squares.  too slow: neither.  tasks: repr of the key -> id of the task whose run it speaks of.
    """

    name: str
    tasks: Mapping[str, str]
    near: float = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstEpoch:
    """A number: the first epoch (counted from 0 or 1) after which both parameters of a task's run are within `near` of least squares."""

    name: str
    task: str
    near: float = 0.01


Answer = Verdicts | FirstEpoch
