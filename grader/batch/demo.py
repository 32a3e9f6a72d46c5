"""The bundled class: specimens of the course as if students had handed them in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from grader.batch.submission import Submission
from grader.catalog import Entry, Specimen

__all__ = ["FEWEST", "bundled_class"]

FEWEST = 24
"""Submissions in the class, where the course has as many specimens."""

_NAMES = (
    "Ada", "Amir", "Anke", "Bela", "Bruno", "Chidi", "Chiara", "Dana", "Emil", "Esra", "Farid", "Fatou", "Greta", "Hana", "Hugo",
    "Ines", "Ivo", "Jana", "Jonas", "Kai", "Kofi", "Lena", "Linh", "Luca", "Maja", "Malik", "Mina", "Nils", "Noor", "Olga", "Omar",
    "Pia", "Quinn", "Rosa", "Ruben", "Sana", "Selma", "Tariq", "Tove", "Uma", "Vera", "Wei", "Xenia", "Yara", "Yusuf", "Zoe", "Zeno",
)


def bundled_class(entries: Sequence[Entry]) -> tuple[Submission, ...]:
    """At least 24 submissions over all exercises (all there are, where there are fewer), a student's name to each.

    Each exercise gives right work and different mistakes; the same course always gives the same class.
    """
    share = -(-FEWEST // max(1, len(entries)))
    chosen = [(entry, one) for entry in entries for one in _varied(entry.specimens)[:share]]
    return tuple(
        Submission(student=_name(index), exercise=entry.exercise.slug, name=one.path.name, data=one.path.read_bytes())
        for index, (entry, one) in enumerate(chosen)
    )


def _varied(specimens: Sequence[Specimen]) -> list[Specimen]:
    """The specimens, one of each finding before a second of any: right work first.

    Those that need limits or a kernel of their own are left out: in a class they would take what the exercise allows.
    """
    specimens = [one for one in specimens if one.limits is None and not one.confined]
    seen: Counter[str] = Counter()
    turns: dict[str, int] = {}
    ordered = sorted(specimens, key=lambda one: (one.finding != "", one.name))
    for one in ordered:
        turns[one.name] = seen[one.finding]
        seen[one.finding] += 1
    return sorted(ordered, key=lambda one: turns[one.name])


def _name(index: int) -> str:
    turn, place = divmod(index, len(_NAMES))
    return _NAMES[place] if turn == 0 else f"{_NAMES[place]} {turn + 1}"
