"""What a mutant is: one mistake, made in one place of a reference, and the cause that the grader must name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import libcst as cst

from grader.authoring.syntax.work import Change, Work

__all__ = ["Must", "Mutant", "Operator", "Site", "mutants_of", "must", "operator", "remark", "site"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Must:
    """What the report on a mutant must say.

    causes: rules of which the report's cause must be one; where there are several, `why` gives the reason.
    remark: a rule that must be among the remarks; the mutant then costs nothing, and no cause may be named.
    """

    causes: tuple[str, ...] = ()
    remark: str = ""
    why: str = ""

    @property
    def costs(self) -> bool:
        """Whether the mistake must lose points."""
        return not self.remark


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A place where the mistake fits: the change that makes it, and what it must get there."""

    change: Change
    must: Must


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """A mistake that students make.

    name: with hyphens.  sentence: what the student did, in the past tense.  sites: every place of a work where it fits.
    """

    name: str
    sentence: str
    sites: Callable[[Work], Iterator[Site]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One mistake in one place.  turn counts the places of an operator in an exercise, from 1."""

    work: Work
    operator: Operator
    turn: int
    site: Site

    @property
    def name(self) -> str:
        """`drop-backward`, `drop-backward-2` for the second place."""
        return self.operator.name if self.turn == 1 else f"{self.operator.name}-{self.turn}"

    @property
    def data(self) -> bytes:
        """The notebook as handed in."""
        return self.work.written(self.site.change)


Sites = Iterator[Site | Mapping[int, cst.Module]]


def must(*causes: str, why: str = "") -> Must:
    """The cause that must be named: the first; others are as right, for the reason given."""
    return Must(causes=causes, why=why)


def remark(rule: str) -> Must:
    """A remark that must be made, at no cost."""
    return Must(remark=rule)


def site(trees: Mapping[int, cst.Module], wanted: Must) -> Site:
    """A place whose verdict differs from the operator's own."""
    return Site(change=Change(trees=trees), must=wanted)


def operator(name: str, sentence: str, wanted: Must) -> Callable[[Callable[[Work], Sites]], Operator]:
    """Make an operator of a function that yields changed cells; a place that must get something else yields a Site."""

    def made(find: Callable[[Work], Sites]) -> Operator:
        def sites(work: Work) -> Iterator[Site]:
            for found in find(work):
                yield found if isinstance(found, Site) else Site(change=Change(trees=found), must=wanted)

        return Operator(name=name, sentence=sentence, sites=sites)

    return made


def mutants_of(work: Work, operators: tuple[Operator, ...]) -> Iterator[Mutant]:
    """Every mutant of a reference."""
    for one in operators:
        seen = {_text(work, Change())}
        turn = 0
        for found in one.sites(work):
            text = _text(work, found.change)
            if text in seen:  # the same mistake met on two ways, or none at all
                continue
            seen.add(text)
            turn += 1
            yield Mutant(work=work, operator=one, turn=turn, site=found)


def _text(work: Work, change: Change) -> tuple[str, ...]:
    """What stands in the cells that students fill in."""
    return tuple(work.source(cell, change) for cell in work.trees)
