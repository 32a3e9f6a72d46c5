"""The same training in another form of loop, in a function, in a class, over other cells."""

from __future__ import annotations

from textwrap import indent

import libcst as cst
from libcst import matchers as m

from grader.authoring.equivalents.rewrite import Found, Rewrite, rewrite
from grader.authoring.syntax.editing import code
from grader.authoring.syntax.formulas import names
from grader.authoring.syntax.training import Loop, loops
from grader.authoring.syntax.work import Change, Work

__all__ = ["LOOPING"]


@rewrite("while-for-for", "wrote while for for")
def while_for_for(work: Work) -> Found:
    """A counter of one's own."""
    for loop in loops(work):
        match loop.epochs:
            case cst.For(target=cst.Name(value=name), iter=cst.Call(func=cst.Name(value="range"), args=[cst.Arg(value=count)])):
                body = f"{_body(loop.epochs)}\n{name} += 1"
                yield loop.cell, {loop.epochs: f"{name} = 0\nwhile {name} < {code(count)}:\n{indent(body, '    ')}"}


@rewrite("counted-by-enumerate", "counted with enumerate")
def counted_by_enumerate(work: Work) -> Found:
    """Two loop variables for one."""
    for loop in loops(work):
        match loop.epochs:
            case cst.For(target=cst.Name(value=name), iter=iterated):
                yield loop.cell, {loop.epochs.iter: f"enumerate({code(iterated)})", loop.epochs.target: f"{name}, turn"}


@rewrite("in-a-function", "put the training into a function")
def in_a_function(work: Work) -> Found:
    """And called it."""
    for number, loop in enumerate(loops(work)):
        yield loop.cell, {loop.outer: f"{_function(f'train_now{number}', loop.outer)}\n\n\ntrain_now{number}()"}


@rewrite("in-a-class", "put the training into a class")
def in_a_class(work: Work) -> Found:
    """A method of an object of one's own."""
    for number, loop in enumerate(loops(work)):
        method = _function("fit", loop.outer).replace("def fit()", "def fit(self)")
        yield loop.cell, {loop.outer: f"class Trainer{number}:\n{indent(method, '    ')}\n\n\nTrainer{number}().fit()"}


@rewrite("list-comprehension", "called a step in a list comprehension")
def list_comprehension(work: Work) -> Found:
    """No loop statement around the steps."""
    for number, loop in enumerate(loops(work)):
        if isinstance(loop.epochs.target, cst.Name):
            name = loop.epochs.target.value
            made = _function(f"one_step{number}", loop.epochs, body=True).replace("()", f"({name})", 1)
            listed = f"done = [one_step{number}({name}) for {name} in {code(loop.epochs.iter)}]"
            yield loop.cell, {loop.epochs: f"{made}\n\n\n{listed}"}


@rewrite("split-over-cells", "split the cell in front of the loop")
def split_over_cells(work: Work) -> Found:
    """What comes before the training stands in a cell that the student added."""
    for cell, tree in work.trees.items():
        first = next((loop for loop in loops(work) if loop.cell == cell), None)
        if first is not None:
            at = next(i for i, one in enumerate(tree.body) if one is first.outer)
            if at:
                above = code(tree.with_changes(body=tree.body[:at])).strip("\n")
                yield Change(trees={cell: tree.with_changes(body=tree.body[at:], header=())}, before={cell: (above,)})


@rewrite("in-an-inserted-cell", "wrote everything into a new cell, and left the one for it empty")
def in_an_inserted_cell(work: Work) -> Found:
    """The cell asked for holds a note."""
    for cell in {loop.cell: None for loop in loops(work)}:
        yield Change(trees={cell: cst.parse_module("# see the cell below\n")}, after={cell: (work.cells[cell].source,)})


@rewrite("looked-at-on-the-way", "printed loss and gradients in every iteration")
def looked_at_on_the_way(work: Work) -> Found:
    """Reading changes nothing."""
    for loop in loops(work):
        if len(loop.path) == 1 and loop.by_hand:
            said = f"print(float({loop.loss}), {', '.join(f'{name}.grad' for name in moved(loop))})"
            yield loop.cell, {loop.backward: [loop.backward, said]}
        else:
            yield loop.cell, {loop.backward: [loop.backward, f"shown = float({loop.loss})"]}


def moved(loop: Loop) -> tuple[str, ...]:
    """The names of the parameters that the loop moves by hand."""
    found: dict[str, None] = {}
    for line in loop.steps:
        for attribute in m.findall(line, m.Attribute(value=m.Name(), attr=m.Name("grad"))):
            found[code(cst.ensure_type(attribute, cst.Attribute).value)] = None
    return tuple(found)


def _body(loop: cst.For) -> str:
    return "\n".join(code(one).strip("\n") for one in cst.ensure_type(loop.body, cst.IndentedBlock).body)


def _function(name: str, loop: cst.For, *, body: bool = False) -> str:
    """A function without arguments that holds the loop (or its body), and assigns the notebook's own names."""
    inside = _body(loop) if body else code(loop.with_changes(leading_lines=())).strip("\n")
    given = f"global {', '.join(bound)}\n" if (bound := _bound(loop, own=not body)) else ""
    return f"def {name}():\n{indent(f'{given}{inside}', '    ')}"


def _bound(loop: cst.For, *, own: bool) -> list[str]:
    """Names that the loop assigns, its own variable too where `own`; they stay the notebook's."""
    found: dict[str, None] = {}
    for node in m.findall(loop, m.AssignTarget() | m.AugAssign(target=m.Name()) | m.For()):
        match node:
            case cst.For() if node is loop and not own:
                continue
            case cst.AssignTarget(target=target) | cst.AugAssign(target=target) | cst.For(target=target):
                if not isinstance(target, cst.Subscript | cst.Attribute):
                    found |= dict.fromkeys(name.value for name in names(target, r"\w+"))
    return list(found)


LOOPING: tuple[Rewrite, ...] = (
    while_for_for, counted_by_enumerate, in_a_function, in_a_class, list_comprehension, split_over_cells, in_an_inserted_cell,
    looked_at_on_the_way,
)  # fmt: skip
