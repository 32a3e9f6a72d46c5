"""All there is to say to a student who asks, in words; how it looks is for others."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from grader.reports.pages.picture import Picture

__all__ = ["Answer", "Cause", "Row", "State"]

State = Literal["right", "open", "wrong", "restart", "trouble"]
"""`right`: all that can be seen here passes.  `open`: nothing to judge yet, or something could not be seen.  `wrong`: a check fails.
`restart`: what was seen says too little.  `trouble`: the check itself could not be made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One check: its outcome as a word and a sign, what it claims, what was seen where it does not hold."""

    task: str
    kind: str
    sign: str
    word: str
    title: str
    said: str = ""
    points: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """The one cause that matters most, as plainly as it is to be told.

    place: '' where there is none.  hint: '' until it is asked for.  excerpt: (line number, text, whether it is the one).
    reading: (text, address).  more: what to do for a plainer answer, '' where there is none.
    """

    headline: str
    message: str
    place: str = ""
    likely: bool = False
    hint: str = ""
    excerpt: tuple[tuple[int, str, bool], ...] = ()
    reading: tuple[tuple[str, str], ...] = ()
    more: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """notes: about how the cells ran, before all else.  remains: what is judged after handing in alone."""

    state: State
    headline: str
    title: str = ""
    notes: tuple[str, ...] = ()
    cause: Cause | None = None
    rows: tuple[Row, ...] = ()
    remarks: tuple[str, ...] = ()
    picture: Picture | None = field(default=None, compare=False)
    remains: tuple[str, ...] = ()
