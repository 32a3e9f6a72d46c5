"""The same data by another way, in another precision, from another start, after other work."""

from __future__ import annotations

import libcst as cst

from grader.authoring.equivalents.looping import moved
from grader.authoring.equivalents.rewrite import Found, Rewrite, rewrite
from grader.authoring.syntax.editing import Edit, code, edited, statements
from grader.authoring.syntax.formulas import formula_of, model_of, names
from grader.authoring.syntax.training import Loop, assigned, lines, loops
from grader.authoring.syntax.work import Work
from grader.model.exercise import At

__all__ = ["FEEDING"]


def sides_of(loop: Loop) -> tuple[str, str]:
    """The names of feature and target that the loop trains on, '' where it has none (a loader)."""
    match loop.inner.iter:
        case cst.Call(func=cst.Name(value="zip"), args=[cst.Arg(value=cst.Name(value=x)), cst.Arg(value=cst.Name(value=y))]):
            return x, y
    formula = formula_of(loop)
    if formula is None or not isinstance(formula.target, cst.Name) or loop.inner is not loop.epochs:
        return "", ""
    return next((name.value for name in names(cst.parse_expression(formula.full), r"X\w*")), ""), formula.target.value


def ahead(loop: Loop, text: str) -> dict[cst.CSTNode, Edit]:
    """Statements at the top of the loop's cell."""
    first = loop.tree.body[0]
    return {first: [text, first]}


@rewrite("double-precision", "computed in double precision")
def double_precision(work: Work) -> Found:
    """Data and parameters in float64."""
    for loop in loops(work):
        x, y = sides_of(loop)
        read = dict.fromkeys(name.value for name in names(loop.outer, rf"{x}|{y}|X_test|y_test")) if x else {}
        made: dict[cst.CSTNode, Edit] = {line: _double(line) for line in lines(loop.tree) if _single(line)}
        model = model_of(loop)
        if not read or (model is None and not made and not loop.by_hand):
            continue
        data = "\n".join(f"{name} = {name}.double()" for name in read)
        before = f"{data}\n{model}.double()" if model is not None else data
        yield loop.cell, {**made, loop.epochs: [before, loop.epochs]}


def _single(line: cst.SimpleStatementLine) -> bool:
    return "requires_grad" in code(line) and "dtype" not in code(line)


def _double(line: cst.SimpleStatementLine) -> str:
    return code(line).strip().replace("requires_grad=True", "requires_grad=True, dtype=torch.float64")


@rewrite("rows-by-index", "took the rows by their index")
def rows_by_index(work: Work) -> Found:
    """A range in place of the data itself."""
    for loop in loops(work):
        match loop.inner:
            case cst.For(target=cst.Tuple(elements=[cst.Element(value=a), cst.Element(value=b)]), iter=cst.Name(value=loader)):
                first = cst.ensure_type(loop.inner.body, cst.IndentedBlock).body[0]
                taken = f"{code(a)}, {code(b)} = {loader}.dataset[row]"
                edits: dict[cst.CSTNode, Edit] = {first: [taken, first]}
                yield loop.cell, {**edits, loop.inner.target: "row", loop.inner.iter: f"range(len({loader}.dataset))"}
            case cst.For(target=cst.Tuple(elements=[cst.Element(value=a), cst.Element(value=b)])) if all(sides_of(loop)):
                x, y = sides_of(loop)
                first = cst.ensure_type(loop.inner.body, cst.IndentedBlock).body[0]
                edits = {first: [f"{code(a)}, {code(b)} = {x}[row], {y}[row]", first]}
                yield loop.cell, {**edits, loop.inner.target: "row", loop.inner.iter: f"range(len({x}))"}


