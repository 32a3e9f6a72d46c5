"""What ran, as notebooks that a clean run could have had: nothing of torch is needed to tell."""

import numpy as np
import pytest

from grader.model.evidence import CellOutcome, Events, Evidence, FigureData, Named, Site, Steps
from grader.notebooks import Scaffold, ScaffoldCell
from grader.student.hints import Hints
from grader.student.orders import orders, reordered, repeated, seen
from grader.student.ran import Ran, outcome_of

SCAFFOLD = Scaffold(
    cells=tuple(
        ScaffoldCell(grade_id=name, kind="code", source=source, owner=owner)
        for name, source, owner in (("data", "X = 1", "given"), ("practice", "# YOUR CODE HERE", "asked"), ("look", "print(X)", "given"))
    )
)


def ran(*cells):
    """Executions 1, 2, …: (name of the cell, source)."""
    return [Ran(number=n, source=s, cell=c, outcome=CellOutcome(cell=n, status="ok")) for n, (c, s) in enumerate(cells, 1)]


def test_each_cell_once_by_its_last_run():
    done = ran(("data", "X = 1"), ("practice", "a"), ("look", "print(X)"), ("practice", "b"), ("own", "c"))
    (order,) = orders(done, SCAFFOLD, "nb")
    assert [(c.index, c.grade_id, c.owner) for c in order.notebook.cells] == [
        (1, "data", "given"), (4, "practice", "asked"), (3, "look", "given"), (5, None, "added"),
    ]  # fmt: skip
    assert order.kept == {1: 1, 2: 4, 3: 3, 4: 4, 5: 5}
    assert repeated(done, order) == ()
    assert reordered(order, SCAFFOLD) == (3, 4)


def test_where_a_cell_ran_several_times_as_it_is_the_first_of_those_is_another_choice():
    done = ran(("practice", "a"), ("practice", "b"), ("practice", "b "), ("look", "print(X)"), ("practice", "b\n"))
    last, first = orders(done, SCAFFOLD, "nb")
    assert (last.kept[1], first.kept[1]) == (5, 2)
    assert repeated(done, last) == ((2, 3, 5),)


def test_cells_without_a_name_are_known_by_their_text():
    done = ran(("", "X = 1"), ("", "a"), ("", "print(X)"), ("", "a"), ("", "b"))
    last, first = orders(done, SCAFFOLD, "nb")
    assert [(c.index, c.grade_id) for c in last.notebook.cells] == [(1, "data"), (4, "practice"), (3, "look"), (5, None)]
    assert first.kept == {1: 1, 2: 2, 3: 3, 4: 2, 5: 5}
    assert repeated(done, last) == ((2, 4),)


def test_given_cells_that_ran_again_are_no_matter():
    done = ran(("data", "X = 1"), ("data", "X = 1"), ("practice", "a"))
    assert repeated(done, orders(done, SCAFFOLD, "nb")[0]) == ()
    assert reordered(orders(done, SCAFFOLD, "nb")[0], SCAFFOLD) is None


def test_only_what_was_chosen_is_seen():
    done = ran(("practice", "a"), ("practice", "a"))
    last, first = orders(done, SCAFFOLD, "nb")
    whole, none = np.array([1, 1, 2, -1]), np.zeros(4, np.int64)
    column = np.arange(4.0)[:, None]
    steps = Steps(
        graph=0, seq=np.arange(4), cell=whole, site=none, loss=column[:, 0], tokens=none[:, None], theta=column, stale=column, grad=column,
        fresh=np.ones((4, 1), bool), array=np.zeros((4, 0), np.int64), scalar=np.zeros((4, 0)),
    )  # fmt: skip
    events = Events(
        names=("step",), kind=none, seq=np.arange(4), cell=whole, object=none, counts=none + 1, value=np.zeros(4),
    )  # fmt: skip
    values = tuple(
        Named(cell=c, seq=c, name="LOSS", kind="list", type="list", dtype="", shape=(1,), values=np.array([float(c)])) for c in (1, 2)
    )
    evidence = Evidence(
        cells=tuple(one.outcome for one in done), steps=(steps,), events=events, values=values, figures=(FigureData(cell=1, axes=()),),
        sites=(Site(function="f", line=1, cell=1),),
    )  # fmt: skip
    of_last, of_first = seen(evidence, last), seen(evidence, first)
    assert (of_last.steps[0].loss.tolist(), of_first.steps[0].loss.tolist()) == ([2.0, 3.0], [0.0, 1.0, 3.0])
    assert (of_last.events.seq.tolist(), of_first.events.seq.tolist()) == ([2, 3], [0, 1, 3])
    assert ([v.cell for v in of_last.values], [c.cell for c in of_last.cells], of_last.figures) == ([2], [2], ())
    assert (of_last.sites[0].cell, of_first.sites[0].cell) == (2, 1)


class SpeechlessError(Exception):
    def __str__(self):
        raise RuntimeError


def raised(make):
    try:
        make()
    except BaseException as error:  # noqa: BLE001 - whatever a cell raises
        return error


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: {}["x"], ("KeyError", "'x'")),
        (lambda: compile("a b", "<cell>", "exec"), ("SyntaxError", "invalid syntax")),
        (lambda: (_ for _ in ()).throw(SpeechlessError()), ("SpeechlessError", "<exception str() failed>")),
        (lambda: (_ for _ in ()).throw(KeyboardInterrupt()), ("KeyboardInterrupt", "")),
        (lambda: (_ for _ in ()).throw(ValueError("x" * 9999)), ("ValueError", "x" * 2000)),
    ],
)
def test_how_a_cell_ended(make, told):
    found = outcome_of(3, raised(make), 0.5, lambda name: name == __file__)
    assert (found.cell, found.status, found.error, found.message) == (3, "error", *told)
    assert found.line is not None


def test_hints_grow_plainer_for_each_cause_by_itself(report):
    hints = Hints()
    wrong, other = report.findings
    assert [hints.plainness(one) for one in (wrong, wrong, other, wrong, wrong, other, None)] == [1, 2, 1, 3, 3, 2, 1]
