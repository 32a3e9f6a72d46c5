"""What is asked of a student, as typed, frozen data.

An author writes an `Exercise` in `reference/<slug>/exercise.py`; the judge computes every expectation from it and from
the student's own start and data.  Nothing in a declaration is executed by the judge except the `build` of an `OwnModule`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from grader.model.handing_in import (
    Answer,
    Figure,
    FirstEpoch,
    Fit,
    Parity,
    Predictions,
    Recorded,
    Surface,
    Verdicts,
)
from grader.model.training import (
    MLP,
    SGD,
    AbsoluteError,
    Adam,
    Affine,
    AnyStart,
    At,
    Batches,
    Data,
    Line,
    Loss,
    Model,
    Optimizer,
    OwnModule,
    Split,
    SquaredError,
    Start,
    Table,
    Training,
)

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

    model: the name under which the trained model is to be handed in, '' where none is asked for.
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
    model: str = ""
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
