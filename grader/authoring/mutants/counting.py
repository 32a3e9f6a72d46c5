"""Mistakes with the number of steps, the size of their batches and the order of the rows."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import indent

import libcst as cst

from grader.authoring.mutants.operator import Operator, Sites, must, operator, site
from grader.authoring.syntax.editing import code, edited
from grader.authoring.syntax.formulas import formula_of, names, spelled, squared
from grader.authoring.syntax.training import Loop, loops
from grader.authoring.syntax.work import Work

__all__ = ["COUNTING"]


def _ranges(work: Work) -> Iterator[tuple[Loop, cst.Call, str]]:
    """Loops over `range(n)`: the call, and n's source."""
    for loop in loops(work):
        match loop.epochs.iter:
            case cst.Call(func=cst.Name(value="range"), args=[cst.Arg(value=count)]) as call:
                yield loop, call, code(count)


def _plus(count: str, more: int) -> str:
    if count.isdigit():
        return str(int(count) + more)
    return f"{count} {'+' if more > 0 else '-'} {abs(more)}"


@operator("counted-from-one", "counted the epochs from one, and so took one fewer", must("wrong-step-count"))
def counted_from_one(work: Work) -> Sites:
    """`range(1, n)`."""
    for loop, call, count in _ranges(work):
        if loop.task.training is not None and loop.task.training.epochs is not None:
            yield work.edited(loop.cell, {call: f"range(1, {count})"})


@operator("one-epoch-more", "took one epoch more", must("wrong-step-count"))
def one_epoch_more(work: Work) -> Sites:
    """`range(n + 1)`."""
    for loop, call, count in _ranges(work):
        if loop.task.training is not None and loop.task.training.epochs is not None:
            yield work.edited(loop.cell, {call: f"range({_plus(count, 1)})"})


@operator("tenth-of-the-epochs", "stopped after a tenth of the epochs", must("wrong-step-count"))
def tenth_of_the_epochs(work: Work) -> Sites:
    """100 epochs where 1000 converge."""
    for loop, call, count in _ranges(work):
        free = loop.task.training is not None and loop.task.training.epochs is None
        fewer = work.edited(loop.cell, {call: f"range({max(1, int(count) // 10) if count.isdigit() else f'{count} // 10'})"})
        yield site(fewer, must("not-converged")) if free else fewer


@operator("stopped-after-the-first-batch", "left the loop over the batches after the first", must("wrong-step-count", "wrong-data"))
def stopped_after_the_first_batch(work: Work) -> Sites:
    """A `break` at the end of the inner loop's body."""
    for loop in loops(work):
        if _one_by_one(loop):
            last = cst.ensure_type(loop.inner.body, cst.IndentedBlock).body[-1]
            fewer = must("wrong-step-count", "wrong-data", why="too few steps, and always the same row: both are so")
            yield site(work.edited(loop.cell, {last: [last, "break"]}), fewer)


def _one_by_one(loop: Loop) -> bool:
    return len(loop.path) > 1 and loop.inner is not loop.epochs


def _batches(loop: Loop, size: str, *, shuffle: bool = False) -> str | None:
    """What the inner loop may go through to get batches of another size or in another order, as source."""
    mixed = ", shuffle=True" if shuffle else ""
    match loop.inner.iter:
        case cst.Name() as loader:
            return f"DataLoader({code(loader)}.dataset, batch_size={size}{mixed})"
        case cst.Call(func=cst.Name(value="zip"), args=[cst.Arg(value=x), cst.Arg(value=y)]):
            inside = f"list(zip({code(x)}, {code(y)}))"
            if shuffle:
                return f"[({code(x)}[row], {code(y)}[row]) for row in torch.randperm(len({code(x)}))]"
            return f"zip({code(x)}.reshape(-1).split({size}), {code(y)}.split({size}))" if size != "1" else inside
    return None


def _with_batches(work: Work, loop: Loop, size: str) -> Sites:
    through, formula = _batches(loop, size), formula_of(loop)
    if through is None or formula is None or loop.task.training is None:
        return
    edits: dict[cst.CSTNode, cst.CSTNode | str] = {loop.inner.iter: through}
    if not formula.function:
        edits[formula.node] = spelled(formula, square=squared(loop.task.training))
    yield work.edited(loop.cell, edits)


@operator("batches-of-eight", "took eight rows a step", must("wrong-batch-size"))
def batches_of_eight(work: Work) -> Sites:
    """Where one at a time, or all at once, are asked for."""
    for loop in loops(work):
        if _one_by_one(loop):
            yield from _with_batches(work, loop, "8")
        else:
            yield from _in_parts(work, loop)


@operator("all-at-once", "took all rows in one step", must("wrong-batch-size"))
def all_at_once(work: Work) -> Sites:
    """Where one at a time are asked for."""
    for loop in loops(work):
        if _one_by_one(loop):
            yield from _with_batches(work, loop, "1000")


def _in_parts(work: Work, loop: Loop) -> Sites:
    """The statements of a step within a loop over eight rows at a time; what else the body does stays behind them."""
    formula = formula_of(loop)
    if formula is None or not isinstance(formula.target, cst.Name):
        return
    stepping = [loop.within(line) for line in (loop.made, loop.backward, *loop.clears, *loop.steps)]
    made = loop.body.index(loop.within(loop.made))
    whole = [one for at, one in enumerate(loop.body) if one in stepping or (at < made and names(one, r"X\w*"))]
    rows = f"{formula.target.value}|" + "|".join(dict.fromkeys(name.value for one in whole for name in names(one, r"X\w*")))
    step = cst.parse_module("\n".join(code(one).strip("\n") for one in whole) + "\n")
    narrowed = edited(step, {name: f"{name.value}[rows]" for name in names(step, rows)}).code
    first, *others = whole
    wrapped = f"for rows in torch.arange(len({formula.target.value})).split(8):\n{indent(narrowed, '    ')}"
    yield work.edited(loop.cell, {first: wrapped, **dict.fromkeys(others)})


@operator("shuffled", "shuffled the rows", must("shuffled"))
def shuffled(work: Work) -> Sites:
    """Where they are to come in the order of the data."""
    for loop in loops(work):
        through = _batches(loop, "1", shuffle=True) if _one_by_one(loop) else None
        if through is not None and loop.task.training is not None and not loop.task.training.batches.shuffle:
            yield work.edited(loop.cell, {loop.inner.iter: through})


@operator("last-row-left-out", "left the last row out", must("wrong-data"))
def last_row_left_out(work: Work) -> Sites:
    """`X[:-1]`, or a range that ends one too early."""
    for loop in loops(work):
        formula = formula_of(loop)
        match loop.inner.iter:
            case cst.Call(func=cst.Name(value="zip"), args=[cst.Arg(value=x), cst.Arg(value=y)]):
                yield work.edited(loop.cell, {x: f"{code(x)}[:-1]", y: f"{code(y)}[:-1]"})
            case _ if not _one_by_one(loop) and formula is not None and isinstance(formula.target, cst.Name):
                found = [name for one in loop.body for name in names(one, rf"X\w*|{formula.target.value}") if "test" not in name.value]
                if len({name.value for name in found}) > 1:
                    yield work.edited(loop.cell, {name: f"{name.value}[:-1]" for name in found})


COUNTING: tuple[Operator, ...] = (
    counted_from_one, one_epoch_more, tenth_of_the_epochs, stopped_after_the_first_batch, batches_of_eight, all_at_once, shuffled,
    last_row_left_out,
)  # fmt: skip