@rewrite("full-batch-by-a-loader", "took the full batch from a DataLoader")
def full_batch_by_a_loader(work: Work) -> Found:
    """One batch of all rows."""
    for loop in loops(work):
        x, y = sides_of(loop)
        whole = loop.task.training is not None and loop.task.training.batches.size is None
        if whole and x and y and loop.inner is loop.epochs:
            loader = f"torch.utils.data.DataLoader(torch.utils.data.TensorDataset({x}, {y}), batch_size=len({x}))"
            named = edited(cst.Module(body=(loop.inner,)), {use: _batch(use, x) for use in names(loop.inner.body, f"{x}|{y}")}).body[0]
            body = cst.ensure_type(cst.ensure_type(named, cst.For).body, cst.IndentedBlock)
            taken = cst.ensure_type(statements("batch_x, batch_y = next(iter(batches))")[0], cst.SimpleStatementLine)
            whole_loop = cst.ensure_type(named, cst.For).with_changes(body=body.with_changes(body=(taken, *body.body)))
            yield loop.cell, {loop.inner: [f"batches = {loader}", whole_loop]}


def _batch(use: cst.Name, feature: str) -> str:
    return "batch_x" if use.value == feature else "batch_y"


@rewrite("seed-set", "set a seed at the top of the cell")
def seed_set(work: Work) -> Found:
    """Whichever: the start is given, or any small one is right."""
    for loop in {loop.cell: loop for loop in loops(work)}.values():
        yield loop.cell, ahead(loop, "torch.manual_seed(987)")


@rewrite("seed-not-set", "set no seed")
def seed_not_set(work: Work) -> Found:
    """Where the reference sets one."""
    for cell, tree in work.trees.items():
        found = [line for line in lines(tree) if "manual_seed(" in code(line)]
        if found:
            yield cell, dict.fromkeys(found)


@rewrite("another-model-first", "trained another model first")
def another_model_first(work: Work) -> Found:
    """A try of one's own, which is not what is handed in."""
    for loop in {loop.cell: loop for loop in loops(work)}.values():
        x, y = sides_of(loop)
        if x and y:
            yield loop.cell, ahead(loop, _TRY.format(x=x, y=y))


_TRY = """\
trial = torch.nn.Linear(1, 1)
trial_optimizer = torch.optim.SGD(trial.parameters(), lr=0.01)
for turn in range(7):
    trial_optimizer.zero_grad()
    torch.mean((trial({x}.float()) - {y}.float().reshape(-1, 1)) ** 2).backward()
    trial_optimizer.step()"""


@rewrite("a-module-for-two-tensors", "took a Module in place of two tensors")
def a_module_for_two_tensors(work: Work) -> Found:
    """nn.Linear, filled with the start that is asked for."""
    for loop in loops(work):
        training, formula = loop.task.training, formula_of(loop)
        x, _ = sides_of(loop)
        if training is None or not isinstance(training.start, At) or not loop.by_hand or formula is None or not x:
            continue
        pair = moved(loop)
        slope, bias = training.start.values
        made = f"line = torch.nn.Linear(1, 1)\nwith torch.no_grad():\n    line.weight.fill_({slope})\n    line.bias.fill_({bias})"
        named = f"{', '.join(pair)} = line.weight, line.bias"
        start = [one for one in lines(loop.tree) if assigned(one) in pair and one not in lines(loop.outer)]
        each = f"parameter -= {training.optimizer.lr} * parameter.grad"
        step = f"with torch.no_grad():\n    for parameter in line.parameters():\n        {each}"
        block, clear = loop.within(loop.steps[0]), loop.clears
        edits: dict[cst.CSTNode, Edit] = {**dict.fromkeys(start[1:]), **dict.fromkeys(clear[1:]), clear[0]: "line.zero_grad()"}
        yield loop.cell, {**edits, start[0]: f"{made}\n{named}", block: step, formula.prediction: f"line({x})"}


FEEDING: tuple[Rewrite, ...] = (
    double_precision, rows_by_index, full_batch_by_a_loader, seed_set, seed_not_set, another_model_first, a_module_for_two_tensors,
)  # fmt: skip
