"""The comparison in Markdown, and generated parts of the README: each stands between a pair of comments."""

from __future__ import annotations

import datetime as dt
import os
import platform
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.compare.process import Verdict

__all__ = ["README", "machine", "part", "table", "with_part"]

README = Path(__file__).parents[2] / "README.md"
_LONGEST = 110
"""More characters of a message than this are cut."""


def table(rows: Mapping[str, Sequence[Verdict]], graders: Sequence[str]) -> str:
    """What each grader made of each notebook.  rows: title of the notebook -> verdicts, in the order of the graders."""
    lines = ["| the notebook | " + " | ".join(graders) + " |", "|---" * (len(graders) + 1) + "|"]
    lines.extend(f"| {title} | " + " | ".join(map(cell, verdicts)) + " |" for title, verdicts in rows.items())
    return "\n".join(lines) + "\n"


def cell(verdict: Verdict) -> str:
    """`**5 of 10** · 3.1 s · cause: message`."""
    points = "**no result**" if verdict.points is None else f"**{verdict.points:g} of {verdict.of:g}**"
    told = re.sub(r"([|`<>*_\[\]])", r"\\\1", shortened(verdict.told))
    said = f"`{verdict.named}`: {told}" if verdict.named else told
    return " · ".join(filter(None, (points, f"{verdict.seconds:.1f} s", said)))


def shortened(text: str) -> str:
    """One line, cut where it grows too long."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1].rstrip() + "…"


def machine() -> str:
    """Where and when: the date, cores, memory, how busy the machine was in the last quarter of an hour, versions."""
    import torch

    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    date = dt.datetime.now(dt.UTC).date().isoformat()
    cores = len(os.sched_getaffinity(0))
    version = torch.__version__.partition("+")[0]
    system = f"{platform.system()} {platform.machine()}, {cores} cores, {memory:.0f} GiB, load {os.getloadavg()[2]:.1f}"
    return f"{date}, {system}, Python {platform.python_version()}, torch {version}"


def part(text: str, name: str) -> str:
    """What stands between `<!-- name -->` and `<!-- /name -->`.  Raises ValueError where they are not there exactly once, in order."""
    first, last = _span(text, name)
    return text[first:last]


def with_part(text: str, name: str, content: str) -> str:
    """The text with this content there."""
    first, last = _span(text, name)
    return f"{text[:first]}\n{content.strip()}\n{text[last:]}"


def _span(text: str, name: str) -> tuple[int, int]:
    opened, closed = f"<!-- {name} -->", f"<!-- /{name} -->"
    if text.count(opened) != 1 or text.count(closed) != 1 or text.index(opened) > text.index(closed):
        raise ValueError(f"{opened} and {closed} must stand there once each, in this order")
    return text.index(opened) + len(opened), text.index(closed)
