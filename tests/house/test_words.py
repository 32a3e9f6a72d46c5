"""Every message and hint of a rule speaks in its lab's own terms, and none holds a line of a solution."""

import re
from collections import defaultdict
from contextlib import closing

import pytest

from grader.authoring.release import stub_bytes
from grader.batch import trials_of
from grader.catalog import Course
from grader.execution.choosing import choose
from grader.grading import Grader
from grader.judging.adding import phrases
from grader.judging.diagnosis import HOW
from grader.notebooks import parse, solution_lines
from grader.notebooks.scaffolds import is_solution
from grader.reports.pages.rules import told
from tests.house.words import OWN_WORK, ROOT, SENTENCES, TERMS, entries, known, occurs, sentences, terms_in

SLUGS = Course(root=ROOT).exercises()
FEWEST = 8
"""Letters of a solution's line (white space aside) below which it stands everywhere and gives nothing away."""
FIELDS = defaultdict(lambda: "…", {
    "verb": "step", "name": "train", "which": "both parameters", "how": HOW["never"], "seen": "LOSS2 holds 14 values; asked for 15",
    "error": "NameError: name 'W' is not defined", "rates": "every step is 0.1 times the gradient", "lr": "0.2", "times": "14 times",
    "wanted": "15", "rows": "10", "asked_rows": "60", "asked_step": "minus 0.2 times the gradient", "loss": "the sum of squared errors",
    "shape": "(60, 60)", "climbs": "Both parameters move", "cells": "11", "step": "3", "why": ": still running after 3 s",
})  # fmt: skip


@pytest.fixture(scope="module", params=SLUGS)
def entry(request):
    return Course(root=ROOT).load(request.param)


def text_of(notebook):
    return "\n".join(cell.source for cell in parse(notebook, "a notebook").cells)


def lines_of(entry):
    """The lines of the solution that its given cells lack, without white space."""
    cells = parse(entry.reference.read_bytes(), entry.slug).cells
    lines = {"".join(line.split()) for raw in cells for line in solution_lines(raw.source, solution=is_solution(raw), where=entry.slug)}
    given = {"".join(line.split()) for cell in entry.scaffold.cells if cell.owner == "given" for line in cell.source.split("\n")}
    return {line for line in lines - given if len(line) >= FEWEST}


def wrong(said, entry, own=frozenset()):
    """The terms that a text uses and the lab lacks, and the lines of the solution that stand in it."""
    bare = "".join(said.split())
    return sorted(terms_in(said) - known(entry) - own), sorted(line for line in lines_of(entry) if line in bare)


def test_a_lab_has_the_terms_that_it_says_it_has(entry):
    taught = terms_in(text_of(stub_bytes(entry))) | terms_in(text_of(entry.reference.read_bytes()))
    assert known(entry) <= TERMS.keys()
    assert known(entry) <= taught
    assert len(lines_of(entry)) > 0


def test_labs_differ_in_what_they_have_introduced():
    labs = {one.slug: known(one) for one in entries()}
    assert labs["slope-and-bias"].isdisjoint({"optimizer", "zero_grad()", "loader", "Module", "layer"})
    assert {"optimizer", "zero_grad()", "loader", "Module"} <= labs["pytorch-way"]


def test_phrases_and_headlines_use_the_terms_of_each_lab_in_which_they_can_be_told(entry):
    off = {}
    for key, phrase in phrases().items():
        own = OWN_WORK.get(key, frozenset())
        if occurs(key, entry):
            for said in (phrase.said(FIELDS), phrase.hinted(FIELDS), told(phrase.rule or key).headline):
                if any(wrong(said, entry, own)):
                    off[key] = said, wrong(said, entry, own)
    assert not off


def test_what_was_seen_is_worded_in_the_terms_of_each_lab_that_checks_it(entry):
    checks = {check.id for task in entry.exercise.tasks for check in task.checks}
    trains = any(task.training is not None for task in entry.exercise.tasks)
    split = "held out" in known(entry)
    off = {}
    for module, ids in SENTENCES.items():
        if ids & checks if ids else trains:
            for said in sentences(module):
                own = OWN_WORK.get(said, frozenset()) | (frozenset() if split else {"held out"})  # told where rows are held out alone
                if any(wrong(said, entry, own)):
                    off[module, said] = wrong(said, entry, own)
    if "fitted" not in checks:
        off = {at: one for at, one in off.items() if (at[0], one[0]) != ("fits", ["scikit-learn"])}  # compared where a fit is asked for
    assert not off


def test_what_specimens_are_told_is_in_their_terms_or_in_those_of_their_own_cells(entry):
    """The messages that stand beside specimens, to which every trial holds the grader."""
    off = {}
    for one in entry.specimens:
        own = terms_in(one.data.decode("utf-8", "replace"))
        off |= {(one.name, rule): wrong(said, entry, own) for rule, said in one.says.items() if any(wrong(said, entry, own))}
    assert not off


def test_a_term_from_elsewhere_and_a_line_of_a_solution_are_seen():
    entry = Course(root=ROOT).load("slope-and-bias")
    line = min(lines_of(entry), key=len)
    assert wrong("Give your optimizer its learning rate.", entry) == (["optimizer"], [])
    assert wrong(f"Write {line} there.", entry) == ([], [line])
    assert wrong("Look at the loop.", entry) == ([], [])


def test_no_hint_shows_code():
    """But for the one of a remark, which says how a plain number is taken."""
    code = {key for key, phrase in phrases().items() if re.search(r"\w\.\w+\(|\w\(\w| = |\.\w+\(\)", phrase.hint)}
    assert code == {"tensors-not-floats"}


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_all_that_is_said_of_every_specimen_is_in_the_terms_of_its_lab(entry):
    """Every message and hint of every specimen, and what each check says of it."""
    off = {}
    with closing(choose(trusted=True)) as executor:
        grader = Grader(executor, secret=b"the words of the labs")
        for trial in trials_of(entry):
            if trial.specimen is None or trial.specimen.confined:
                continue
            report = grader.grade(trial.data, trial.name, trial.entry)
            own = terms_in(trial.data.decode("utf-8", "replace")) | terms_in(report.run.detail)
            texts = [text for f in report.findings for text in (f.message, f.hint)] + [check.message for check in report.checks]
            off |= {(trial.name, said): wrong(said, entry, own) for said in texts if any(wrong(said, entry, own))}
    assert not off
