"""One student's notebook for one exercise, as handed in."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Submission"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """name: of the file, for messages and to tell .ipynb from .py.  data: its bytes."""

    student: str
    exercise: str
    name: str
    data: bytes
