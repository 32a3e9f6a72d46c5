import json
import os
import subprocess
import sys
from dataclasses import replace

import pytest

from grader.catalog import code_digest, declared, execution_digest, judging_digest
from grader.model.exercise import Check, OwnModule


def _both(entry):
    return execution_digest(entry), judging_digest(entry)


def test_a_digest_is_the_same_for_the_same_exercise_and_in_another_process(course):
    entry = course.load("small")
    digests = _both(entry)
    assert _both(course.load("small")) == digests
    assert all(len(digest) == 32 for digest in digests)
    assert digests[0] != digests[1]
    told = f"from pathlib import Path; from grader.catalog import *; e = Course(root=Path({str(course.root)!r})).load('small')\n"
    told += "print(execution_digest(e), judging_digest(e))"
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    printed = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True, env=environment)
    assert tuple(printed.stdout.split()) == digests


@pytest.mark.parametrize(
    ("changed", "execution", "judging"),
    [
        (lambda e: replace(e, served={**e.served, "https://example.org/t.csv": b"other"}), True, False),
        (lambda e: replace(e, files={"table.csv": b"other"}), True, False),
        (lambda e: replace(e, exercise=replace(e.exercise, variants=())), True, True),
        (lambda e: replace(e, exercise=replace(e.exercise, title="Other")), False, True),
        (lambda e: replace(e, specimens=()), False, False),
    ],
)
def test_a_change_moves_the_digest_that_it_concerns(course, changed, execution, judging):
    entry = course.load("small")
    before, after = _both(entry), _both(changed(entry))
    assert (before[0] != after[0], before[1] != after[1]) == (execution, judging)


def test_points_alone_mean_rescoring(course):
    entry = course.load("small")
    task = entry.exercise.tasks[0]
    other = replace(task, checks=(Check(id="gradient", points=10.0),))
    moved = replace(entry, exercise=replace(entry.exercise, tasks=(other,)))
    assert execution_digest(moved) == execution_digest(entry)
    assert judging_digest(moved) != judging_digest(entry)


def test_the_scaffold_counts(course, folder, write_notebook):
    before = execution_digest(course.load("small"))
    (folder / "small.ipynb").write_bytes(write_notebook(("data", "given", "x = 2"), ("practice", "asked", "train(x)")))
    given = execution_digest(course.load("small"))
    (folder / "small.ipynb").write_bytes(write_notebook(("data", "given", "x = 2"), ("practice", "asked", "other_solution(x)")))
    assert before != given == execution_digest(course.load("small"))


def build():
    """Stands for an author's Module."""
    return


def test_a_declaration_is_plain_data(course):
    entry = course.load("small")
    told = declared(entry.exercise)
    assert json.loads(json.dumps(told)) == told
    assert told["is"] == "Exercise"
    assert told["tasks"][0]["training"]["optimizer"] == {"is": "SGD", "lr": 0.2, "momentum": 0.0, "weight_decay": 0.0}
    own = declared(OwnModule(build=build))
    assert own["build"]["is"] == "build"
    assert "Stands for" in own["build"]["source"]
    assert "0x" not in json.dumps(own)


def test_the_digest_of_code_is_that_of_these_rooms_alone():
    told = [code_digest("authoring"), code_digest("judging"), code_digest("authoring", "judging"), code_digest("authoring")]
    assert told[0] == told[3]
    assert len(set(told)) == 3
    assert all(len(digest) == 32 for digest in told)
