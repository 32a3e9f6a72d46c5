"""A submission's case before the judge, made in one thread at a time."""

from __future__ import annotations

import threading

from grader import judging
from grader.model.exercise import Exercise
from grader.model.notebook import Notebook

__all__ = ["case_of"]

_TURN = threading.Lock()
# CPython 3.11 and 3.12 count the depth of a syntax tree once for the whole interpreter: of two threads that parse at the same time,
# one may end in "SystemError: AST constructor recursion depth mismatch", and a right submission in a fault of ours.  A library
# may parse as well (inspect does for signatures), so that after such an error the second try stands.


def case_of(exercise: Exercise, notebook: Notebook) -> judging.Case:
    """The case, its sources parsed: all of judging that may not be done side by side."""
    with _TURN:
        try:
            return judging.Case(exercise, notebook)
        except SystemError:
            return judging.Case(exercise, notebook)
