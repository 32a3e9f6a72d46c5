"""What the students of this course receive holds nothing of reference/: searched, on all ten exercises."""

import json
import re

from grader.authoring import release, released
from grader.catalog.claims import BUNDLE
from grader.notebooks import is_check, parse, solution_lines
from grader.notebooks.scaffolds import is_solution
from tests.conftest import ROOT

FEWEST = 8
"""Letters of a line (white space aside) below which it stands everywhere and gives nothing away."""


def bare(line):
    return "".join(line.split()).lstrip("#>`*-").rstrip("`")


def texts(value):
    """Every text in a JSON tree, keys included."""
    if isinstance(value, dict):
        for key, held in value.items():
            yield key
            yield from texts(held)
    elif isinstance(value, list):
        for held in value:
            yield from texts(held)
    elif isinstance(value, str):
        yield value


def lines_of(files):
    """Every line of text in a bundle, bare; a data file's rows are the data, and left out."""
    trees = [json.loads(data) for name, data in files.items() if name.endswith((".ipynb", ".json"))]
    joined = ["".join(cell["source"]) for tree in trees for cell in tree.get("cells", ()) if isinstance(cell, dict)]
    return {bare(line) for text in [*joined, *(t for tree in trees for t in texts(tree))] for line in text.split("\n")}


def given_lines(entry):
    """Every line of the cells that the exercise gives."""
    cells = (cell for cell in entry.scaffold.cells if (cell.kind, cell.owner) == ("code", "given"))
    return {bare(line) for cell in cells for line in cell.source.split("\n")}


def test_the_exercises_here_are_what_release_makes(entry):
    folder = ROOT / "exercises" / entry.slug
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == released(entry), "grader release exercises/ makes them anew"


def test_a_bundle_holds_the_stub_the_claims_and_the_data_named_and_no_more(entry, tmp_path):
    paths = release(entry, tmp_path)
    assert {p.name for p in paths} == {f"{entry.slug}.ipynb", BUNDLE, *entry.exercise.files}
    assert {p for p in tmp_path.rglob("*") if p.is_file()} == set(paths)


def test_no_line_of_a_solution_is_in_it_that_the_given_cells_lack(entry):
    """In the words of the claims it is searched for within lines as well; what a task's text spells out is its author's choice."""
    shown, given = lines_of(released(entry)), given_lines(entry)
    cells = parse(entry.reference.read_bytes(), entry.slug).cells
    secret = {bare(line) for raw in cells for line in solution_lines(raw.source, solution=is_solution(raw), where=entry.slug)}
    secret = {line for line in secret if len(line) >= FEWEST} - given
    assert secret
    assert not secret & shown
    told = json.loads(released(entry)[BUNDLE])["claims"]
    words = "\n".join(bare(text) for text in texts({key: held for key, held in told.items() if key != "cells"}))
    assert not [line for line in secret if line in words]


def test_no_line_of_a_specimen_is_in_it_that_the_stub_lacks(entry):
    """Right work is a solution, whoever wrote it.  Lines that the exercise's own text shows are its author's choice."""
    stub = lines_of({n: d for n, d in released(entry).items() if n.endswith(".ipynb")})
    claims = lines_of({BUNDLE: released(entry)[BUNDLE]})
    worked = set()
    for one in entry.specimens:
        if one.name.startswith("right") and one.file.endswith(".ipynb"):
            worked |= {bare(line) for cell in parse(one.data, one.file).cells if cell.kind == "code" for line in cell.source.split("\n")}
    worked = {line for line in worked if len(line) >= FEWEST}
    assert worked - stub
    assert not (worked - stub) & claims
    assert not [one.name for one in entry.specimens for text in claims if len(one.name) >= FEWEST and one.name in text]


def test_no_second_run_and_no_hidden_check_is_told(entry):
    text = released(entry)[BUNDLE].decode()
    for word in ("OtherLine", "OtherTable", "OtherSeed", "generalises", "template", "specimen", "### BEGIN", str(ROOT)):
        assert word not in text
    for task in entry.exercise.tasks:
        for check in task.checks:
            assert check.visible or not check.title or check.title not in text


def test_the_two_cells_around_it_are_the_check_and_nothing_is_numbered_or_printed(entry):
    tree = json.loads(released(entry)[f"{entry.slug}.ipynb"])
    sources = ["".join(cell["source"]) for cell in tree["cells"]]
    assert [at for at, source in enumerate(sources) if is_check(source)] == [0, len(sources) - 1]
    assert re.search(r"^%load_ext grader$", sources[0], re.MULTILINE)
    assert re.search(r"^%grade$", sources[-1], re.MULTILINE)
    assert not [c for c in tree["cells"] if c.get("outputs") or c.get("execution_count")]
