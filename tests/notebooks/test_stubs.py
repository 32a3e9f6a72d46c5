import ast

import pytest

from grader.model.errors import AuthorError
from grader.notebooks import solution_lines, stub_source

HIDDEN = "### BEGIN HIDDEN TESTS\nassert x\n### END HIDDEN TESTS"


def _stub(source, solution=True, kind="code"):
    return stub_source(kind, source, solution=solution, where="r.ipynb, cell 3")


@pytest.mark.parametrize(
    ("source", "stub"),
    [
        ("a = 1\n### BEGIN SOLUTION\nb = 2\nc = 3\n### END SOLUTION\nd = 4", "a = 1\n# YOUR CODE HERE\nd = 4"),
        ("b = 2", "# YOUR CODE HERE"),
        ("### BEGIN SOLUTION\nb = 2\n### END SOLUTION\n", "# YOUR CODE HERE"),
        ("### BEGIN SOLUTION\n### END SOLUTION", "# YOUR CODE HERE"),
        ("for i in x:\n    ### BEGIN SOLUTION\n    b = 2\n    ### END SOLUTION\n    d = 4", "for i in x:\n    # YOUR CODE HERE\n    d = 4"),
        ("def f(x):\n    ### BEGIN SOLUTION\n    b = 2\n    ### END SOLUTION\nd = 4", "def f(x):\n    # YOUR CODE HERE\n    pass\nd = 4"),
        ("def f(x):  # why\n### BEGIN SOLUTION\n    return x\n### END SOLUTION", "def f(x):  # why\n    # YOUR CODE HERE\n    pass"),
        (f"x = 1\n{HIDDEN}\n### BEGIN SOLUTION\ny\n### END SOLUTION", "x = 1\n# YOUR CODE HERE"),
        (
            ("for e in n:\n    loss = f()\n    ### BEGIN SOLUTION\n    loss.backward()\n    ### END SOLUTION\n"
            "    ### BEGIN STUB\n    ### END STUB\n    step()"),
            "for e in n:\n    loss = f()\n    step()",
        ),
        (
            ("### BEGIN SOLUTION\ny = y.reshape(-1)\n### END SOLUTION\n\n"
            "### BEGIN STUB\n# y = y[:, None]\n#\n# if y:\n#     z = 1\n### END STUB\nplot(y)"),
            "y = y[:, None]\n\nif y:\n    z = 1\nplot(y)",
        ),
        (
            "for e in n:\n    ### BEGIN SOLUTION\n    step()\n    ### END SOLUTION\n    ### BEGIN STUB\n    # stop()\n    ### END STUB\n",
            "for e in n:\n    stop()\n",
        ),
    ],
)
def test_a_stub_holds_no_solution_and_parses(source, stub):
    assert _stub(source).strip("\n") == stub.strip("\n")
    ast.parse(_stub(source))


def test_text_answers_and_given_cells():
    assert _stub("The loss falls.", kind="markdown") == "YOUR ANSWER HERE"
    assert _stub("x = 1\n\ny = 2", solution=False) == "x = 1\n\ny = 2"
    assert _stub("assert x\n### BEGIN HIDDEN TESTS\nassert y\n### END HIDDEN TESTS", solution=False) == "assert x"


@pytest.mark.parametrize(
    ("source", "solution", "said"),
    [
        ("### BEGIN SOLUTION\nx", True, "never ended"),
        ("x\n### END SOLUTION", True, "END SOLUTION at line 2, where nothing is open"),
        ("### BEGIN SOLUTION\n### BEGIN SOLUTION\n### END SOLUTION", True, "BEGIN SOLUTION at line 2, where SOLUTION is open"),
        ("### BEGIN SOLUTION\n### END STUB", True, "END STUB at line 2"),
        ("### BEGIN SOLUTION\nx\n### END SOLUTION", False, "no solution cell"),
        ("### BEGIN STUB\n# x\n### END STUB", True, "does not follow"),
        ("### BEGIN SOLUTION\nx\n### END SOLUTION\ny\n### BEGIN STUB\n# x\n### END STUB", True, "does not follow"),
        ("### BEGIN SOLUTION\nx\n### END SOLUTION\n### BEGIN STUB\ny\n### END STUB", True, "not commented out"),
    ],
)
def test_wrong_markers_are_the_authors_error(source, solution, said):
    with pytest.raises(AuthorError, match=said) as caught:
        _stub(source, solution)
    assert str(caught.value).startswith("r.ipynb, cell 3: ")


def test_solution_lines_are_what_must_not_leak():
    source = f"a\n### BEGIN SOLUTION\nb = 1\nc = 2\n### END SOLUTION\n### BEGIN STUB\n# c = 2\n### END STUB\n{HIDDEN}"
    assert solution_lines(source, solution=True, where="r") == ("b = 1", "assert x")
    assert solution_lines("a\nb", solution=True, where="r") == ("a", "b")
    assert solution_lines("a\nb", solution=False, where="r") == ()
