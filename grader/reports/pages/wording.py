"""The lab's own words for what pictures show."""

from __future__ import annotations

from collections.abc import Mapping

from grader.model.story import Chapter
from grader.reports.pages.picture import number

__all__ = ["Words", "close", "ran_away"]


class Words:
    """A chapter's words.  unit: what the pictures count on their first axis, in the singular."""

    def __init__(self, chapter: Chapter) -> None:
        words: Mapping[str, str] = chapter.words
        self.loss, self.weight, self.bias = (words.get(name, name) for name in ("loss", "weight", "bias"))
        self.unit = words.get("epoch", "epoch") if chapter.unit == "epoch" else "step"

    def count(self, of: float) -> str:
        """So many units: `1 epoch`, `15 iterations`."""
        return f"{number(of) if of % 1 else int(of)} {self.unit}" + ("" if of == 1 else "s")


def close(a: float, b: float) -> bool:
    """Whether two numbers are the same to a reader."""
    return bool(abs(a - b) <= 1e-3 * (abs(b) + 1e-3))


def ran_away(first: float, last: float) -> bool:
    """Whether a number that began at `first` has left all bounds."""
    return not abs(last) <= 1e4 * (1 + abs(first))
