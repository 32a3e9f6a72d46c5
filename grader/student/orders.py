"""What ran in a kernel, as the notebooks that a clean run could have had: each cell once, in the notebook's order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from grader.model.evidence import Evidence
from grader.model.notebook import Cell, Notebook
from grader.notebooks import Scaffold, align
from grader.student.ran import Ran

__all__ = ["Order", "orders", "reordered", "repeated", "seen"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One choice of executions, a single one for each cell.

    kept: execution number -> that of the execution of the same cell which stands for it.  The notebook's cells carry these numbers.
    """

    notebook: Notebook
    kept: Mapping[int, int]


def orders(ran: Sequence[Ran], scaffold: Scaffold, name: str) -> tuple[Order, ...]:
    """The choices worth judging, best first: of each cell its last execution; and where a cell ran several times as it is now, the first
    of those, since what came after may have gone on where it ended."""
    cells: dict[str, list[Ran]] = {}
    for one in ran:
        cells.setdefault(one.key, []).append(one)
    last = [all_of[-1] for all_of in cells.values()]
    first = [next(one for one in all_of if one.text == all_of[-1].text) for all_of in cells.values()]
    made = [_order(last, cells, scaffold, name)]
    if first != last:
        made.append(_order(first, cells, scaffold, name))
    return tuple(made)


def _order(chosen: list[Ran], cells: Mapping[str, list[Ran]], scaffold: Scaffold, name: str) -> Order:
    """The notebook of these executions, its cells in the order in which each was met first."""
    known = {cell.grade_id for cell in scaffold.cells}
    made = (
        Cell(index=one.number, kind="code", source=one.source, grade_id=one.cell if one.cell in known else None) for one in chosen
    )  # a stub's cells are named by their grade ids, which front ends that know names pass on
    kept = {one.number: choice.number for choice in chosen for one in cells[choice.key]}
    return Order(notebook=align(Notebook(name=name, cells=tuple(made)), scaffold), kept=kept)


def seen(evidence: Evidence, order: Order) -> Evidence:
    """The evidence of the executions that were chosen, and of no other; cells that define code are those that stand for them."""
    chosen = {-1, *order.kept.values()}
    numbers = sorted(chosen)
    import numpy as np

    steps = []
    for one in evidence.steps:
        rows = np.isin(one.cell, numbers)
        columns = ("seq", "cell", "site", "loss", "tokens", "theta", "stale", "grad", "fresh", "array", "scalar")
        steps.append(replace(one, **{column: getattr(one, column)[rows] for column in columns}))
    return replace(
        evidence,
        cells=tuple(one for one in evidence.cells if one.cell in chosen),
        steps=tuple(one for one in steps if len(one)),
        events=evidence.events.take(np.isin(evidence.events.cell, numbers)),
        sites=tuple(replace(one, cell=order.kept.get(one.cell, one.cell)) for one in evidence.sites),
        leaves=tuple(one for one in evidence.leaves if one.cell in chosen),
        values=tuple(one for one in evidence.values if one.cell in chosen),
        figures=tuple(one for one in evidence.figures if one.cell in chosen),
        warnings=tuple(one for one in evidence.warnings if one.cell in chosen),
    )


def repeated(ran: Sequence[Ran], order: Order) -> tuple[tuple[int, ...], ...]:
    """The numbers of each of the student's own cells that ran several times just as it is now."""
    own = {cell.index for cell in order.notebook.cells if cell.owner != "given" or cell.changed}
    groups: dict[int, list[Ran]] = {}
    for one in ran:
        groups.setdefault(order.kept[one.number], []).append(one)
    same = {at: tuple(one.number for one in all_of if one.text == all_of[-1].text) for at, all_of in groups.items() if at in own}
    return tuple(numbers for numbers in same.values() if len(numbers) > 1)


def reordered(order: Order, scaffold: Scaffold) -> tuple[int, int] | None:
    """The numbers of a cell and of one that stands above it but ran after it; None where they ran in the notebook's order."""
    places = {cell.grade_id: at for at, cell in enumerate(scaffold.cells)}
    placed = sorted((places[c.grade_id], c.index) for c in order.notebook.cells if c.grade_id in places)
    highest = -1
    for _, number in placed:
        if number < highest:
            return number, highest
        highest = max(highest, number)
    return None
