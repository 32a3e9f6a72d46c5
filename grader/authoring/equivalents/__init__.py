"""Right work in other words: rewrites of a reference that must lose nothing, on any seed.

    rewrite.py    Rewrite, Equivalent: another way to write it, and the notebook that has it
    looping.py    while, functions, classes, comprehensions, other cells
    moving.py     an optimizer for lines by hand and back, other ways to move, to clear, to ask for gradients
    comparing.py  the loss in other words
    feeding.py    the data by other ways, double precision, seeds, another model first, a Module for tensors
    showing.py    names, lists, figures, fits, predictions, surfaces
"""

from grader.authoring.equivalents.comparing import COMPARING
from grader.authoring.equivalents.feeding import FEEDING
from grader.authoring.equivalents.looping import LOOPING
from grader.authoring.equivalents.moving import MOVING
from grader.authoring.equivalents.rewrite import Equivalent, Rewrite, equivalents_of
from grader.authoring.equivalents.showing import SHOWING

__all__ = ["REWRITES", "Equivalent", "Rewrite", "equivalents_of"]

REWRITES: tuple[Rewrite, ...] = (*LOOPING, *MOVING, *COMPARING, *FEEDING, *SHOWING)
"""Every rewrite, in the order of the table."""
