import json
import tracemalloc

import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from grader.model.errors import NotebookError
from grader.notebooks import document, read


@pytest.mark.parametrize("minor", [0, 1, 2, 3, 4, 5, "5", None])
def test_every_minor_version_of_nbformat_4_is_read(papers, minor):
    notebook = read(papers.paper(papers.cell("x = 1"), nbformat_minor=minor), "a.ipynb")
    assert [(c.index, c.kind, c.source, c.owner) for c in notebook.cells] == [(0, "code", "x = 1", "added")]
    assert notebook.remarks == ()
    assert notebook.aligned == "nothing"


def test_real_files_from_nbformat_itself_are_read():
    import nbformat

    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# hi"), nbformat.v4.new_code_cell("a = 1\nb = 2\n")])
    notebook = read(nbformat.writes(made).encode(), "a.ipynb")
    assert [(c.kind, c.source) for c in notebook.cells] == [("markdown", "# hi"), ("code", "a = 1\nb = 2\n")]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("a\nb", "a\nb"), (["a\n", "b"], "a\nb"), ([], ""), (None, ""), (5, ""), ({"x": 1}, ""), (["a", 3, None, "b"], "ab"),
        ("a\r\nb", "a\nb"), ("%%R\nx <- 1", "%%R\nx <- 1"),
    ],
)
def test_a_source_may_have_any_form(papers, source, text):
    assert read(papers.paper(papers.cell(source)), "a.ipynb").cells[0].source == text


def test_a_cell_without_source_type_or_metadata_keeps_its_place(papers):
    cells = [{"cell_type": "code"}, {"source": "lost"}, 7, None, {"cell_type": ["code"], "metadata": 3, "source": "x"}, papers.cell("y")]
    notebook = read(papers.paper(*cells, metadata=[1]), "a.ipynb")
    assert [(c.index, c.kind, c.source) for c in notebook.cells] == [
        (0, "code", ""), (1, "raw", "lost"), (2, "raw", ""), (3, "raw", ""), (4, "raw", "x"), (5, "code", "y"),
    ]
    assert len(notebook.remarks) == 4


@pytest.mark.parametrize(
    "metadata", [None, 3, [], {"nbgrader": None}, {"nbgrader": []}, {"nbgrader": {}},
                 *({"nbgrader": {"grade_id": wrong}} for wrong in (7, None, "a b", "", "a" * 999, "a\n"))],
)
def test_malformed_grade_ids_are_none(papers, metadata):
    assert read(papers.paper({**papers.cell("x"), "metadata": metadata}), "a.ipynb").cells[0].grade_id is None


def test_the_grade_id_is_kept_for_aligning(papers):
    assert read(papers.paper(papers.asked("x", "practice")), "a.ipynb").cells[0].grade_id == "practice"


def test_outputs_are_dropped_and_remarked(papers):
    output = {"output_type": "stream", "name": "stdout", "text": ["10/10 points"]}
    shown = {**papers.cell("x"), "outputs": [output], "execution_count": 12, "attachments": {"a.png": {"image/png": "AAAA"}}}
    notebook = read(papers.paper(shown, papers.cell("y")), "a.ipynb")
    assert notebook.remarks == ("stored outputs of 1 cell was dropped",)
    assert "10/10" not in repr(notebook)


def test_stored_outputs_cost_little_memory(papers):
    picture = {"output_type": "display_data", "data": {"image/png": "A" * 100_000}, "metadata": {}}
    data = papers.paper(*({**papers.cell("x"), "outputs": [picture] * 10} for _ in range(20)))
    assert len(data) > 20_000_000
    tracemalloc.start()
    try:
        notebook = read(data, "a.ipynb")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(notebook.cells) == 20
    assert peak < 1.2 * len(data)  # the decoded text, and one cell's outputs at a time


def test_lone_surrogates_are_replaced_and_remarked():
    data = b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": "x = \'\\ud800\' + \'\\ud83d\\ude00\'"}]}'
    notebook = read(data, "a.ipynb")
    assert notebook.cells[0].source == "x = '\ufffd' + '\U0001f600'"
    assert notebook.remarks == ("cell 0: 1 half character was replaced",)
    notebook.cells[0].source.encode()


