"""What a submission's trainings did, as numbers to draw: enough for the pictures of a report, and no more.

A story decides nothing and carries no points.  Every series is thinned, so that 160,000 steps weigh as little as 600.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from grader.model.evidence import Array

__all__ = ["Chapter", "Fitted", "Landscape", "LawSteps", "Story", "Trajectory", "Unit"]

Unit = Literal["step", "epoch"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trajectory:
    """One training, from its start to its end.

    steps: how many steps it took in all.  every: how many of them one loss is the mean of.
    at: (T,) where the losses stand, counted from 0 in the chapter's unit: 3 is the loss after 3 steps, or of the fourth epoch.
    losses: (T,) the loss there.  May hold inf and NaN, as may theta.
    theta_at: (U,) where the parameters stand, the start first and the end last; theta: (U, P).  P is 0 where nothing is to be drawn.
    """

    steps: int
    every: int
    at: Array
    losses: Array
    theta_at: Array
    theta: Array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fitted:
    """What a model that is no line predicts over the range of its data, at the end of a training.

    x: (m,).  own: (m,) of the student's; asked: (m,) of the training asked for, None where that is not known.
    """

    x: Array
    own: Array
    asked: Array | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LawSteps:
    """One law at consecutive steps around the place where it broke.

    at: (W,) numbers of the steps, from 0.  seen, asked: (W, P) what was used at each step, and what the law asks for there; for a
    model that is no line (W, 1), the lengths of both.
    broken: the first step that breaks the law.  count: how many of the `steps` steps break it.
    """

    at: Array
    seen: Array
    asked: Array
    broken: int
    count: int
    steps: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Landscape:
    """The loss over weights (m,) and biases (n,): loss is (n, m)."""

    weights: Array
    biases: Array
    loss: Array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Chapter:
    """One task.

    words: the lab's own words for `weight`, `bias`, `loss`, `epoch`.
    own: the student's training; asked: what the training asked for would have done from the same start on the same data.
    x, y: (n,) the rows that the run used; where the targets were not seen both are empty.
    gradient, update: these laws where they broke, else None.  fit: (slope, intercept) of least squares, where parity is asked.
    fitted: what a model that is no line predicts.  landscape: the loss asked for, on the rows used.
    drawn: the student's own surface on the grid asked for.
    """

    task: str
    words: Mapping[str, str] = field(default_factory=dict)
    unit: Unit = "step"
    own: Trajectory | None = None
    asked: Trajectory | None = None
    x: Array = field(default_factory=lambda: np.empty(0))
    y: Array = field(default_factory=lambda: np.empty(0))
    gradient: LawSteps | None = None
    update: LawSteps | None = None
    fit: tuple[float, float] | None = None
    fitted: Fitted | None = None
    landscape: Landscape | None = None
    drawn: Landscape | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Story:
    """One submission.

    title: the exercise's.  chapters: one for each task, in order.
    sources: the code cells by their index in the file as handed in, for excerpts; a student's text, cut at some length.
    """

    title: str
    chapters: tuple[Chapter, ...] = ()
    sources: Mapping[int, str] = field(default_factory=dict)
