import json
import zipfile

import pytest

from grader.authoring import leaks, release, release_zip, released, stub_bytes
from grader.model.errors import AuthorError
from grader.notebooks import CHECK, LOAD, align, checksum, read

SOLUTION = "a = 1\n### BEGIN SOLUTION\nsecret_total = train(x, rate=0.2)\n### END SOLUTION\nplot(a)"
MEND = "for e in n:\n    ### BEGIN SOLUTION\n    loss.backward()\n    ### END SOLUTION\n    ### BEGIN STUB\n    ### END STUB\n    step()"


@pytest.fixture
def rewritten(course, folder, write_notebook):
    """A function that gives the exercise another reference and loads it."""

    def rewrite(*cells):
        (folder / "small.ipynb").write_bytes(write_notebook(("data", "given", "x = 1"), *cells))
        return course.load("small")

    return rewrite


def _cells(entry):
    return json.loads(stub_bytes(entry))["cells"]


def test_the_stub_holds_what_students_receive(rewritten):
    entry = rewritten(("practice", "asked", SOLUTION), ("mend", "asked", MEND), ("whole", "asked", "everything = 1"))
    cells = _cells(entry)
    assert ["".join(c["source"]) for c in cells] == [
        LOAD.source, "x = 1", "a = 1\n# YOUR CODE HERE\nplot(a)", "for e in n:\n    step()", "# YOUR CODE HERE", CHECK.source,
    ]
    assert [c["id"] for c in cells] == ["grader-load", "data", "practice", "mend", "whole", "grader-check"]
    assert b"secret_total" not in stub_bytes(entry)
    assert leaks(entry) == ()


def test_the_stub_is_a_valid_notebook_that_aligns_and_is_recognised(rewritten):
    import nbformat

    entry = rewritten(("practice", "asked", SOLUTION))
    data = stub_bytes(entry)
    nbformat.validate(nbformat.reads(data.decode(), as_version=4))
    assert json.loads(data)["metadata"]["grader"] == {"exercise": "small"}
    notebook = align(read(data, "small.ipynb"), entry.scaffold)
    assert (notebook.aligned, notebook.missing) == ("metadata", ())
    assert not any(cell.changed for cell in notebook.cells)


def test_outputs_counts_and_editors_leftovers_are_gone(course, folder):
    tree = json.loads((folder / "small.ipynb").read_bytes())
    tree["metadata"] = {"widgets": {"answer": 42}, "kernelspec": {"name": "mine", "display_name": "Mine", "language": "python"}}
    for cell in tree["cells"]:
        cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "the answer is 42"}]
        cell["execution_count"] = 7
        cell["metadata"] |= {"collapsed": True, "execution": {"iopub.execute_input": "now"}, "tags": ["keep"]}
        cell["metadata"]["nbgrader"]["comment"] = "the answer is 42"
    (folder / "small.ipynb").write_text(json.dumps(tree))
    entry = course.load("small")
    assert b"answer" not in stub_bytes(entry)
    for cell in _cells(entry)[1:-1]:
        assert (cell["outputs"], cell["execution_count"]) == ([], None)
        assert cell["metadata"].keys() == {"nbgrader", "tags"}


def test_checksums_are_of_the_released_text(rewritten):
    for cell in _cells(rewritten(("practice", "asked", SOLUTION))):
        nbgrader = cell["metadata"]["nbgrader"]
        assert nbgrader["checksum"] == checksum("code", "".join(cell["source"]), nbgrader)
        assert (nbgrader["schema_version"], nbgrader["cell_type"]) == (3, "code")
        assert "points" not in nbgrader


