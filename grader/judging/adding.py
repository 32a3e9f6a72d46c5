"""Checks and findings that are one module each: what lies in `added/` is judged and told without being named anywhere else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from grader.judging.outcomes import Judged
from grader.judging.phrases import PHRASES, Phrase
from grader.judging.view import View
from grader.model.checks import CHECKS

__all__ = ["AddedCheck", "AddedFinding", "Seen", "added_checks", "added_findings", "phrases", "titles"]

Laws = Mapping[str, Judged]
"""The task's other checks as they were judged, by id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedCheck:
    """A check of a task that trains.  title: the sentence that a student reads where the author writes no other.

    judge: from what was seen of the task and its other checks to the outcome.  Pure; `view.facts` is None where no run answers the task.
    """

    id: str
    title: str
    judge: Callable[[View, Laws], Judged]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Where a finding was seen.  cell and line: None for the run's own.  facts: what fills the phrase's braces."""

    cell: int | None = None
    line: int | None = None
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedFinding:
    """A named cause, or a remark, which costs nothing.

    see: whether and where it was seen; asked for every task, for a cause where a check of it failed.  None: the finding is told where
    a check fails with its rule.
    """

    rule: str
    phrase: Phrase
    remark: bool = False
    see: Callable[[View, Laws], Seen | None] | None = None


def added_checks() -> Mapping[str, AddedCheck]:
    """By id, in the order of their modules' names."""
    return {check.id: check for module in _modules() if isinstance(check := getattr(module, "CHECK", None), AddedCheck)}


def added_findings() -> tuple[AddedFinding, ...]:
    """In the order of their modules' names."""
    return tuple(found for module in _modules() if isinstance(found := getattr(module, "FINDING", None), AddedFinding))


def phrases() -> Mapping[str, Phrase]:
    """Every phrase of the judge."""
    return {**PHRASES, **{one.rule: one.phrase for one in added_findings()}}


def titles() -> Mapping[str, str]:
    """Every check id, with its default title."""
    return {**CHECKS, **{one.id: one.title for one in added_checks().values()}}


@cache
def _modules() -> tuple[object, ...]:
    from grader.judging import added

    names = sorted(one.name for one in iter_modules(added.__path__))
    return tuple(import_module(f"{added.__name__}.{name}") for name in names)
