"""`%load_ext grader` and `%grade` in real Jupyter kernels, as nbclient runs them: with figures shown inline, and no names for cells."""

import shutil
import time

import nbformat
import pytest
from nbclient import NotebookClient

from grader.authoring import stub_bytes
from grader.notebooks import CHECK, LOAD, read
from tests.conftest import ROOT
from tests.exercises.students import right

PROMPT = 5.0
"""Seconds within which an answer must come on a machine that is busy with other things; alone it takes a fifth of one."""


@pytest.fixture
def kernel(tmp_path, monkeypatch):
    """A function: run one cell in a kernel of its own, in the folder of slope-and-bias; gives its outputs."""
    monkeypatch.delenv("MPLBACKEND", raising=False)  # figures inline, as in a notebook
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    for path in (ROOT / "exercises" / "slope-and-bias").iterdir():
        shutil.copy(path, tmp_path)
    notebook = nbformat.v4.new_notebook()
    place = {"metadata": {"path": str(tmp_path)}}
    client = NotebookClient(notebook, timeout=120, kernel_name="python3", allow_errors=True, resources=place)

    def run(source):
        cell = nbformat.v4.new_code_cell(source)
        notebook.cells.append(cell)
        client.execute_cell(cell, len(notebook.cells) - 1)
        return cell.outputs

    with client.setup_kernel():
        yield run


def work(entry, *changes):
    return [cell.source for cell in right(entry, changes) if cell.kind == "code"]


def asked(kernel):
    """What `%grade` shows, as text in one line and as HTML; it comes promptly, and nothing else is printed."""
    began = time.perf_counter()
    (output,) = kernel(CHECK.source)
    assert time.perf_counter() - began < PROMPT
    assert output.output_type == "display_data"
    assert "<script" not in output.data["text/html"]
    return " ".join(output.data["text/plain"].split()), output.data["text/html"]


def test_unattempted_then_right_then_run_twice(kernel, entry):
    assert kernel(LOAD.source) == []
    stub = [cell.source for cell in read(stub_bytes(entry), "stub.ipynb").code()][1:-1]
    for source in stub:
        kernel(source)
    said, html = asked(kernel)
    assert said.startswith("○ Nothing to judge yet")
    assert 'class="grader-card open"' in html

    done = work(entry)
    practice, plot, outcome = done[-3:]
    kernel(practice)
    figures = kernel(plot)
    assert [o for o in figures if "image/png" in o.get("data", {})]  # the student sees the figure all the same
    kernel(outcome)
    said, html = asked(kernel)
    assert said.startswith("✓ All 10 checks that can be made here pass (9 of 9 points)")
    assert "1 more point judged after handing in" in said
    assert "<svg" in html

    kernel(practice)
    said, _ = asked(kernel)
    assert said.startswith("✓ All 10 checks")
    assert "one cell that ran twice" in said


def test_broken_work_is_told_its_cause_more_plainly_each_time(kernel, entry):
    kernel("x = 'a cell before the check is loaded, with no torch in it yet'")
    kernel(LOAD.source)
    for source in work(entry, ("practice", "    w.grad.zero_()\n    b.grad.zero_()", "    pass")):
        kernel(source)
    first, second, third = (asked(kernel) for _ in range(3))
    assert first[0].startswith("✗ 7 of 10 checks pass (6 of 9 points)")
    assert "Old gradients are kept In [11], line 10" in first[0]
    assert ["Hint:" in said for said, _ in (first, second, third)] == [False, True, True]
    assert ["docs.pytorch.org" in said for said, _ in (first, second, third)] == [False, False, True]
    assert "step 2 is off" in first[1]
    assert 'class="grader-card wrong"' in first[1]


def test_loaded_after_training_it_asks_for_a_clean_run(kernel, entry):
    for source in work(entry):
        kernel(source)
    kernel(LOAD.source)
    said, html = asked(kernel)
    assert said.startswith("↻ Restart and Run All")
    assert 'class="grader-card restart"' in html
    assert "✗" not in said
