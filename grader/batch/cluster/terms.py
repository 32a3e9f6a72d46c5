"""What client and worker must agree on before anything is graded: the same grader, the same exercises, kernels that are confined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Self

from grader.batch.capacity import free_memory
from grader.catalog import Course, find_course
from grader.execution.choosing import confined, refusal
from grader.execution.confinement.level import Confinement
from grader.execution.confinement.probing import probe_level
from grader.execution.doctor import versions
from grader.grading import Edition
from grader.model.errors import GraderError, UsageError

__all__ = ["Member", "Terms", "joined"]

COMPARED = ("grader", "python", "torch", "numpy", "scikit-learn")
"""Whose versions stand in every report, and so must be one in a class."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The client's side: its versions, its course, the digests of its exercises (slug -> execution, judging), and what it allows."""

    versions: Mapping[str, str]
    course: str
    digests: Mapping[str, tuple[str, str]]
    unconfined: bool

    @classmethod
    def of(cls, editions: Mapping[str, Edition], course: Path, *, unconfined: bool) -> Self:
        """This process's."""
        digests = {slug: (edition.execution, edition.judging) for slug, edition in editions.items()}
        return cls(versions=dict(versions()), course=str(course), digests=digests, unconfined=unconfined)

    def plain(self) -> dict[str, Any]:
        """As plain values."""
        digests = {slug: list(pair) for slug, pair in self.digests.items()}
        return {"versions": dict(self.versions), "course": self.course, "digests": digests, "unconfined": self.unconfined}

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> Self:
        """What `plain` gave."""
        digests = {slug: (pair[0], pair[1]) for slug, pair in plain["digests"].items()}
        return cls(versions=plain["versions"], course=plain["course"], digests=digests, unconfined=plain["unconfined"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A worker as it says of itself.  level: how kernels are confined there.  refusal: why it can't take part, '' where it does."""

    address: str
    level: str
    threads: int
    memory: int
    refusal: str = ""

    def plain(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> Self:
        """What `plain` gave, whatever Dask has added on the way."""
        return cls(**{field.name: plain[field.name] for field in fields(cls)})

    def line(self) -> str:
        """In words."""
        if self.refusal:
            return f"worker {self.address} takes no part: {self.refusal}"
        return f"worker {self.address}: {self.threads} side by side, kernels confined at {self.level}, {self.memory / 2**30:.1f} GiB free"


def joined(
    terms: Terms, address: str, threads: int, *, confinement: Confinement | None = None
) -> tuple[Member, Mapping[str, Edition]]:
    """On a worker: how it stands to the terms, and its own exercises (none where it can't take part).

    confinement: what can be had there; found by trying where it is left out.
    """
    here = probe_level() if confinement is None else confinement
    member = Member(address=address, level=here.level, threads=threads, memory=free_memory())
    try:
        _same_versions(terms.versions, versions())
        if not (terms.unconfined or confined(here)):
            raise refusal(here)
        return member, _editions(terms)
    except GraderError as error:
        return Member(address=address, level=here.level, threads=threads, memory=member.memory, refusal=str(error)), {}


def _same_versions(asked: Mapping[str, str], there: Mapping[str, str]) -> None:
    """Raise UsageError where the client has something in another version, or the worker lacks what runs notebooks."""
    if not there["torch"]:
        raise UsageError("torch is not installed there", remedy="pip install 'torch-grader[instructor,cluster]'")
    other = [f"{name} {there[name]} instead of {asked[name]}" for name in COMPARED if asked[name] and asked[name] != there[name]]
    if other:
        raise UsageError(f"it has {', '.join(other)}", remedy="install the same versions on every machine: constraints.txt")


def _editions(terms: Terms) -> Mapping[str, Edition]:
    """The exercises asked for, from the course that this machine has.

    Raises UsageError where there is no course, or it, or the grader's own code, is not the client's.
    """
    course = _course(terms.course)
    found = {slug: Edition.of(course.load(slug)) for slug in terms.digests}
    for slug, edition in found.items():
        if (edition.execution, edition.judging) != terms.digests[slug]:
            what = f"{slug} is another one there than here, or the grader's code is"
            remedy = "bring the course and the grader there up to date, then restart the worker"
            raise UsageError(what, where=str(course.root), remedy=remedy)
    return found


def _course(named: str) -> Course:
    """The course of this machine ($GRADER_COURSE, else the one around the working folder), else where the client has it."""
    try:
        return find_course()
    except UsageError:
        try:
            return find_course(Path(named))
        except UsageError:
            remedy = "set GRADER_COURSE for the worker, or have the course at the same path"
            raise UsageError("no course there", where=named, remedy=remedy) from None
