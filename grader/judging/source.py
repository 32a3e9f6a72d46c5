"""What the text of the student's cells says, parsed and never executed: it decides only where numbers leave a cause open."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grader.model.notebook import Cell, Notebook

__all__ = ["Function", "Place", "Source", "read_source"]

VERBS = ("backward", "step", "zero_grad", "zero_")


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a cell, from 1."""

    cell: int
    line: int


@dataclass(frozen=True, slots=True)
class Function:
    """A function that the student defined: whether it trains (calls backward or autograd.grad), and whether anything calls it."""

    name: str
    place: Place
    trains: bool
    called: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The student's own cells as text.

    named: verb -> first place where it stands without parentheses (`loss.backward`).
    called: verb -> first place where it is called.  outside: where step() is called after the loop that calls backward().
    functions: of the student's cells, in order.  sums: where a loss is summed.  broken: cell -> line of a syntax error.
    numbers: whether a list of literal numbers stands in a student's cell (>= 5 of them).
    early: where gradients are cleared after backward and before the update that uses them.
    literals: numbers with a fraction that stand in the student's cells.
    grads: whether anything in them asks for gradients.
    woven: where code is made from text while the notebook runs (exec, eval, compile, run_cell).
    imports: top-level names of the packages that the student's cells import.
    repeated: cells in which a function that trains is called more than once.
    own: indices of the student's cells.
    """

    named: dict[str, Place]
    called: dict[str, Place]
    outside: Place | None
    functions: tuple[Function, ...]
    sums: Place | None
    broken: dict[int, int]
    numbers: Place | None
    literals: tuple[tuple[float, Place], ...]
    detached: Place | None
    early: Place | None
    grads: bool
    woven: Place | None
    imports: frozenset[str]
    repeated: frozenset[int]
    own: frozenset[int]


def read_source(notebook: Notebook) -> Source:
    """Parse every code cell; those that don't parse are told of and otherwise left out."""
    trees: list[tuple[Cell, ast.Module]] = []
    broken: dict[int, int] = {}
    for cell in notebook.code():
        try:
            trees.append((cell, ast.parse(_plain(cell.source))))
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            broken[cell.index] = getattr(error, "lineno", None) or 1
    own = [(c, t) for c, t in trees if c.owner != "given" or c.changed]
    trainers = {name for _, tree in trees for name in _trainers(tree)}
    uses = [(c.index, name, dotted) for c, t in trees for name, dotted in _names_called(t)]
    return Source(
        named=_first(own, _verbs_named),
        called=_first(own, _verbs_called),
        outside=_outside(own),
        functions=tuple(_functions(own, uses)),
        sums=next((Place(c.index, n) for c, t in own for n in _sums(t)), None),
        broken=broken,
        numbers=next((Place(c.index, n) for c, t in own for n in _literals(t)), None),
        literals=tuple((v, Place(c.index, n)) for c, t in own for v, n in _floats(t)),
        grads=any(_asks_for_grad(t) for _, t in own),
        woven=next((Place(c.index, n) for c, t in own for n in _woven(t)), None),
        imports=frozenset(name for _, t in own for name in _imported(t)),
        repeated=frozenset(c.index for c, t in own if _calls(t, trainers) > 1),
        early=next((Place(c.index, n) for c, t in own for n in _zeroed_early(t)), None),
        detached=next((Place(c.index, n) for c, t in own for n in _detached(t)), None),
        own=frozenset(c.index for c in notebook.code() if c.owner != "given" or c.changed),
    )


def _walk(node: ast.AST) -> Sequence[ast.AST]:
    """Every node at and below one; of a cell's whole tree, which every question walks, found once."""
    if not isinstance(node, ast.Module):
        return list(ast.walk(node))
    nodes: list[ast.AST] | None = getattr(node, "walked", None)
    if nodes is None:
        nodes = list(ast.walk(node))
        node.walked = nodes  # type: ignore[attr-defined]
    return nodes


def _plain(source: str) -> str:
    """Python without IPython's lines: magics and shell commands become `pass`; a cell magic leaves nothing."""
    if re.match(r"\s*%%(?!time\b|timeit\b|capture\b)", source):
        return ""
    lines = source.split("\n")
    out = [re.sub(r"^(\s*)[%!?].*$", r"\1pass", line) for line in lines]
    out = [
        re.sub(r"=\s*[!%].*$", "= None", line) if re.search(r"=\s*[!%][a-zA-Z]", line) and not line.lstrip().startswith("#") else line
        for line in out
    ]
    return "\n".join(re.sub(r"\?+\s*$", "", line) for line in out)


def _first(trees: list[tuple[Cell, ast.Module]], find: object) -> dict[str, Place]:
    out: dict[str, Place] = {}
    for cell, tree in trees:
        assert callable(find)
        for verb, line in find(tree):
            out.setdefault(verb, Place(cell.index, line))
    return out


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in _walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def _verbs_named(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in _walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Attribute) and node.value.attr in VERBS:
            yield node.value.attr, node.lineno


def _verbs_called(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in _walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in (*VERBS, "grad"):
            yield node.func.attr, node.lineno


def _names_called(tree: ast.AST) -> Iterator[tuple[str, bool]]:
    """Names that are called or handed on (a function given to another is as good as called), not ones that merely stand there.

    With each, whether it is an attribute: `model.train` is no call of a function `train`, but may be one of a method.
    """
    idle = {id(node.value) for node in _walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Name)}
    for node in _walk(tree):
        if id(node) in idle:
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.id, False
        elif isinstance(node, ast.Attribute):
            yield node.attr, True


