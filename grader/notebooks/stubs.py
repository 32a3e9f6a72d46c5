"""From the text of a reference's cell to what students receive: solutions out, the broken lines of a mending task in.

Markers stand on lines of their own:

    ### BEGIN SOLUTION … ### END SOLUTION          becomes `# YOUR CODE HERE`
    ### BEGIN STUB … ### END STUB                  directly after a solution: its lines, commented out in the reference,
                                                   take the solution's place (without a hint that something was there)
    ### BEGIN HIDDEN TESTS … ### END HIDDEN TESTS  disappears
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from grader.model.errors import AuthorError

__all__ = ["CODE_HERE", "TEXT_HERE", "Region", "regions", "solution_lines", "stub_source"]

CODE_HERE = "# YOUR CODE HERE"
TEXT_HERE = "YOUR ANSWER HERE"
_MARK = re.compile(r"\s*#+\s*(BEGIN|END) (SOLUTION|STUB|HIDDEN TESTS|MARK SCHEME)\b.*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """Successive lines under one marker; kind '' is text between regions.  indent: the opening marker's, in characters."""

    kind: str
    lines: tuple[str, ...]
    indent: str = ""


def regions(source: str, where: str) -> tuple[Region, ...]:
    """Cut a cell's text at its markers.  Raises AuthorError where markers do not pair, or a STUB follows no SOLUTION."""
    found = tuple(_cut(source.split("\n"), where))
    written = [region for region in found if region.kind or any(line.strip() for line in region.lines)]
    for before, region in zip([None, *written], written, strict=False):
        if region.kind == "STUB" and (before is None or before.kind != "SOLUTION"):
            raise AuthorError("BEGIN STUB does not follow END SOLUTION directly", where=where, remedy="put what it replaces before it")
    return found


def stub_source(kind: str, source: str, *, solution: bool, where: str) -> str:
    """The text of a reference's cell as students receive it.

    kind is `code`, `markdown` or `raw`; solution says that the cell is one that students fill in.  A solution cell without
    markers is replaced whole.  Raises AuthorError for markers that do not pair, or a solution in a cell that is none.
    """
    cut = regions(source, where)
    marked = any(region.kind in ("SOLUTION", "STUB") for region in cut)
    if marked and not solution:
        what = "a solution stands in a cell that is no solution cell"
        raise AuthorError(what, where=where, remedy='set "solution": true in its nbgrader metadata')
    here = CODE_HERE if kind == "code" else TEXT_HERE
    if solution and not marked:
        return here
    lines: list[str] = []
    for position, region in enumerate(cut):
        lines += _replaced(region, cut[position + 1 :], lines, here, where)
    return "\n".join(lines).strip("\n")


def solution_lines(source: str, *, solution: bool, where: str) -> tuple[str, ...]:
    """The lines of a reference's cell that students must not receive (hidden tests included), as they stand.

    Lines that a STUB region gives back on purpose are left out.
    """
    cut = regions(source, where)
    if solution and not any(region.kind in ("SOLUTION", "STUB") for region in cut):
        return tuple(source.split("\n"))
    given_back = {line.strip() for region in cut if region.kind == "STUB" for line in _uncommented(region, where)}
    hidden = (line for region in cut if region.kind not in ("", "STUB") for line in region.lines)
    return tuple(line for line in hidden if line.strip() not in given_back)


def _cut(lines: list[str], where: str) -> Iterator[Region]:
    """Text and marked regions in turn."""
    kind, indent, gathered = "", "", list[str]()
    for number, line in enumerate(lines, start=1):
        mark = _MARK.fullmatch(line)
        if mark is None:
            gathered.append(line)
            continue
        side, named = mark[1], mark[2]
        if (side == "BEGIN") == bool(kind) or (side == "END" and named != kind):
            open_one = f"{kind} is open" if kind else "nothing is open"
            raise AuthorError(f"{side} {named} at line {number}, where {open_one}", where=where, remedy="pair BEGIN with END")
        if kind or gathered:
            yield Region(kind=kind, lines=tuple(gathered), indent=indent)
        kind, indent, gathered = (named, line[: len(line) - len(line.lstrip())], []) if side == "BEGIN" else ("", "", [])
    if kind:
        raise AuthorError(f"BEGIN {kind} is never ended", where=where, remedy="pair BEGIN with END")
    if gathered:
        yield Region(kind="", lines=tuple(gathered))


def _replaced(region: Region, after: tuple[Region, ...], before: list[str], here: str, where: str) -> list[str]:
    """The lines that stand in the stub for one region of the reference."""
    if region.kind == "STUB":
        return _uncommented(region, where)
    if region.kind == "SOLUTION":
        following = next((r for r in after if r.kind or any(line.strip() for line in r.lines)), None)
        if following is not None and following.kind == "STUB":
            return []
        indent = next((line[: len(line) - len(line.lstrip())] for line in region.lines if line.strip()), region.indent)
        body_needed = here == CODE_HERE and _opens_block(before) and not _continues(after, indent)
        return [indent + here, *([indent + "pass"] if body_needed else [])]
    return [] if region.kind else list(region.lines)


def _uncommented(region: Region, where: str) -> list[str]:
    """The lines of a STUB region as code.  Raises AuthorError for a line that is not commented out."""
    lines = []
    for line in region.lines:
        bare = line.lstrip()
        if bare and not (bare.startswith("# ") or bare == "#"):
            raise AuthorError(f"a line of a STUB region is not commented out with '# ': {bare[:60]!r}", where=where)
        lines.append((line[: len(line) - len(bare)] + bare[2:]).rstrip())
    return lines


def _code(lines: list[str] | tuple[str, ...]) -> list[str]:
    return [line for line in lines if line.strip() and not line.lstrip().startswith("#")]


def _opens_block(before: list[str]) -> bool:
    """The last line of code ends in a colon, so that Python wants an indented line next."""
    code = _code(before)
    return bool(code) and code[-1].split(" #")[0].rstrip().endswith(":")


def _continues(after: tuple[Region, ...], indent: str) -> bool:
    """The next code that stays in the stub stands at least as deep as the solution did."""
    kept = [line for region in after if not region.kind for line in _code(region.lines)]
    return bool(kept) and len(kept[0]) - len(kept[0].lstrip()) >= len(indent)
