"""Mistakes with the data: other rows, other columns, the wrong side of the split, names that hide it."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst
from libcst import matchers as m

from grader.authoring.mutants.operator import Operator, Sites, must, operator
from grader.authoring.syntax.editing import code
from grader.authoring.syntax.formulas import formula_of, names
from grader.authoring.syntax.training import Loop, called, lines, loops
from grader.authoring.syntax.work import Work
from grader.model.exercise import Data, Line, Split, Table

__all__ = ["DATA"]


def _data(loop: Loop) -> Data | None:
    """What the loop's task trains on, a split's rows before they were split."""
    training = loop.task.training
    data = training.data if training is not None else None
    return data.of if isinstance(data, Split) else data


def _sides(loop: Loop) -> tuple[str, str]:
    """The names of the feature and the target that the loop trains on ('' where it goes through a loader)."""
    match loop.inner.iter:
        case cst.Call(func=cst.Name(value="zip"), args=[cst.Arg(value=cst.Name(value=x)), cst.Arg(value=cst.Name(value=y))]):
            return x, y
    formula = formula_of(loop)
    if formula is None or not isinstance(formula.target, cst.Name) or loop.inner is not loop.epochs:
        return "", ""
    feature = next((name.value for name in names(cst.parse_expression(formula.full), r"X\w*")), "")
    return feature, formula.target.value


def _pass(loop: Loop) -> tuple[cst.CSTNode, ...]:
    """The nodes where the loop reads its data: what it goes through, the predictions, the loss."""
    if loop.inner is not loop.epochs:
        return (loop.inner.iter,)
    formula = formula_of(loop)
    made = [line for line in lines(loop.inner.body) if formula is not None and formula.full in code(line) and line is not loop.made]
    return (*made, loop.made)


def _read_as(loop: Loop, feature: str, target: str) -> Iterator[tuple[int, cst.CSTNode, str]]:
    """Every place where the loop reads its data, with what is read there instead."""
    x, y = _sides(loop)
    for node in _pass(loop):
        for name in names(node, f"{x}|{y}"):
            yield loop.cell, name, feature if name.value == x else target


def _reading(work: Work, loop: Loop, feature: str, target: str) -> Sites:
    """The loop with other data read."""
    places = list(_read_as(loop, feature, target))
    if all(_sides(loop)) and places:
        yield work.edited(loop.cell, {node: text for _, node, text in places})


@operator("trained-on-the-test-rows", "trained on the rows that were held out", must("train-test-swapped"))
def trained_on_the_test_rows(work: Work) -> Sites:
    """The two sides of the split mixed up."""
    for loop in loops(work):
        x, y = _sides(loop)
        if "train" in x and "train" in y:
            yield from _reading(work, loop, x.replace("train", "test"), y.replace("train", "test"))
            both = "|".join((x, y, x.replace("train", "test"), y.replace("train", "test")))
            turned = [(name, _turned(name.value)) for name in names(loop.outer, both)]
            yield work.edited(loop.cell, dict(turned))


def _turned(name: str) -> str:
    return name.replace("train", "test") if "train" in name else name.replace("test", "train")


@operator("trained-on-all-rows", "trained on all rows, the held-out ones too", must("wrong-data"))
def trained_on_all_rows(work: Work) -> Sites:
    """The split forgotten."""
    for loop in loops(work):
        x, y = _sides(loop)
        if "_train" in x and "_train" in y:
            yield from _reading(work, loop, x.replace("_train", ""), y.replace("_train", ""))


@operator("split-without-its-seed", "split the rows once more, without the seed", must("wrong-data"))
def split_without_its_seed(work: Work) -> Sites:
    """Other rows are held out."""
    for loop in loops(work):
        if loop.task.training is not None and isinstance(loop.task.training.data, Split):
            again = "X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2)"
            yield work.edited(loop.cell, {loop.outer: [again, loop.outer]})


@operator("sides-swapped", "predicted the feature from the target", must("wrong-data"))
def sides_swapped(work: Work) -> Sites:
    """X for y and y for X."""
    for loop in loops(work):
        x, y = _sides(loop)
        if x and y and ".values, dtype" not in y:
            column = f"{y}.reshape(-1, 1)" if 'torch.tensor(cars["mpg"]' in work.given() else y
            row = f"{x}.reshape(-1)" if column != y else x
            yield from _reading(work, loop, column, row)


@operator("other-column", "took another column of the table for the feature", must("wrong-data"))
def other_column(work: Work) -> Sites:
    """Horsepower for weight, in hundreds."""
    for loop in loops(work):
        x, _ = _sides(loop)
        table = _data(loop)
        if isinstance(table, Table) and x:
            other = f'{x} = torch.tensor(cars[["hp"]].values / 100, dtype=torch.float32)'
            yield work.edited(loop.cell, {loop.outer: [other, loop.outer]})


@operator("standardised", "standardised the feature", must("wrong-data"))
def standardised(work: Work) -> Sites:
    """Good practice elsewhere; here it is other data, with another slope."""
    for loop in loops(work):
        x, _ = _sides(loop)
        if x:
            other = f"{x} = ({x} - {x}.mean()) / {x}.std()"
            yield work.edited(loop.cell, {loop.outer: [other, loop.outer]})


def _true(line: Line, x: str) -> str:
    """The line's own values at the inputs of that name."""
    return f"({line.slope:g} * {x} + {line.intercept:g})"


