"""Run the comparison, print it as it comes, and with --write put its table into the README."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.compare import environment, nbgraded, ottered, ours
from benchmarks.compare.mistakes import WORK, Work, cells_of, notebook
from benchmarks.compare.process import Verdict, say
from benchmarks.compare.table import README, machine, shortened, table, with_part
from benchmarks.compare.tests import TESTS
from grader.catalog import Course, Entry

ROOT = Path(__file__).parents[2]
PATIENCE = 120.0
"""Seconds that a peer's command gets over what a cell may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The graders, each with what it needs; `graders` maps a title to a function of entry, work and notebook."""

    folder: Path
    environment: environment.Environment
    entries: Mapping[str, Entry]
    graders: dict[str, Callable[[Entry, Work, Mapping[str, Any]], Verdict]] = field(default_factory=dict)

    def add_ours(self) -> None:
        """This grader."""

        def graded(entry: Entry, work: Work, made: Mapping[str, Any]) -> Verdict:
            return ours.graded(ROOT, entry.slug, made, self.place("ours", work), _cell_seconds(entry) * 3 + PATIENCE)

        self.graders[f"torch-grader {version('torch-grader')}"] = graded

    def add_nbgrader(self) -> None:
        """A course of nbgrader's with both exercises."""
        courses = {}
        for slug, entry in self.entries.items():
            folder = self.folder / f"nbgrader-{slug}"
            folder.mkdir()
            courses[slug] = nbgraded.Nbgrader(environment=self.environment, folder=folder, cell_seconds=_cell_seconds(entry))
            courses[slug].assign(slug, nbgraded.source(cells_of(entry), TESTS[slug]), entry.files)

        def graded(entry: Entry, work: Work, made: Mapping[str, Any]) -> Verdict:
            courses[entry.slug].submit(entry.slug, work.name, made["cells"], entry.files)
            return courses[entry.slug].graded(entry.slug, work.name, _cell_seconds(entry) + PATIENCE)

        self.graders[f"nbgrader {self.environment.version('nbgrader')}"] = graded

    def add_otter(self) -> None:
        """Otter-grader's zips for both exercises."""
        folder = self.folder / "otter"
        folder.mkdir()
        otter = ottered.Otter(environment=self.environment, folder=folder)
        for slug, entry in self.entries.items():
            otter.assign(slug, entry.files)

        def graded(entry: Entry, work: Work, made: Mapping[str, Any]) -> Verdict:
            return otter.graded(entry.slug, made["cells"], self.place("otter", work), _cell_seconds(entry) + PATIENCE)

        self.graders[f"otter-grader {self.environment.version('otter-grader')}"] = graded

    def place(self, grader: str, work: Work) -> Path:
        """A new folder for one command."""
        made = self.folder / f"{grader}-{work.name}"
        made.mkdir()
        return made


def _cell_seconds(entry: Entry) -> float:
    """When a cell is stopped: here as the exercise says, and so in nbgrader's setting."""
    return entry.exercise.limits.cell_seconds


def main() -> None:
    """Compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the table into the README")
    parser.add_argument("--only", metavar="NAME", help="one of the notebooks: " + ", ".join(work.name for work in WORK))
    asked = parser.parse_args()
    chosen = [work for work in WORK if asked.only in {None, work.name}]
    with tempfile.TemporaryDirectory() as folder:
        entries = {slug: Course(root=ROOT).load(slug) for slug in TESTS}
        comparison = Comparison(folder=Path(folder), environment=environment.made(), entries=entries)
        comparison.add_ours()
        if "nbgrader" not in comparison.environment.missing:
            comparison.add_nbgrader()
        if "otter-grader" not in comparison.environment.missing:
            comparison.add_otter()
        rows = {work.title: compared(comparison, work) for work in chosen}
    content = f"{table(rows, list(comparison.graders))}\n{machine()}.  Written by `make compare`."
    say(f"\n{content}")
    if asked.write and not asked.only:
        README.write_text(with_part(README.read_text(encoding="utf-8"), "compare", content), encoding="utf-8")


def compared(comparison: Comparison, work: Work) -> list[Verdict]:
    """One notebook through all of them, one after the other."""
    entry = comparison.entries[work.slug]
    made = notebook(entry, work)
    say(f"\n{work.name}: {work.title}")
    verdicts = []
    for name, graded in comparison.graders.items():
        verdicts.append(found := graded(entry, work, made))
        points = "no result" if found.points is None else f"{found.points:g} of {found.of:g}"
        say(f"  {name:<22} {points:>10} {found.seconds:7.1f} s  {found.named} {shortened(found.told)}")
    return verdicts


if __name__ == "__main__":
    main()
