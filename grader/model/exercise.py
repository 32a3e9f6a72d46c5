"""What is asked of a student, as typed, frozen data.

An author writes an `Exercise` in `reference/<slug>/exercise.py`; the judge computes every expectation from it and from
the student's own start and data.  Nothing in a declaration is executed by the judge except the `build` of an `OwnModule`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = [
    "AbsoluteError",
    "Adam",
    "Affine",
    "Answer",
    "AnyStart",
    "At",
    "Batches",
    "Check",
    "Data",
    "Exercise",
    "Figure",
    "FirstEpoch",
    "Fit",
    "Limits",
    "Line",
    "Loss",
    "MLP",
    "Model",
    "Optimizer",
    "OtherLine",
    "OtherSeed",
    "OtherTable",
    "OwnModule",
    "Parity",
    "Predictions",
    "Recorded",
    "SGD",
    "Split",
    "SquaredError",
    "Start",
    "Surface",
    "Table",
    "Task",
    "Training",
    "Variant",
    "Verdicts",
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


# ---- what is to hand in besides the run ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A list that holds a quantity of the run.

    name: the name the stub asks for (another name is accepted where the content is unmistakable).
    quantity: `loss` (of the batch just seen), `weight` or `bias`, `test-loss` (on the held-out rows), `epoch` (its number).
    plain: plain numbers are asked for; tensors are then remarked on, at no cost.
    every: `step`, `epoch` (the last step's value of each epoch), or every so many epochs.
    moment: whether parameters are read `before` or `after` the step (losses are always those of the forward pass).
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
    loss: Loss = SquaredError()
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


# ---- checks and tasks ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One sentence about the evidence, with points.  `visible=False`: not shown to students before the deadline."""

    id: str
    points: float
    title: str = ""
    visible: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One thing to do: a training run, what is to hand in of it, and its checks.

    ships_broken: the stub already trains, wrongly and on purpose (find and mend); the broken run is then the student's own.
    terms: the lab's own words for `weight`, `bias`, `loss` and so on, used in messages.
    """

    id: str = "practice"
    checks: tuple[Check, ...]
    training: Training | None = None
    recorded: tuple[Recorded, ...] = ()
    predictions: Predictions | None = None
    figure: Figure | None = None
    fit: Fit | None = None
    parity: Parity | None = None
    surface: Surface | None = None
    answers: tuple[Answer, ...] = ()
    ships_broken: bool = False
    terms: Mapping[str, str] = field(default_factory=dict)


# ---- second runs -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherSeed:
    """The notebook again with every seed replaced by one that the judge drew (random, numpy, torch)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherLine:
    """The notebook again with the data cell `grade_id` replaced by `template`.

    The template is Python with the placeholders `{slope}` and `{intercept}` (and `{seed}` where it sets one); the judge
    draws both within the ranges.  Where the submission holds no cell of that name, `OtherSeed` takes its place.
    """

    grade_id: str
    template: str
    slope: tuple[float, float] = (-3.0, 3.0)
    intercept: tuple[float, float] = (-3.0, 3.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherTable:
    """The notebook again with the served file replaced by rows that the judge drew along another line.

    target = slope * feature + intercept + noise; features uniform in `feature`; as many rows as the file has.
    """

    slope: tuple[float, float]
    intercept: tuple[float, float]
    feature: tuple[float, float]
    noise: float


Variant = OtherSeed | OtherLine | OtherTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one run of a notebook may use: wall seconds per cell and per notebook, bytes of output and of memory."""

    cell_seconds: float = 60.0
    notebook_seconds: float = 180.0
    output_bytes: int = 20_000_000
    memory_bytes: int = 3 * 2**30


@dataclass(frozen=True, slots=True, kw_only=True)
class Exercise:
    """One exercise: tasks, the runs that its given cells make, served files and the judge's variants.

    given: the trainings that the exercise's own (lecture) cells carry out in the notebook, in order; set aside first.
    served: URL -> file name in the exercise's data folder; answered without network.
    files: names of data files laid into the working folder of the kernel.
    shims: names of helper modules the recorder provides (`dataidea_science.plots`, …).
    """

    slug: str
    title: str
    version: int = 1
    tasks: tuple[Task, ...]
    given: tuple[Training, ...] = ()
    variants: tuple[Variant, ...] = ()
    served: Mapping[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    limits: Limits = Limits()