@operator("targets-without-noise", "trained on the true line in place of the measured values", must("wrong-data"))
def targets_without_noise(work: Work) -> Sites:
    """The line itself for `Y`, whatever the notebook calls it."""
    for loop in loops(work):
        line = _data(loop)
        if not isinstance(line, Line) or not line.noise:
            continue
        x, _ = _sides(loop)
        if x:
            yield from _reading(work, loop, x, _true(line, x))
        elif isinstance(loop.inner.iter, cst.Name):
            data = f"{loop.inner.iter.value}.dataset"
            yield work.edited(loop.cell, {loop.inner.iter: f"zip({data}.x, {data}.f)"})


@operator("noise-drawn-anew", "drew new noise in every step", must("wrong-data"))
def noise_drawn_anew(work: Work) -> Sites:
    """The targets are other ones each time."""
    for loop in loops(work):
        line = _data(loop)
        x, _ = _sides(loop)
        if isinstance(line, Line) and line.noise and x:
            yield from _reading(work, loop, x, f"({_true(line, x)} + {line.noise:g} * torch.randn({x}.shape))")


@operator("loop-variables-hide-the-data", "gave the loop's variables the names of the data", must("cell-error"))
def loop_variables_hide_the_data(work: Work) -> Sites:
    """From the second epoch on the data is one row."""
    for loop in loops(work):
        x, y = _sides(loop)
        match loop.inner:
            case cst.For(target=cst.Tuple(elements=[cst.Element(value=cst.Name(value=a)), cst.Element(value=cst.Name(value=c))])) if x:
                edits: dict[cst.CSTNode, str] = {name: x if name.value == a else y for name in names(loop.inner.body, f"{a}|{c}")}
                yield work.edited(loop.cell, {**edits, loop.inner.target: f"{x}, {y}"})


@operator("loop-variable-hides-a-parameter", "gave the loop's variable the name of a parameter", must("cell-error"))
def loop_variable_hides_a_parameter(work: Work) -> Sites:
    """The parameter is a number then."""
    for loop in loops(work):
        if loop.by_hand and isinstance(loop.epochs.target, cst.Name):
            name = next((name.value for line in loop.steps[-1:] for name in names(line, r"\w+")), None)
            if name is not None:
                uses = names(loop.epochs.body, loop.epochs.target.value)
                yield work.edited(loop.cell, {loop.epochs.target: name, **dict.fromkeys(uses, name)})


@operator("targets-one-dimensional", "kept the targets as a row", must("broadcast-loss"))
def targets_one_dimensional(work: Work) -> Sites:
    """The targets of another lab: (N,) against (N, 1)."""
    for cell, tree in work.trees.items():
        for found in m.findall(tree, m.Subscript()):
            text = code(found)
            if text.startswith('cars[["') and called(tree, "tensor"):
                assert isinstance(found, cst.Subscript)
                yield work.edited(cell, {found: text.replace("[[", "[").replace("]]", "]")})


@operator("targets-of-another-column", "took another column of the table for the targets", must("wrong-data"))
def targets_of_another_column(work: Work) -> Sites:
    """In the cell that makes the targets."""
    for cell, tree in work.trees.items():
        for line in lines(tree):
            if '[["mpg"]]' in code(line) and "torch.tensor" in code(line):
                yield work.edited(cell, {line: code(line).strip().replace('"mpg"', '"qsec"')})


DATA: tuple[Operator, ...] = (
    trained_on_the_test_rows, trained_on_all_rows, split_without_its_seed, sides_swapped, other_column, standardised, targets_without_noise,
    noise_drawn_anew, loop_variables_hide_the_data, loop_variable_hides_a_parameter, targets_one_dimensional, targets_of_another_column,
)  # fmt: skip