def _functions(trees: list[tuple[Cell, ast.Module]], uses: list[tuple[int, str, bool]]) -> Iterator[Function]:
    for cell, tree in trees:
        methods = {id(f) for c in _walk(tree) if isinstance(c, ast.ClassDef) for f in c.body}
        for node in _walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                trains = any(verb in ("backward", "grad") for verb, _ in _verbs_called(node))
                yield Function(
                    node.name,
                    Place(cell.index, node.lineno),
                    trains,
                    node.name.startswith("__")
                    or any(name == node.name and at >= cell.index and (not dotted or id(node) in methods) for at, name, dotted in uses),
                )


def _woven(tree: ast.AST) -> Iterator[int]:
    """Calls that run code which does not stand in the notebook as code."""
    for node in _walk(tree):
        if isinstance(node, ast.Call):
            f = node.func
            plain = isinstance(f, ast.Name) and f.id in ("exec", "eval", "compile", "__import__")
            if plain or (isinstance(f, ast.Attribute) and f.attr in ("run_cell", "run_code", "run_path", "run_module", "exec_module")):
                yield node.lineno


def _trainers(tree: ast.AST) -> Iterator[str]:
    """Names of functions that call backward or autograd.grad."""
    for node in _walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and any(v in ("backward", "grad") for v, _ in _verbs_called(node)):
            yield node.name


def _calls(tree: ast.AST, names: set[str]) -> int:
    """How many calls of functions or methods of these names stand in the text."""
    called = [n.func for n in _walk(tree) if isinstance(n, ast.Call)]
    return sum((f.id if isinstance(f, ast.Name) else f.attr if isinstance(f, ast.Attribute) else "") in names for f in called)


def _outside(trees: list[tuple[Cell, ast.Module]]) -> Place | None:
    """A step() that stands after, not in, the loop that calls backward()."""
    for cell, tree in trees:
        loops = [n for n in _walk(tree) if isinstance(n, (ast.For, ast.While))]
        training = [n for n in loops if any(v == "backward" for v, _ in _verbs_called(n))]
        inside = any(v == "step" for n in training for v, _ in _verbs_called(n))
        if training and not inside:
            after = [line for v, line in _verbs_called(tree) if v == "step" and line > max(n.lineno for n in training)]
            if after:
                return Place(cell.index, after[0])
    return None


def _sums(tree: ast.AST) -> Iterator[int]:
    for node in _walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "reduction" and isinstance(node.value, ast.Constant) and node.value.value == "sum":
            yield node.value.lineno
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "sum":
            yield node.lineno


def _literals(tree: ast.AST) -> Iterator[int]:
    for node in _walk(tree):
        if isinstance(node, (ast.List, ast.Tuple)) and len(node.elts) >= 5 and all(_number(e) for e in node.elts):
            yield node.lineno


def _floats(tree: ast.AST) -> Iterator[tuple[float, int]]:
    for node in _walk(tree):
        if (
            isinstance(node, ast.UnaryOp)
            and isinstance(node.op, ast.USub)
            and isinstance(node.operand, ast.Constant)
            and isinstance(node.operand.value, float)
        ):
            yield -node.operand.value, node.lineno
        elif isinstance(node, ast.Constant) and isinstance(node.value, float):
            yield node.value, node.lineno


def _number(node: ast.AST) -> bool:
    if isinstance(node, ast.UnaryOp):
        return _number(node.operand)
    return isinstance(node, ast.Constant) and isinstance(node.value, (int, float))


def _zeroed_early(tree: ast.AST) -> Iterator[int]:
    """Inside a loop: backward, then clearing, then an update made of .grad."""
    for loop in _walk(tree):
        if not isinstance(loop, (ast.For, ast.While, ast.FunctionDef)):
            continue
        backward = [line for verb, line in _verbs_called(loop) if verb == "backward"]
        cleared = [line for verb, line in _verbs_called(loop) if verb in ("zero_", "zero_grad")]
        moved = [
            n.lineno for n in _walk(loop) if isinstance(n, (ast.Assign, ast.AugAssign)) and n.value is not None and _uses_grad(n.value)
        ]
        if backward and moved:
            yield from (
                (line for line in cleared if backward[0] < line < min(m for m in moved if m > backward[0]))
                if any(m > backward[0] for m in moved)
                else ()
            )


def _uses_grad(node: ast.AST) -> bool:
    return any(isinstance(n, ast.Attribute) and n.attr == "grad" for n in _walk(node))


def _detached(tree: ast.AST) -> Iterator[int]:
    """Where, in the loop or function that calls backward, a value is cut from its graph: detach(), item(), or a new tensor made of it."""
    for scope in _walk(tree):
        if isinstance(scope, (ast.For, ast.While, ast.FunctionDef)) and any(verb == "backward" for verb, _ in _verbs_called(scope)):
            for node in _walk(scope):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _cuts(node, node.func.attr):
                    yield node.lineno


def _cuts(call: ast.Call, name: str) -> bool:
    if name == "tensor":
        return bool(call.args) and not isinstance(call.args[0], (ast.Constant, ast.UnaryOp, ast.List))
    return name in ("detach", "item")


def _asks_for_grad(tree: ast.AST) -> bool:
    """Whether something asks for gradients: requires_grad, a Parameter, a Module of torch.nn."""
    for node in _walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "requires_grad":
            return True
        if isinstance(node, (ast.Attribute, ast.Name)):
            name = node.attr if isinstance(node, ast.Attribute) else node.id
            if name in ("requires_grad", "requires_grad_", "Parameter", "parameters", "nn", "Linear"):
                return True
    return False
