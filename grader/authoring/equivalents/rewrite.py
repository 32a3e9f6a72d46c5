"""What an equivalent is: a reference written in another way that is as right, and must lose nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import libcst as cst

from grader.authoring.syntax.editing import Edit
from grader.authoring.syntax.work import Change, Work

__all__ = ["Edits", "Equivalent", "Found", "Rewrite", "equivalents_of", "rewrite"]

Edits = Mapping[cst.CSTNode, Edit]
Found = Iterator[tuple[int, Edits] | Change]
"""What a rewrite yields: edits of a cell's nodes, or cells put in; all of them together make the notebook."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrite:
    """Another way to write right work.

    name: with hyphens.  sentence: what the student did, in the past tense.  change: of a work; None where it does not fit.
    """

    name: str
    sentence: str
    change: Callable[[Work], Change | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Equivalent:
    """A reference rewritten, to be run under a seed of the validator's."""

    work: Work
    rewrite: Rewrite
    change: Change
    seed: int

    @property
    def name(self) -> str:
        """`while-for-for, seed 3`."""
        return f"{self.rewrite.name}, seed {self.seed}"

    @property
    def data(self) -> bytes:
        """The notebook as handed in, which notes its seed: the judge draws by the bytes, and so other numbers under each seed."""
        return self.work.written(self.change, noted={"validation": {"seed": self.seed}})


def rewrite(name: str, sentence: str) -> Callable[[Callable[[Work], Found]], Rewrite]:
    """Make a rewrite of a function that yields edits of every place where it fits."""

    def made(find: Callable[[Work], Found]) -> Rewrite:
        def change(work: Work) -> Change | None:
            edits: dict[int, dict[cst.CSTNode, Edit]] = {}
            before: dict[int, tuple[str, ...]] = {}
            after: dict[int, tuple[str, ...]] = {}
            trees: dict[int, cst.Module] = {}
            for found in find(work):
                if isinstance(found, Change):
                    trees |= found.trees
                    before |= found.before
                    after |= found.after
                else:
                    edits.setdefault(found[0], {}).update(found[1])
            trees |= {cell: work.edited(cell, nodes)[cell] for cell, nodes in edits.items()}
            whole = Change(trees=trees, before=before, after=after)
            return whole if work.written(whole) != work.written() else None

        return Rewrite(name=name, sentence=sentence, change=change)

    return made


def equivalents_of(work: Work, rewrites: tuple[Rewrite, ...], seeds: range) -> Iterator[Equivalent]:
    """Every rewrite that fits the reference, under each of the seeds."""
    for one in rewrites:
        change = one.change(work)
        if change is not None:
            for seed in seeds:
                yield Equivalent(work=work, rewrite=one, change=change, seed=seed)
