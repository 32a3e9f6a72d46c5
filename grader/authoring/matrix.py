"""The matrix exercise × mutant, out of results: counted, as Markdown, as JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from grader.authoring.mutants import OPERATORS
from grader.authoring.trying import Result

__all__ = ["Tally", "json_of", "markdown", "matrix", "tally"]

_MARKS: Mapping[str, str] = {"named": "✓", "misnamed": "~", "missed": "✗", "equivalent": "="}
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
        said = [f"{self.declared} of {self.trials} as declared"]
        if self.mutants:
            same = f", {self.same} equivalent" if self.same else ""
            said.append(f"{self.caught} of {self.mutants - self.same} mutants caught, {self.named} rightly named{same}")
        if self.equivalents:
            said.append(f"{self.kept} of {self.equivalents} right rewrites kept every point")
        return "; ".join(said)


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
    """The Markdown table: a row for each operator, a column for each exercise; a cell says what became of every place."""
    mutants = [one for one in results if one.case.kind == "mutant"]
    slugs = list(dict.fromkeys(one.case.exercise for one in results))
    rows = []
    for operator in OPERATORS:
        mine = [one for one in mutants if _operator(one) == operator.name]
        cells = ["".join(_MARKS[one.verdict or "missed"] for one in mine if one.case.exercise == slug) for slug in slugs]
        rows.append(f"| `{operator.name}` {operator.sentence} | {' | '.join(cells)} |")
    head = [f"| a student … | {' | '.join(slugs)} |", f"|---|{'---|' * len(slugs)}"]
    return "\n".join([*head, *rows])


def markdown(results: Sequence[Result], *, title: str = "Is the grader right?") -> str:
    """A page: what came of all, what is wrong, and the matrix."""
    wrong = [one for one in results if one.shortfalls]
    parts = [f"## {'✗' if wrong else '✓'} {title}", f"{tally(results)}."]
    if wrong:
        parts.append("\n".join(f"- `{one.case.id}`: {_cell(told)}" for one in wrong for told in one.shortfalls))
    same = [one for one in results if one.verdict == "equivalent"]
    if any(one.case.kind == "mutant" for one in results):
        parts += [matrix(results), f"{_LEGEND}."]
    if same:
        listed = ", ".join(f"`{one.case.id}`" for one in same)
        parts.append(f"Equivalent, since measured to leave the reference's own evidence: {listed}.")
    return "\n\n".join(parts) + "\n"


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


def _operator(one: Result) -> str:
    return getattr(getattr(one.case.of, "operator", None), "name", "")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")
