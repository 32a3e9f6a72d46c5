import json
import time

import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from grader.notebooks import align, read, replace_source, scaffold

DATA = "torch.manual_seed(1)\nx = torch.arange(-3, 3, 0.1).view(-1, 1)\ny = 1 * x - 1 + 0.1 * torch.randn(x.size())"
TRAIN = """def train_model(epochs):
    for epoch in range(epochs):
        yhat = forward(x)
        loss = criterion(yhat, y)
        loss.backward()"""
FILLED = "LOSS2 = []\nfor _ in range(15):\n    LOSS2.append(step(0.2).item())"


@pytest.fixture
def course(papers):
    """A reference of six cells, and the same as a student fills it in."""
    p = papers
    reference = [
        p.cell("# Title", kind="markdown"),
        p.given("import torch", "imports"),
        p.given(DATA, "data"),
        p.given(TRAIN, "lecture"),
        p.asked("### BEGIN SOLUTION\nLOSS2 = train(0.2)\n### END SOLUTION", "practice"),
        p.given("plt.plot(LOSS)\nplt.plot(LOSS2)\nplt.legend()", "plot"),
    ]
    handed = [*reference[:4], p.asked(FILLED, "practice"), reference[5]]
    return scaffold(p.paper(*reference)), handed


def _aligned(papers, asked_for, *cells):
    return align(read(papers.paper(*cells), "a.ipynb"), asked_for)


def _shown(notebook):
    return [(c.grade_id, c.owner, c.changed) for c in notebook.cells]


def test_an_intact_notebook_aligns_by_metadata(papers, course):
    notebook = _aligned(papers, course[0], *course[1])
    assert notebook.aligned == "metadata"
    assert notebook.missing == ()
    assert _shown(notebook) == [
        (None, "added", False), ("imports", "given", False), ("data", "given", False), ("lecture", "given", False),
        ("practice", "asked", False), ("plot", "given", False),
    ]


def test_without_metadata_content_aligns_it_and_finds_the_filled_cell(papers, course):
    notebook = _aligned(papers, course[0], *map(papers.bare, course[1]))
    assert notebook.aligned == "content"
    assert notebook.missing == ()
    assert [c.grade_id for c in notebook.cells] == [None, "imports", "data", "lecture", "practice", "plot"]
    assert [c.owner for c in notebook.cells] == ["added", "given", "given", "given", "asked", "given"]


def test_two_cells_in_the_place_of_one_stay_the_students(papers, course):
    cells = list(map(papers.bare, course[1]))
    notebook = _aligned(papers, course[0], *cells[:5], papers.cell("LOSS2[-1]"), cells[5])
    assert notebook.aligned == "content"
    assert notebook.missing == ("practice",)
    assert [c.owner for c in notebook.cells] == ["added", "given", "given", "given", "added", "added", "given"]


@pytest.mark.parametrize(
    ("source", "changed"),
    [
        (DATA, False),
        (DATA.replace("\n", "  \n\n") + "\n", False),
        (DATA.replace("0.1 * torch", "0.2 * torch"), True),
        (DATA + "  # seeded", True),
        (DATA.replace("\nx", "\n  x"), True),
    ],
)
def test_an_edited_given_cell_is_given_and_changed(papers, course, source, changed):
    cells = course[1]
    cells[2] = papers.given(source, "data")
    assert _shown(_aligned(papers, course[0], *cells))[2] == ("data", "given", changed)
    cells = list(map(papers.bare, cells))
    assert _shown(_aligned(papers, course[0], *cells))[2] == ("data", "given", changed)


def test_a_given_cell_turned_to_text_is_changed(papers, course):
    cells = course[1]
    cells[2] = papers.given(DATA, "data", kind="markdown")
    assert _shown(_aligned(papers, course[0], *cells))[2] == ("data", "given", True)


def test_of_copies_the_first_keeps_the_id(papers, course):
    cells = course[1]
    notebook = _aligned(papers, course[0], *cells[:4], papers.given(TRAIN, "lecture"), *cells[4:], papers.asked("again", "practice"))
    assert [c.grade_id for c in notebook.cells] == [None, "imports", "data", "lecture", None, "practice", "plot", None]
    assert notebook.cells[4].owner == notebook.cells[7].owner == "added"
    assert notebook.missing == ()


