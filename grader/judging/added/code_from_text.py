"""`code-from-text`: a cell runs code that stands nowhere in the notebook as code.

What such code does is judged as any other; whose work it is, nobody can tell from evidence, so a person is asked to look.
"""

from __future__ import annotations

from grader.judging.adding import AddedFinding, Laws, Seen
from grader.judging.phrases import Phrase
from grader.judging.view import View

__all__ = ["FINDING"]


def _see(view: View, judged: Laws) -> Seen | None:  # noqa: ARG001 - every finding is asked alike
    place = view.source.woven
    return Seen(cell=place.cell, line=place.line) if place is not None else None


FINDING = AddedFinding(
    rule="code-from-text",
    phrase=Phrase(
        "Part of the code is made from text while the notebook runs. (Costs nothing; a person will look at it.)",
        "Write the code into the cell itself, where it can be read.",
    ),
    remark=True,
    see=_see,
)
