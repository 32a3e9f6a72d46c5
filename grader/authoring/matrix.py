"""The matrix exercise × mutant, out of results: counted, as Markdown, as JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from grader.authoring.equivalents import REWRITES
from grader.authoring.mutants import OPERATORS
from grader.authoring.trying import Result
from grader.grading import proof

__all__ = ["BEGIN", "END", "SUMMARY", "Tally", "json_of", "markdown", "matrix", "rewrites", "summary", "tally", "within", "written"]

BEGIN, END = "<!-- validation -->", "<!-- end of validation -->"
"""Between these lines a text holds the page, and is written anew there."""
SUMMARY = "<!-- validation in short -->", "<!-- end of validation in short -->"
"""The same for the summary."""
_MARKS: Mapping[str, str] = {"named": "✓", "misnamed": "~", "missed": "✗", "equivalent": "=", "kept": "✓", "lost": "✗"}
_LEGEND = "✓ loses points and its cause is named, ~ loses points under another cause, ✗ not caught, = leaves the reference's own evidence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Numbers of results: trials (reference, stub, specimens) and those as declared; mutants by verdict; equivalents and those kept."""

    trials: int = 0
    declared: int = 0
    mutants: int = 0
    named: int = 0
    misnamed: int = 0
    missed: int = 0
    same: int = 0
    equivalents: int = 0
    kept: int = 0

    @property
    def caught(self) -> int:
        """Mutants that got what they must, or at least lost points."""
        return self.named + self.misnamed

    @property
    def share(self) -> float:
        """The share of mutants, equivalent ones left out, that got exactly the right finding; 1 where there is none."""
        real = self.mutants - self.same
        return self.named / real if real else 1.0

    def __str__(self) -> str:
        said = [f"{self.declared} of {self.trials} as declared"] if self.trials else []
        if self.mutants:
            same = f", {self.same} equivalent" if self.same else ""
            said.append(f"{self.caught} of {self.mutants - self.same} mutants caught, {self.named} rightly named{same}")
        if self.equivalents:
            said.append(f"{self.kept} of {self.equivalents} right rewrites kept every point")
        return "; ".join(said) or "nothing tried"


def tally(results: Iterable[Result]) -> Tally:
    """Count."""
    listed = list(results)
    verdicts = Counter(one.verdict for one in listed)
    trials = [one for one in listed if one.case.kind in ("reference", "stub", "specimen")]
    return Tally(
        trials=len(trials),
        declared=sum(not one.shortfalls for one in trials),
        mutants=sum(one.case.kind == "mutant" for one in listed),
        named=verdicts["named"],
        misnamed=verdicts["misnamed"],
        missed=verdicts["missed"],
        same=verdicts["equivalent"],
        equivalents=sum(one.case.kind == "equivalent" for one in listed),
        kept=verdicts["kept"],
    )


def matrix(results: Sequence[Result]) -> str:
    """A Markdown table of mutants: a row for each operator, a column for each exercise, a mark for each place where it fits."""
    rows = [(f"`{one.name}` {one.sentence}", one.name) for one in OPERATORS]
    return _table("a student …", rows, [one for one in results if one.case.kind == "mutant"])


def rewrites(results: Sequence[Result]) -> str:
    """A Markdown table of equivalents: a row for each rewrite, a column for each exercise, a mark for each seed."""
    rows = [(f"`{one.name}` {one.sentence}", one.name) for one in REWRITES]
    return _table("a student who is right …", rows, [one for one in results if one.case.kind == "equivalent"])


def _table(title: str, rows: Sequence[tuple[str, str]], results: Sequence[Result]) -> str:
    slugs = list(dict.fromkeys(one.case.exercise for one in results))
    cells: dict[tuple[str, str], str] = {}
    for one in results:
        place = one.case.what, one.case.exercise
        cells[place] = cells.get(place, "") + _MARKS[one.verdict or "missed"]
    lines = [f"| {title} | {' | '.join(slugs)} |", f"|---|{'---|' * len(slugs)}"]
    lines += [f"| {said} | {' | '.join(cells.get((name, slug), '') for slug in slugs)} |" for said, name in rows]
    return "\n".join(lines)


