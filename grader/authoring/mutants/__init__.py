"""Every way that students go wrong, made from a reference's own syntax tree.

    operator.py    Operator, Must, Mutant: a mistake, what the grader must say of it, and the notebook that has it
    stepping.py    backward, zero_grad, step: left out, not called, in the wrong place
    steering.py    the rate, the optimizer, the sign, whose gradient
    counting.py    epochs, batches, the order and number of rows
    losses.py      another loss, over other pairs, or without a history
    starting.py    the start: other values, not set, set too late
    modelling.py   the model: in the loop, without a bias or activation, in another mode
    data.py        other rows, other columns, names that hide the data
    recording.py   lists: the moment, the interval, the things in them
    pretending.py  work that looks done
    showing.py     predictions, scikit-learn's fit, figures
    slipping.py    slips that stop a cell, and lines too many
    answering.py   answers, the surface of the loss

An operator applies wherever its mistake fits in the cells that students fill in; the given cells stay.  What must be said of a
mutant follows from the mistake, and where it depends on what the exercise asks for, from the declaration.
"""

from grader.authoring.mutants.answering import ANSWERING
from grader.authoring.mutants.counting import COUNTING
from grader.authoring.mutants.data import DATA
from grader.authoring.mutants.losses import LOSSES
from grader.authoring.mutants.modelling import MODELLING
from grader.authoring.mutants.operator import Must, Mutant, Operator, mutants_of
from grader.authoring.mutants.pretending import PRETENDING
from grader.authoring.mutants.recording import RECORDING
from grader.authoring.mutants.showing import SHOWING
from grader.authoring.mutants.slipping import SLIPPING
from grader.authoring.mutants.starting import STARTING
from grader.authoring.mutants.steering import STEERING
from grader.authoring.mutants.stepping import STEPPING

__all__ = ["OPERATORS", "Must", "Mutant", "Operator", "mutants_of"]

OPERATORS: tuple[Operator, ...] = (
    *STEPPING, *STEERING, *COUNTING, *LOSSES, *SLIPPING, *STARTING, *MODELLING, *DATA, *RECORDING, *PRETENDING, *SHOWING, *ANSWERING,
)  # fmt: skip
"""Every operator, in the order of the matrix."""
