import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from grader.model.errors import NotebookError
from grader.notebooks import read

SCRIPT = """#!/usr/bin/env python
# -*- coding: latin-1 -*-
# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
# ---

# %% [markdown]
# # Practice
# with a learning rate of 0.2

# %% nbgrader={"grade_id": "practice", "grade": false, "locked": false, "solution": true, "schema_version": 3}
x = 1
# %matplotlib inline

y = 2

# %% {"nbgrader": {"grade_id": "plot"}}
plot(x)
# %% [raw]
# as it is
"""


def test_a_percent_script_reads_like_its_notebook():
    notebook = read(SCRIPT.encode(), "anna.PY")
    assert [(c.index, c.kind, c.source, c.grade_id) for c in notebook.cells] == [
        (0, "markdown", "# Practice\nwith a learning rate of 0.2", None),
        (1, "code", "x = 1\n%matplotlib inline\n\ny = 2", "practice"),
        (2, "code", "plot(x)", "plot"),
        (3, "raw", "as it is", None),
    ]
    assert notebook.remarks == ()


def test_windows_line_ends_change_nothing():
    assert read(SCRIPT.replace("\n", "\r\n").encode(), "a.py").cells == read(SCRIPT.encode(), "a.py").cells


def test_a_plain_script_is_one_cell():
    assert [c.source for c in read(b"x = 1\n\n\ndef f():\n    return x\n", "a.py").cells] == ["x = 1\n\n\ndef f():\n    return x"]


@pytest.mark.parametrize("data", [b"", b"\n\n", b"# ---\n# jupyter:\n# ---\n", b"\xff\xfe"])
def test_nothing_to_read_is_said(data):
    with pytest.raises(NotebookError):
        read(data, "a.py")


def test_another_kernel_is_named():
    with pytest.raises(NotebookError, match="written for R"):
        read(SCRIPT.replace("language: python", "language: R").encode(), "a.py")


@pytest.mark.parametrize(
    "marker", ['{"nbgrader": 5, "tags": 3}', "name=3 tags=[1]", '{"collapsed": 5}', "a=" + "[" * 3000, '{"tags": "' + "x" * 9000]
)
def test_metadata_that_upsets_jupytext_is_dropped_not_fatal(marker):
    notebook = read(f"# %% [markdown]\n# text\n# %% {marker}\nx = 1\n".encode(), "a.py")
    assert [(c.kind, c.source, c.grade_id) for c in notebook.cells] == [("markdown", "text", None), ("code", "x = 1", None)]


@pytest.mark.parametrize(
    "header", ["# ---\n# a: &a [x]\n# b: [*a, *a]\n# ---\n", "# ---\n# jupyter:\n#   : [\n# ---\n", "# ---\n# - a\n# ---\n"]
)
def test_a_header_is_never_parsed_as_yaml(header):
    assert [c.source for c in read(f"{header}# %%\nx = 1\n".encode(), "a.py").cells] == ["x = 1"]


def test_too_many_cells_are_refused_before_they_cost():
    with pytest.raises(NotebookError, match="more than 2000"):
        read(b"# %%\nx\n" * 2001, "a.py")


_LINES = st.lists(
    st.sampled_from(["# %%", "# %% [markdown]", "# %% [raw]", "#%%", "# ---", "# +", '"""', "'''", "x = 1", "# !ls", "%%R", "", "# "])
    | st.text(max_size=12).map("# %% ".__add__)
    | st.text(max_size=12), max_size=12)


@settings(max_examples=200, deadline=None)
@drawn(_LINES)
def test_arbitrary_scripts_raise_only_a_notebook_error(lines):
    try:
        notebook = read("\n".join(lines).encode("utf-8", "surrogatepass"), "a.py")
    except NotebookError:
        return
    assert notebook.cells
