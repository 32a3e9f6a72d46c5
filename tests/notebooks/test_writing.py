import json
import warnings

import nbformat
import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from grader.model.errors import AuthorError
from grader.notebooks import WrittenCell, checksum, read, scaffold, to_ipynb

_CELLS = st.lists(
    st.builds(
        WrittenCell, kind=st.sampled_from(["code", "markdown", "raw"]), id=st.sampled_from(["", "a", "b", "ä", "x" * 64, "x" * 80]),
        source=st.text(st.characters(exclude_categories=["Cs"]), max_size=20).map(lambda s: s.replace("\r\n", "\n")),
    ),
    min_size=1, max_size=6,
)


@settings(max_examples=100, deadline=None)
@drawn(_CELLS)
def test_reading_gives_back_what_was_written(cells):
    data = to_ipynb(cells)
    assert [(c.kind, c.source) for c in read(data, "a.ipynb").cells] == [(c.kind, c.source) for c in cells]
    assert to_ipynb(cells) == data
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nbformat.validate(nbformat.reads(data.decode(), as_version=4))


def test_the_checksum_is_nbgraders():
    import hashlib

    # The recipe of nbgrader 0.9: source, type, grade, solution, locked, id, and the points of a graded cell.
    graded = {"grade": True, "solution": False, "locked": False, "grade_id": "t", "points": 2}
    assert checksum("code", "x", graded) == hashlib.md5(b"xcodeTrueFalseTruet2.0").hexdigest()
    asked = {"grade": False, "solution": True, "locked": True, "grade_id": "p"}
    assert checksum("code", "x", asked) == hashlib.md5(b"xcodeFalseTrueFalsep").hexdigest()


def test_a_scaffold_names_what_is_given_and_asked(papers):
    p = papers
    made = scaffold(p.paper(
        p.cell("# T", kind="markdown"), p.given("x = 1", "a"), p.asked("secret", "b"), p.cell("free()", "play"),
        p.cell("assert x", "t", grade=True, points=1), p.cell("", None), p.given("# Text", "words", kind="markdown"),
        p.asked("because", "why", kind="markdown", grade=True, points=2),
    ))
    assert [(c.grade_id, c.kind, c.source, c.owner) for c in made.cells] == [
        ("a", "code", "x = 1", "given"), ("b", "code", "# YOUR CODE HERE", "asked"), ("t", "code", "assert x", "given"),
        ("words", "markdown", "# Text", "given"), ("why", "markdown", "YOUR ANSWER HERE", "asked"),
    ]
    assert made.find("b") == made.cells[1]
    assert made.find("play") is None


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (lambda p: [p.cell("x = 1")], "no grade id"),
        (lambda p: [p.given("x = 1", "a b")], "malformed"),
        (lambda p: [p.given("x = 1", "a"), p.given("y", "a")], "used twice"),
        (lambda p: [p.asked("### BEGIN SOLUTION", "a")], "never ended"),
        (lambda p: [p.cell("# Text", kind="markdown")], "no cell is given"),
    ],
)
def test_a_wrong_reference_is_the_authors_error(papers, cells, said):
    with pytest.raises(AuthorError, match=said) as caught:
        scaffold(papers.paper(*cells(papers)), "ref.ipynb")
    assert str(caught.value).startswith("ref.ipynb")


def test_a_reference_that_is_no_notebook_is_the_authors_error():
    with pytest.raises(AuthorError, match="no notebook"):
        scaffold(json.dumps([]).encode())
