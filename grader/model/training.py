"""A training run as it should be: model, loss, optimizer, start, data and batches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

__all__ = [
    "AbsoluteError",
    "Adam",
    "Affine",
    "AnyStart",
    "At",
    "Batches",
    "Data",
    "Line",
    "Loss",
    "MLP",
    "Model",
    "Optimizer",
    "OwnModule",
    "SGD",
    "Split",
    "SquaredError",
    "Start",
    "Table",
    "Training",
]


# ---- models ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Affine:
    """y = X wᵀ + b with X of shape (n, inputs); the parameters are a weight of `inputs` numbers and one bias."""

    inputs: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class MLP:
    """Linear layers with an activation between each two: widths (1, 10, 1) are torch.nn.Linear(1, 10), activation, Linear(10, 1).

    The first width is 1 (one feature) and so is the last (one prediction).
    """

    widths: tuple[int, ...]
    activation: Literal["relu", "tanh", "sigmoid"] = "relu"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnModule:
    """A torch Module of the exercise's own; `build()` makes a fresh one whose parameters the judge overwrites."""

    build: Callable[[], Any]


Model = Affine | MLP | OwnModule


# ---- losses ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SquaredError:
    """mean (or sum) over the batch of (prediction - target)²; torch.nn.MSELoss."""

    reduction: Literal["mean", "sum"] = "mean"


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsoluteError:
    """mean (or sum) over the batch of |prediction - target|; torch.nn.L1Loss.  Any subgradient is right at a kink."""

    reduction: Literal["mean", "sum"] = "mean"


Loss = SquaredError | AbsoluteError


# ---- optimizers ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SGD:
    """theta <- theta - lr * gradient (torch.optim.SGD, or the same by hand)."""

    lr: float
    momentum: float = 0.0
    weight_decay: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Adam:
    """Kingma and Ba (2015), as torch.optim.Adam has it."""

    lr: float
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8
    weight_decay: float = 0.0


Optimizer = SGD | Adam


# ---- starts ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class At:
    """Training starts exactly at these parameters (weights first, bias last)."""

    values: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyStart:
    """The student's own start: every parameter within [low, high] (random initialisation, seeded or not)."""

    low: float = -10.0
    high: float = 10.0


Start = At | AnyStart


# ---- data ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """x = arange(first, stop, step) as a column, y = slope * x + intercept + noise * standard normal, seeded or not.

    The feature is known exactly, the targets up to their noise: the judge reads the student's own and tests that the
    residuals from the line have mean 0 and standard deviation `noise` within quantiles.
    """

    first: float
    stop: float
    step: float
    slope: float
    intercept: float
    noise: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Two columns of a CSV file that the exercise ships; rows in file order."""

    file: str
    feature: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Rows of other data held out for a test: `train` and `test` are indices into its rows, in the order of the split."""

    of: Line | Table
    train: tuple[int, ...]
    test: tuple[int, ...]


Data = Line | Table | Split


@dataclass(frozen=True, slots=True, kw_only=True)
class Batches:
    """Rows per step; `size=None` is the full batch.  Without `shuffle` the rows come in the order of the data."""

    size: int | None = None
    shuffle: bool = False


# ---- one training run ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """A training run as it should be: this model, loss, optimizer, start, data and batches, for so many epochs.

    epochs=None leaves their number to the student (the outcome decides).
    """

    model: Model
    loss: Loss
    optimizer: Optimizer
    start: Start
    data: Data
    batches: Batches
    epochs: int | None
