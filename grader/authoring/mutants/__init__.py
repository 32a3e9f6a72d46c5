"""Every way that students go wrong, made from a reference's own syntax tree.

    operator.py   Operator, Must, Mutant: a mistake, what the grader must say of it, and the notebook that has it
    stepping.py   backward, zero_grad, step: left out, not called, in the wrong place
"""

from grader.authoring.mutants.operator import Must, Mutant, Operator, mutants_of
from grader.authoring.mutants.stepping import STEPPING

__all__ = ["OPERATORS", "Must", "Mutant", "Operator", "mutants_of"]

OPERATORS: tuple[Operator, ...] = (*STEPPING,)
"""Every operator, in the order of the matrix."""