def markdown(results: Sequence[Result], *, title: str = "Is the grader right?") -> str:
    """A page: what came of all, what is wrong, and both tables."""
    wrong = [one for one in results if one.shortfalls]
    said = f"{tally(results)}. {_under(results)}".strip()
    parts = [f"## {'✗' if wrong else '✓'} {title}", said]
    if wrong:
        parts.append("\n".join(f"- `{one.case.id}`: {_cell(told)}" for one in wrong for told in one.shortfalls))
    if any(one.case.kind == "mutant" for one in results):
        parts += [matrix(results), f"{_LEGEND}."]
        same = ", ".join(f"`{one.case.id}`" for one in results if one.verdict == "equivalent")
        parts += [f"Equivalent, since measured to leave the reference's own evidence: {same}."] if same else []
    if any(one.case.kind == "equivalent" for one in results):
        parts += [rewrites(results), "✓ keeps every point, ✗ does not; a mark for each seed."]
    return "\n\n".join(parts) + "\n"


def summary(results: Sequence[Result]) -> str:
    """A Markdown table with a row for each exercise: what was tried, what came of it."""
    slugs = list(dict.fromkeys(one.case.exercise for one in results))
    rows = [(f"`{slug}`", tally(one for one in results if one.case.exercise == slug)) for slug in slugs] + [("all", tally(results))]
    lines = [
        "| | reference, stub, specimens as declared | mutants that lose points | rightly named | equivalent | rewrites that keep all |",
        "|---|---|---|---|---|---|",
    ]
    for name, told in rows:
        real = told.mutants - told.same
        named = f"{told.named} of {real}" + (f" ({100 * told.share:.1f} %)" if name == "all" else "")
        declared, kept = f"{told.declared} of {told.trials}", f"{told.kept} of {told.equivalents}"
        cells = (declared, f"{told.caught} of {real}", named, str(told.same), kept)
        lines.append(f"| {name} | {' | '.join(cells)} |")
    other = [f"`{one.case.id}`: {_cell(one.got)}" for one in results if one.verdict in ("misnamed", "missed")]
    parts = ["\n".join(lines), f"Under another cause than the one to be named: {'; '.join(other)}." if other else "", _under(results)]
    return "\n\n".join(part for part in parts if part) + "\n"


def written(text: str, results: Sequence[Result]) -> str:
    """A text with the page and the summary between their markers, as far as it has them, all else as it was; else the page alone."""
    page = markdown(results)
    if SUMMARY[0] not in text:
        return within(text, page)
    text = within(text, summary(results), SUMMARY)
    return within(text, page) if BEGIN in text else text


def within(text: str, page: str, markers: tuple[str, str] = (BEGIN, END)) -> str:
    """A text with the page between its markers, all else as it was; the page alone where it has none."""
    before, begun, rest = text.partition(markers[0])
    _, ended, after = rest.partition(markers[1])
    return f"{before}{begun}\n{page}{ended}{after}" if begun and ended else page


def _under(results: Sequence[Result]) -> str:
    """The versions that the reports were made under."""
    return f"Under {proof.versions(results[0].report)}." if results else ""


def json_of(results: Sequence[Result]) -> str:
    """The documented record: format, counts, and every case with what it got."""
    cases = [
        {
            "id": one.case.id, "exercise": one.case.exercise, "kind": one.case.kind, "name": one.case.name, "verdict": one.verdict,
            "got": one.got, "wanted": one.wanted, "measured": one.measured, "shortfalls": list(one.shortfalls),
            "score": one.report.score, "max_score": one.report.max_score, "pending": one.report.pending, "seconds": round(one.seconds, 3),
        }
        for one in results
    ]  # fmt: skip
    total = tally(results)
    counts = {name: getattr(total, name) for name in Tally.__slots__}
    return json.dumps({"format": 1, "counts": counts, "cases": cases}, indent=1, ensure_ascii=False) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")