@pytest.mark.parametrize("other_first", [True, False])
def test_of_two_exercises_in_one_file_each_finds_its_own_cells(papers, course, other_first):
    """Another exercise's cells have the same ids: a given cell is told by its text, the one asked for by its neighbours."""
    p = papers
    other = [p.given("import torch, numpy", "imports"), p.given("x = 1", "data"), p.asked("other = 1", "practice"), p.given("show", "plot")]
    cells = [*other, *course[1]] if other_first else [*course[1], *other]
    notebook = _aligned(papers, course[0], *cells)
    mine = slice(4, None) if other_first else slice(0, 6)
    assert [c.grade_id for c in notebook.cells[mine]] == [None, "imports", "data", "lecture", "practice", "plot"]
    assert {(c.grade_id, c.owner) for c in set(notebook.cells) - set(notebook.cells[mine])} == {(None, "added")}
    assert not any(c.changed for c in notebook.cells)


def test_an_unknown_id_is_dropped(papers, course):
    notebook = _aligned(papers, course[0], *course[1], papers.given("x = 3", "from-elsewhere"))
    assert _shown(notebook)[-1] == (None, "added", False)


def test_moved_cells_keep_their_names(papers, course):
    cells = [*reversed(course[1])]
    assert [c.grade_id for c in _aligned(papers, course[0], *cells).cells] == ["plot", "practice", "lecture", "data", "imports", None]
    moved = _aligned(papers, course[0], *map(papers.bare, cells))
    assert [c.grade_id for c in moved.cells] == ["plot", None, "lecture", "data", "imports", None]
    assert moved.aligned == "content"


def test_deleted_and_inserted_cells(papers, course):
    cells = course[1]
    notebook = _aligned(papers, course[0], *cells[:4], papers.cell(FILLED), cells[5])
    assert notebook.missing == ("practice",)
    assert _shown(notebook)[4] == (None, "added", False)
    assert notebook.aligned == "metadata"


def test_half_the_metadata_is_enough_and_content_fills_the_rest(papers, course):
    cells = course[1]
    mixed = [cells[0], cells[1], cells[2], papers.bare(cells[3]), cells[4], papers.bare(cells[5])]
    notebook = _aligned(papers, course[0], *mixed)
    assert notebook.aligned == "metadata"
    assert notebook.missing == ()
    few = [papers.bare(c) for c in cells[:4]] + [cells[4], papers.bare(cells[5])]
    notebook = _aligned(papers, course[0], *few)
    assert notebook.aligned == "content"
    assert [c.grade_id for c in notebook.cells] == [None, "imports", "data", "lecture", "practice", "plot"]


def test_another_notebook_aligns_with_nothing(papers, course):
    notebook = _aligned(papers, course[0], papers.cell("import torch"), papers.cell("print('hello')"), papers.cell(""))
    assert notebook.aligned == "nothing"
    assert [(c.owner, c.grade_id) for c in notebook.cells] == [("added", None)] * 3
    assert notebook.missing == ("imports", "data", "lecture", "practice", "plot")


def test_neighbouring_answers_without_metadata_are_found_where_none_is_lost(papers):
    p = papers
    asked = scaffold(p.paper(p.given("a = 1", "a"), p.given("b = 2", "b"), p.asked("x", "one"), p.asked("y", "two")))
    cells = [p.cell("a = 1"), p.cell("b = 2"), p.cell("train()"), p.cell("plot()")]
    assert [c.grade_id for c in _aligned(p, asked, *cells).cells] == ["a", "b", "one", "two"]
    assert [c.grade_id for c in _aligned(p, asked, *cells[:3]).cells] == ["a", "b", None]
    assert [c.grade_id for c in _aligned(p, asked, *cells, p.cell("more()")).cells] == ["a", "b", None, None, None]


def test_empty_answers_of_equal_text_match_only_where_all_are_there(papers):
    p = papers
    asked = scaffold(p.paper(p.asked("one()", "a"), p.given("m = 1", "m"), p.given("n = 1", "n"), p.asked("two()", "b")))
    stub, given = p.cell("# YOUR CODE HERE"), (p.cell("m = 1"), p.cell("n = 1"))
    assert [c.grade_id for c in _aligned(p, asked, stub, *given, stub).cells] == ["a", "m", "n", "b"]
    assert [c.grade_id for c in _aligned(p, asked, stub, *given, p.cell("x"), p.cell("y")).cells] == [None, "m", "n", None, None]