def test_a_byte_order_mark_is_no_obstacle(papers):
    assert read(b"\xef\xbb\xbf" + papers.paper(papers.cell("x")), "a.ipynb").cells[0].source == "x"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"hello", "no JSON at line 1"),
        (b"<!doctype html><html>", "web page"),
        (b'{"cells": [{"cell_type": "code", "sou', "breaks off"),
        (b'{"cells": [{"cell_type": "code"}', "breaks off"),
        (b'{"cells": [} ]}', "no JSON at line 1"),
        (b"[1, 2]", "no notebook"),
        (b"3", "no notebook"),
        (b'"text"', "no notebook"),
        (b"null", "no notebook"),
        (b"{}", "no list of cells"),
        (b'{"nbformat": 4}', "no list of cells"),
        (b'{"nbformat": 4, "cells": {}}', "no list of cells"),
        (b'{"nbformat": 3, "worksheets": [{"cells": []}]}', "nbformat 3 is too old"),
        (b'{"nbformat": 99, "cells": [{"cell_type": "code", "source": ""}]}', "nbformat 99 is not known"),
        (b'{"nbformat": true, "cells": [1]}', "no version number"),
        (b'{"nbformat": null, "cells": [1]}', "no version number"),
        (b"PK\x03\x04\xff\xfe", "UTF-8"),
        ("{}".encode("utf-16"), "UTF-8"),
        (b"[" * 200_000, "nested too deeply"),
        (b'{"nbformat": ' + b"9" * 5000 + b', "cells": []}', "too many digits"),
        (b'{"output_type": "stream"}', "no notebook"),
    ],
)
def test_what_is_no_notebook_gets_one_clear_line(data, said):
    with pytest.raises(NotebookError) as caught:
        read(data, "a.ipynb")
    assert said in str(caught.value)
    assert str(caught.value).startswith("a.ipynb: ")
    assert caught.value.remedy
    assert "\n" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize(
    ("metadata", "language"),
    [
        ({"kernelspec": {"language": "R", "name": "ir"}}, "R"),
        ({"language_info": {"name": "julia"}}, "julia"),
        ({"kernelspec": {"name": "x"}, "language_info": {"name": "scala"}}, "scala"),
    ],
)
def test_another_language_is_named(papers, metadata, language):
    with pytest.raises(NotebookError, match=f"written for {language}, not for Python"):
        read(papers.paper(papers.cell("x"), metadata=metadata), "a.ipynb")


@pytest.mark.parametrize(
    "metadata", [None, {}, {"kernelspec": {"name": "conda-env-python-py"}}, {"kernelspec": {"language": "python"}},
                 {"kernelspec": 4, "language_info": {"name": "Python"}}, {"language_info": {"name": 3}}, {"kernelspec": {"language": ""}}],
)
def test_python_is_what_says_so_or_nothing(papers, metadata):
    assert read(papers.paper(papers.cell("x"), metadata=metadata), "a.ipynb").language == "python"


def test_caps_are_kept(papers, monkeypatch):
    with pytest.raises(NotebookError, match="2001 cells, more than 2000"):
        read(papers.paper(*[papers.cell("")] * 2001), "a.ipynb")
    with pytest.raises(NotebookError, match="cell 1 has 2097153 characters"):
        read(papers.paper(papers.cell(""), papers.cell(["x" * 2**20, "x" * 2**20, "x"])), "a.ipynb")
    monkeypatch.setattr(document, "MAX_BYTES", 100)
    with pytest.raises(NotebookError, match="more than 0 MB"):
        read(b" " * 101, "a.ipynb")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 100) | st.floats() | st.text(max_size=8) | st.sampled_from(["code", "markdown", "4"]),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(["cells", "cell_type", "source", "metadata", "nbformat", "nbgrader", "grade_id", "outputs", "output_type",
                         "kernelspec", "language", "language_info", "name"]), inner, max_size=6),
    max_leaves=20,
)


@settings(max_examples=150, deadline=None)
@drawn(st.binary(max_size=200), st.sampled_from(["a.ipynb", "a.py", "a"]))
def test_arbitrary_bytes_raise_only_a_notebook_error(data, name):
    said = ""
    try:
        read(data, name)
    except NotebookError as error:
        said = str(error)
    assert "\n" not in said


@settings(max_examples=200, deadline=None)
@drawn(_JSON)
def test_arbitrary_json_raises_only_a_notebook_error(tree):
    for data in (json.dumps(tree), json.dumps({"nbformat": 4, "cells": [tree], "metadata": tree})):
        try:
            notebook = read(data.encode(), "a.ipynb")
        except NotebookError:
            continue
        assert [c.index for c in notebook.cells] == list(range(len(notebook.cells)))
        assert all(isinstance(c.source, str) for c in notebook.cells)
