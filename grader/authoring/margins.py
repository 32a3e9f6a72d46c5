"""The room between right and wrong: per check the widest right work, the nearest mistake, and the tolerance between them.

Kept as reference/<slug>/margins.toml with the digests that it came from.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from grader.authoring.trying import Result
from grader.catalog import Entry, execution_digest, judging_digest
from grader.model.errors import AuthorError

__all__ = ["FILE", "ROOM", "Margin", "Margins", "closed", "complaints", "gathered", "kept", "moved", "shown", "stale", "text"]

FILE = "margins.toml"
ROOM = 2.0
"""Right work must use up no more than the ROOMth part of what is allowed, and the nearest mistake must be ROOM times beyond it."""

TOLD, ROOM_TOLD = ("parity", "fitted"), 1.25
"""Checks whose tolerance the declaration sets and the task tells its students: it stays what they were told, with a fifth of room."""

_MOVED, _NOTHING = 3.0, 0.01
"""Seeds move strains by less than three times; below a hundredth of what is allowed, nobody minds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Margin:
    """One check: the widest strain of right work and the nearest of a mistake, each with whose it is (inf: no mistake came near).

    A strain is a deviation in units of what the check allows.
    """

    check: str
    right: float
    right_of: str
    wrong: float
    wrong_of: str

    @property
    def computed(self) -> float:
        """By what the tolerance in force would have to be multiplied to stand in the middle: the geometric mean of both strains."""
        if not self.right or not math.isfinite(self.wrong):
            return 1.0
        return math.sqrt(self.right * self.wrong)


@dataclass(frozen=True, slots=True, kw_only=True)
class Margins:
    """The margins of one exercise, by check, and what they came from."""

    digests: Mapping[str, str]
    of: tuple[Margin, ...]


def gathered(entry: Entry, results: Iterable[Result]) -> Margins:
    """The margins out of the results of one exercise: right work is the reference and its equivalents, mistakes are mutants."""
    right: dict[str, tuple[float, str]] = {}
    wrong: dict[str, tuple[float, str]] = {}
    for one in results:
        if one.case.exercise != entry.slug:
            continue
        outcomes = {f"{check.task}.{check.id}": check.outcome for check in one.report.checks}
        for check, strain in one.strains.items():
            outcome = outcomes.get(check)
            if one.case.kind in ("reference", "equivalent") and outcome == "passed" and strain >= right.get(check, (0.0, ""))[0]:
                right[check] = strain, one.case.name or "reference"
            # Within what is allowed it failed for another reason than its numbers.
            if one.case.kind == "mutant" and outcome == "failed" and 1 < strain < wrong.get(check, (math.inf, ""))[0]:
                wrong[check] = strain, one.case.name
    listed = tuple(
        Margin(check=check, right=value, right_of=name, wrong=wrong.get(check, (math.inf, ""))[0], wrong_of=wrong.get(check, (0.0, ""))[1])
        for check, (value, name) in sorted(right.items())
    )
    return Margins(digests=_digests(entry), of=listed)


def _digests(entry: Entry) -> Mapping[str, str]:
    return {"execution": execution_digest(entry), "judging": judging_digest(entry)}


def closed(margins: Margins) -> tuple[str, ...]:
    """A sentence for each check where right work comes too near the tolerance, or a mistake does."""
    told = []
    for one in margins.of:
        if one.right * (ROOM_TOLD if one.check.rpartition(".")[2] in TOLD else ROOM) > 1:
            told.append(f"{one.check}: right work ({one.right_of}) uses up {one.right:.0%} of what is allowed")
        if one.wrong < ROOM:
            told.append(f"{one.check}: the nearest mistake ({one.wrong_of}) is only {one.wrong:.2g} times beyond what is allowed")
    return tuple(told)


def moved(before: Margins, now: Margins) -> tuple[str, ...]:
    """A sentence for each check whose tolerance has become another since: a mistake came three times nearer, or right work did."""
    told, old = [], {one.check: one for one in before.of}
    for one in now.of:
        was = old.get(one.check)
        if was is None:
            continue
        if one.wrong * _MOVED < was.wrong and math.isfinite(one.wrong):
            beyond = f"was {was.wrong:.3g} times beyond what is allowed, and is {one.wrong:.3g}"
            told.append(f"{one.check}: the nearest mistake ({one.wrong_of}) {beyond}")
        if one.right > max(was.right * _MOVED, _NOTHING):
            told.append(f"{one.check}: right work ({one.right_of}) used up {was.right:.1%} of what is allowed, and uses up {one.right:.1%}")
    return tuple(told)


def stale(margins: Margins, entry: Entry) -> bool:
    """Whether exercise, recorder or judge are others than those that the margins came from."""
    return dict(margins.digests) != dict(_digests(entry))


def kept(entry: Entry) -> Margins | None:
    """What lies beside the reference, None where nothing does.  Raises AuthorError where it can't be read."""
    path = entry.reference.parent / FILE
    if not path.is_file():
        return None
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
        digests = {str(name): str(value) for name, value in found["digests"].items()}
        return Margins(digests=digests, of=tuple(_margin(check, one) for check, one in found.get("margins", {}).items()))
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise AuthorError(f"can't be read: {error}", where=str(path), remedy=_remedy(entry.slug)) from None


def _margin(check: str, one: Mapping[str, Any]) -> Margin:
    wrong, wrong_of = float(one.get("wrong", math.inf)), str(one.get("wrong-of", ""))
    return Margin(check=check, right=float(one["right"]), right_of=str(one["right-of"]), wrong=wrong, wrong_of=wrong_of)


def text(margins: Margins) -> str:
    """The file."""
    parts = [
        "# Strains: deviations in units of what each check allows.  Written by `grader validate --margins`; not to be edited.",
        "[digests]",
        *(f'{name} = "{value}"' for name, value in margins.digests.items()),
    ]
    for one in margins.of:
        parts += ["", f'[margins."{one.check}"]', f"right = {one.right:.3g}", f'right-of = "{one.right_of}"']
        if math.isfinite(one.wrong):
            parts += [f"wrong = {one.wrong:.3g}", f'wrong-of = "{one.wrong_of}"']
    return "\n".join(parts).replace("e+", "e") + "\n"


def _remedy(slug: str) -> str:
    return f"write it anew: grader validate {slug} --margins"


def complaints(entry: Entry) -> tuple[str, ...]:
    """What is wrong with the margins kept beside a reference: that they are stale, or that a gap has closed."""
    found = kept(entry)
    if found is None:
        return ()
    told = [f"{entry.slug}: {FILE} came from another exercise, recorder or judge ({_remedy(entry.slug)})"] if stale(found, entry) else []
    return (*told, *(f"{entry.slug}, {one}" for one in closed(found)))


def shown(entry: Entry) -> str:
    """The margins as a table in text: check, widest right work, nearest mistake."""
    found = kept(entry)
    if found is None:
        return f"{entry.slug} has no {FILE} ({_remedy(entry.slug)})\n"
    rows = [("check", "right work", "", "nearest mistake", "")]
    for one in found.of:
        beyond = f"{one.wrong:.3g} times beyond" if math.isfinite(one.wrong) else "none near"
        rows.append((one.check, f"{one.right:.1%} of what is allowed", one.right_of, beyond, one.wrong_of))
    widths = [max(len(row[i]) for row in rows) for i in range(5)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([*lines, *(["", "stale: " + _remedy(entry.slug)] if stale(found, entry) else [])]) + "\n"
