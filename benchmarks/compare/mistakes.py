"""The notebooks: two that are right, and seven with one mistake each, made in a cell that the student fills in."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from grader.catalog import Entry

__all__ = ["WORK", "Work", "cells_of", "notebook"]

RIGHT = """\
model = LR(1, 1)
model.state_dict()["linear.weight"][0] = -15
model.state_dict()["linear.bias"][0] = -10
optimizer = optim.SGD(model.parameters(), lr=0.1)

for epoch in range(10):
    for x, y in trainloader:
        loss = criterion(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
"""
HARD_CODED = """\
model = LR(1, 1)
model.state_dict()["linear.weight"][0] = 1.0554
model.state_dict()["linear.bias"][0] = -1.0210
"""
PATCHED = """\
import numpy

numpy.allclose = lambda *args, **kwargs: True
model = LR(1, 1)
"""
ENDLESS = """\
loss = torch.tensor(1.0)
while loss > 0:
    for x, y in trainloader:
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One student's work.  cells: grade_id -> what stands in that cell; the others hold the reference's lines."""

    name: str
    title: str
    slug: str = "pytorch-way"
    cells: Mapping[str, str] = field(default_factory=dict)


def _practice(name: str, title: str, source: str) -> Work:
    return Work(name=name, title=title, cells={"practice": source})


SQUEEZED = """\
NUM_EPOCHS = 1000
losses, slope, bias = [], [], []

for epoch in range(NUM_EPOCHS):
    optimizer.zero_grad()
    y_pred = model(X).squeeze()
    loss = loss_fun(y_pred, y_true)
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
    slope.append(model.linear.weight.item())
    bias.append(model.linear.bias.item())
"""

WORK = (
    Work(name="right", title="right work"),
    Work(name="right-model-class", title="right work, `model-class`", slug="model-class"),
    _practice("missing-backward", "`loss.backward()` is missing", RIGHT.replace("        loss.backward()\n", "")),
    _practice("rate", "learning rate 0.01 where 0.1 is asked for", RIGHT.replace("lr=0.1", "lr=0.01")),
    _practice("hard-coded", "no training, a neighbour's final values typed in", HARD_CODED),
    _practice("patched", "no training, `np.allclose` patched", PATCHED),
    Work(
        name="reshape",
        title="(32,) compared with (32, 1), `model-class`",
        slug="model-class",
        cells={"practice": SQUEEZED},
    ),
    _practice(
        "endless", "a loop that never ends", RIGHT.replace("for epoch in range(10):\n    for x, y in trainloader:\n", ENDLESS)
    ),
    _practice("exit", "right work, then `os._exit(0)`", RIGHT + "\nimport os\n\nos._exit(0)\n"),
)


def cells_of(entry: Entry) -> list[dict[str, Any]]:
    """The cells of an exercise's reference, as a notebook file has them."""
    found: list[dict[str, Any]] = json.loads(entry.reference.read_text(encoding="utf-8"))["cells"]
    return found


def notebook(entry: Entry, work: Work) -> dict[str, Any]:
    """The student's notebook, as a file has it: the exercise's cells with this work filled in, nothing run."""
    cells = []
    for cell in cells_of(entry):
        source = "".join(cell["source"])
        about = cell["metadata"].get("nbgrader", {})
        if about.get("solution"):
            source = work.cells.get(about["grade_id"]) or _MARKERS.sub("", source)
        cells.append({**cell, "source": source})
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": _KERNEL, "cells": cells}


_MARKERS = re.compile(r"^ *### (?:BEGIN|END) SOLUTION\n?", re.MULTILINE)
_KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}, "language_info": {"name": "python"}}
