"""The checks that an exercise may use: id -> the sentence that a student reads where the author writes no other."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["CHECKS", "OUTCOME_CHECKS"]

CHECKS: Mapping[str, str] = MappingProxyType(
    {
        "data": "the training uses the data that the exercise gives",
        "start": "the training begins at the parameters that the exercise gives",
        "steps": "the number of steps and the size of their batches are as asked for",
        "loss": "at every step the loss is the one asked for, of that step's parameters and data",
        "gradient": "at every step the gradient is that loss's own, with nothing left over from earlier steps",
        "update": "every step moves the parameters the way the optimizer asked for would move them",
        "trajectory": "losses and parameters follow the path of the reference from the same start on the same data",
        "learned": "the final weight and bias agree with the reference's",
        "fitted": "your scikit-learn fit of the same data is right",
        "parity": "the trained slope and intercept agree with scikit-learn's",
        "recorded": "the list asked for holds the right values, in order, read at the right moment",
        "shape": "the predictions have the shape asked for",
        "plotted": "the figure shows the curves asked for, labelled",
        "surface": "the loss surface over weight and bias is the loss's own, on the grid asked for",
        "answered": "the answer asked for is right",
        "generalises": "with other data, another seed or another start the same notebook still trains rightly",
    }
)
"""Every check id, with its default title."""

OUTCOME_CHECKS: frozenset[str] = frozenset({"trajectory", "learned", "parity", "generalises"})
"""Checks of the outcome: together they carry at most three points, so that one bug does not cost eight."""