def test_a_release_is_byte_stable_and_holds_no_more_than_allowed(course, folder, tmp_path):
    (folder / "data" / "private.csv").write_text("not for students")
    entry = course.load("small")
    paths = release(entry, tmp_path / "out")
    assert [p.relative_to(tmp_path / "out").as_posix() for p in paths] == [
        "small/small.ipynb", "small/grader.json", "small/table.csv",
    ]
    assert sorted(p.name for p in (tmp_path / "out" / "small").iterdir()) == ["grader.json", "small.ipynb", "table.csv"]
    first = {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in paths}
    assert {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in release(course.load("small"), tmp_path / "out")} == first
    assert {p.name: data for p, (data, _) in first.items()} == released(entry)


@pytest.mark.parametrize(
    "shown",
    ["secret_total = train(x, rate=0.2)", "    # secret_total = train(x,  rate=0.2)", "#secret_total=train(x, rate=0.2)"],
)
def test_a_line_of_the_solution_in_the_stub_is_a_leak(rewritten, tmp_path, shown):
    entry = rewritten(("practice", "asked", SOLUTION), ("other", "asked", f"{shown}\n### BEGIN SOLUTION\n### END SOLUTION"))
    assert leaks(entry) == ("secret_total = train(x, rate=0.2)",)
    with pytest.raises(AuthorError, match="would show a line of the solution"):
        release(entry, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_solution_in_the_text_is_a_leak(course, folder):
    tree = json.loads((folder / "small.ipynb").read_bytes())
    tree["cells"].append({"cell_type": "markdown", "metadata": {}, "source": "Do this:\n\n    secret_total = 5 + x\n"})
    tree["cells"][1]["source"] = "secret_total = 5 + x"
    (folder / "small.ipynb").write_text(json.dumps(tree))
    assert leaks(course.load("small")) == ("secret_total = 5 + x",)


def test_what_the_lecture_shows_and_trivial_lines_are_no_leaks(rewritten):
    entry = rewritten(
        ("lecture", "given", "optimizer.zero_grad()\nx = 1"),
        ("practice", "asked", "i = 0\n### BEGIN SOLUTION\noptimizer.zero_grad()\ni = 0\n### END SOLUTION\n# optimizer.zero_grad()"),
    )
    assert leaks(entry) == ()


def test_a_stub_region_that_repeats_a_line_of_the_solution_is_meant(rewritten):
    mend = (
        "### BEGIN SOLUTION\nprediction = model(X)\nshaped = prediction.reshape(-1)\n### END SOLUTION\n"
        "### BEGIN STUB\n# prediction = model(X)\n### END STUB"
    )
    assert leaks(rewritten(("practice", "asked", mend))) == ()


def test_hidden_tests_are_neither_released_nor_leaked(rewritten):
    entry = rewritten(("tests", "given", "assert x\n### BEGIN HIDDEN TESTS\nassert x == 1, 'hidden'\n### END HIDDEN TESTS"))
    assert b"hidden" not in stub_bytes(entry).lower()
    assert leaks(entry) == ()


def test_a_zip_holds_what_the_folder_holds_and_is_the_same_each_time(course, tmp_path):
    entry = course.load("small")
    path = release_zip(entry, tmp_path / "out")
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == {f"small/{n}": data for n, data in released(entry).items()}
    first = path.read_bytes(), path.stat().st_mtime_ns
    release_zip(course.load("small"), tmp_path / "out")
    assert (path.read_bytes(), path.stat().st_mtime_ns) == first


def test_a_solution_in_the_words_of_a_check_is_a_leak(course, folder):
    declaration = folder / "exercise.py"
    tree = json.loads((folder / "small.ipynb").read_bytes())
    tree["cells"][1]["source"] = "secret_total = 5 + x"
    (folder / "small.ipynb").write_text(json.dumps(tree))
    assert leaks(course.load("small")) == ()
    declaration.write_text(declaration.read_text().replace('Check(id="gradient",', 'Check(id="gradient", title="secret_total = 5 + x",'))
    assert leaks(course.load("small")) == ("secret_total = 5 + x",)
    with pytest.raises(AuthorError, match="would show a line of the solution"):
        release_zip(course.load("small"), folder)
    assert not (folder / "small.zip").exists()
