"""A model's parameters in words: a line's weight and bias, or the tensors of a larger model by name."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from grader.judging.outcomes import words
from grader.judging.predictors import Predictor
from grader.model.evidence import Array

__all__ = ["rates_in_words", "standing", "which"]

NAMED = 2
"""How many tensors of a larger model are named one by one."""


def which(model: Predictor, marked: Sequence[bool]) -> str:
    """The tensors that are marked: `both parameters`, `the weight`, `linear2.weight and linear2.bias`, `3 of the 4 tensors`."""
    if all(marked):
        return "both parameters" if model.line else "all parameters"
    found = [f"the {name}" if model.line else name for name, mark in zip(model.names, marked, strict=True) if mark]
    return " and ".join(found) if len(found) <= NAMED else f"{len(found)} of the {len(model.names)} parameter tensors"


def standing(model: Predictor, theta: Array) -> str:
    """Where parameters (P,) stand: `weight -15, bias -10`, or how many there are and their range."""
    if model.line:
        return f"weight {words(theta[0])}, bias {words(theta[1])}"
    return f"{len(theta)} parameters between {words(float(np.min(theta)))} and {words(float(np.max(theta)))}"


def rates_in_words(model: Predictor, rates: Sequence[float]) -> str:
    """By what the parameters move, together or each on its own."""
    known = [r for r in rates if np.isfinite(r)]
    if not known:
        return "no parameter ever has a gradient"
    if known and max(known) - min(known) <= 1e-2 * max(abs(r) for r in known):
        return f"every step is {words(known[0])} times the gradient"
    still = [r == 0.0 for r in rates]
    if any(still):
        return f"{which(model, still)} never {'moves' if sum(still) == 1 else 'move'}"
    if model.line:
        return f"the weight moves by {words(rates[0])} times its gradient, the bias by {words(rates[1])} times its own"
    return f"the tensors move by {words(min(known))} to {words(max(known))} times their gradients"
