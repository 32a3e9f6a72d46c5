"""`trained-in-eval-mode`: the model that the run trained was last told eval() before the run began."""

from __future__ import annotations

import numpy as np

from grader.judging.adding import AddedFinding, Laws, Seen
from grader.judging.phrases import Phrase
from grader.judging.view import View

__all__ = ["FINDING"]


def _see(view: View, judged: Laws) -> Seen | None:  # noqa: ARG001 - every finding is asked alike
    if view.facts is None:
        return None
    run = view.facts.trace.run
    own = set(run.tokens[0].tolist())
    modes = view.evidence.events.of("train", "eval")
    modes = modes.take(modes.seq < run.seq[-1])
    mine = view.evidence.holders(own)
    half = modes.take(np.isin(modes.object, mine) & (modes.seq <= run.seq[len(run) // 2]))
    return Seen() if len(half) and half[-1].kind == "eval" else None


FINDING = AddedFinding(
    rule="trained-in-eval-mode",
    phrase=Phrase(
        "The model was in eval mode while it trained. (Costs nothing here: no part of this model minds.)",
        "Call train() before training and eval() before testing.",
    ),
    remark=True,
    see=_see,
)