def test_a_hostile_look_alike_costs_seconds_at_most(papers):
    import random

    draw = random.Random(0)
    line = list("abcdef" * 490)
    draw.shuffle(line)
    asked = scaffold(papers.paper(papers.given("".join(line), "long"), papers.given("y = 1", "y")))
    cells = []
    for _ in range(400):
        draw.shuffle(line)
        cells.append(papers.cell("".join(line)))
    notebook = read(papers.paper(*cells), "a.ipynb")
    begun = time.perf_counter()
    assert align(notebook, asked).aligned == "nothing"
    assert time.perf_counter() - begun < 20


def test_only_given_cells_are_replaced(papers, course):
    notebook = _aligned(papers, course[0], *course[1])
    changed = replace_source(notebook, "data", "x = 2")
    assert changed is not None
    assert [c.source for c in changed.cells][2] == "x = 2"
    assert changed.cells[:2] + changed.cells[3:] == notebook.cells[:2] + notebook.cells[3:]
    assert changed.cells[2].index == 2
    assert notebook.cells[2].source == DATA
    assert replace_source(notebook, "practice", "x = 2") is None
    assert replace_source(notebook, "nowhere", "x = 2") is None
    unaligned = read(papers.paper(*course[1]), "a.ipynb")
    assert replace_source(unaligned, "data", "x = 2") is None


def test_a_copy_of_a_given_cell_is_replaced_with_it(papers, course):
    """The work of two exercises on the same data stands in one file: the second copy would undo the judge's own data."""
    cells = [*map(papers.bare, course[1]), papers.cell(DATA.replace(" = ", "=")), papers.cell(DATA + "\nx = 3"), papers.cell("")]
    changed = replace_source(_aligned(papers, course[0], *cells), "data", "x = 2")
    assert changed is not None
    assert [at for at, c in enumerate(changed.cells) if c.source == "x = 2"] == [2, 6]
    longer = [*course[1][:2], papers.given(DATA + "\nn = 60", "data"), *course[1][3:]]
    changed = replace_source(_aligned(papers, course[0], *longer), "data", "x = 2")
    assert changed is not None
    assert changed.cells[2].source == f"{DATA}\nn = 60\n\nx = 2"  # what the student added is there, the judge has the last word
    emptied = [*course[1][:2], papers.given("", "data"), *course[1][3:], papers.cell("")]
    changed = replace_source(_aligned(papers, course[0], *emptied), "data", "x = 2")
    assert changed is not None
    assert [at for at, c in enumerate(changed.cells) if c.source == "x = 2"] == [2]


_IDS = st.sampled_from([None, "a", "b", "c", "other"])
_SOURCES = st.sampled_from(["x = 1", "y = 2\nz = 3", "# YOUR CODE HERE", "", "y = 2\nz = 4", "print(1)"])


@settings(max_examples=150, deadline=None)
@drawn(st.lists(st.tuples(_IDS, _SOURCES, st.sampled_from(["code", "markdown", "raw"])), min_size=1, max_size=8))
def test_alignment_keeps_its_promises(papers, drawn_cells):
    asked = scaffold(papers.paper(papers.given("x = 1", "a"), papers.asked("secret()", "b"), papers.given("y = 2\nz = 3", "c")))
    before = read(papers.paper(*(papers.cell(source, name, kind=kind) for name, source, kind in drawn_cells)), "a.ipynb")
    after = align(before, asked)
    assert [(c.index, c.kind, c.source) for c in after.cells] == [(c.index, c.kind, c.source) for c in before.cells]
    names = [c.grade_id for c in after.cells if c.grade_id]
    assert len(set(names)) == len(names)
    assert set(names) | set(after.missing) == {"a", "b", "c"}
    assert not set(names) & set(after.missing)
    assert all((c.owner == "added") == (c.grade_id is None) for c in after.cells)
    assert all(c.owner == "given" for c in after.cells if c.changed)


def test_percent_scripts_align_by_metadata(papers):
    asked = scaffold(papers.paper(papers.given("x = 1", "a"), papers.asked("y", "b")))
    flags = json.dumps({"grade_id": "b", "solution": True})
    notebook = align(read(f"# %%\nx = 1\n# %% nbgrader={flags}\ny = 2\n".encode(), "a.py"), asked)
    assert [(c.grade_id, c.owner) for c in notebook.cells] == [("a", "given"), ("b", "asked")]
    assert notebook.aligned == "metadata"
