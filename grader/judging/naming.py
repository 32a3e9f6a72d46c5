"""A model's parameters in words: a line's weight and bias, or the tensors of a larger model by name."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from grader.judging.outcomes import words
from grader.judging.predictors import Predictor
from grader.model.evidence import Array
from grader.model.exercise import SGD, Optimizer

__all__ = ["asked_step", "rates_in_words", "standing", "which"]

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


def asked_step(optimizer: Optimizer) -> str:
    """What every step should be: `minus 0.1 times the gradient`, `one of Adam with rate 0.01 and weight decay 0.001`.

    The plainest optimizer goes by what it does, since a lab that moves parameters by hand knows no name for it.
    """
    momentum = optimizer.momentum if isinstance(optimizer, SGD) else 0.0
    if isinstance(optimizer, SGD) and not momentum and not optimizer.weight_decay:
        return f"minus {words(optimizer.lr)} times the gradient"
    settings = [f"rate {words(optimizer.lr)}"]
    settings += [f"momentum {words(momentum)}"] if momentum else []
    settings += [f"weight decay {words(optimizer.weight_decay)}"] if optimizer.weight_decay else []
    return f"one of {type(optimizer).__name__} with {', '.join(settings[:-1])}{' and ' if settings[1:] else ''}{settings[-1]}"


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
