"""A class of distinct submissions for measuring: the specimens of two exercises, varied by names, seeds and layout."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Sequence
from itertools import cycle, islice
from typing import Any

from grader.batch import Submission
from grader.catalog import Course

__all__ = ["SLUGS", "group"]

SLUGS = ("pytorch-way", "slope-and-bias")
_SLOW = frozenset({"timeout", "out-of-memory", "too-much-output", "kernel-died", "forbidden"})
"""Findings of specimens that take their time by design: no class is made of them."""


def group(course: Course, count: int, *, slugs: Sequence[str] = SLUGS) -> list[Submission]:
    """So many submissions, no two of the same bytes: right work and typical mistakes in turn."""
    specimens = [(slug, one) for slug in slugs for one in course.load(slug).specimens if one.path.suffix == ".ipynb"]
    readable = [(slug, one) for slug, one in specimens if one.finding not in {*_SLOW, "unreadable-notebook"}]
    readable.sort(key=lambda pair: (pair[1].name, pair[0]))
    found = []
    for number, (slug, one) in enumerate(islice(cycle(readable), count)):
        data = _varied(one.data, random.Random(number), number)
        found.append(Submission(student=f"student-{number:04}", exercise=slug, name=f"{slug}_{number}.ipynb", data=data))
    assert len({one.data for one in found}) == count
    return found


def _varied(data: bytes, chance: random.Random, number: int) -> bytes:
    """The same work as somebody else would have laid it out: loop variables, a seed where none is set, cells in between."""
    notebook: dict[str, Any] = json.loads(data)
    cells: list[dict[str, Any]] = notebook["cells"]
    for cell in cells:
        if cell["cell_type"] == "code" and not cell.get("metadata", {}).get("nbgrader", {}).get("locked"):
            cell["source"] = re.sub(r"\bepoch\b", f"epoch_{number}", "".join(cell["source"]))
    text = "".join("".join(cell["source"]) for cell in cells)
    if "manual_seed" not in text and "torch" in text:
        _put(cells, 0, "code", f"import torch\ntorch.manual_seed({number})")
    for _ in range(chance.randint(1, 3)):
        _put(cells, chance.randint(0, len(cells)), "markdown", f"A note of student {number}.")
    return json.dumps(notebook).encode()


def _put(cells: list[dict[str, Any]], at: int, kind: str, source: str) -> None:
    made: dict[str, Any] = {"cell_type": kind, "metadata": {}, "source": source}
    cells.insert(at, {**made, "outputs": [], "execution_count": None} if kind == "code" else made)
