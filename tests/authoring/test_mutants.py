"""Every mistake as a change of source, in every exercise of the course; how a few of them are graded is for test_validating."""

import ast
import json
import re
from pathlib import Path

import pytest

from grader.authoring.mutants import OPERATORS, mutants_of
from grader.authoring.syntax.work import work_of
from grader.catalog import Course

ROOT = Path(__file__).parents[2]
COURSE = Course(root=ROOT)
RULES = set(re.findall(r"^\| `([a-z-]+)` \|", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE))
NAMED = {one.name: one for one in OPERATORS}

# The issue's own list, in its order: each mistake by the operators that make it.
ASKED_FOR = {
    "drop backward": {"drop-backward"}, "drop zero_grad": {"drop-zero-grad"}, "drop step": {"drop-step"},
    "call without parentheses": {"name-backward", "name-zero-grad", "name-step", "function-named"},
    "zero_grad between backward and step": {"zero-grad-between"}, "step outside the loop": {"step-after-loop"},
    "rate times and over ten": {"rate-times-ten", "rate-over-ten"}, "the lecture's rate": {"rate-of-the-lecture"},
    "one more and one fewer": {"one-epoch-more", "counted-from-one"},
    "other batch size, shuffle": {"batches-of-eight", "all-at-once", "shuffled"}, "other start": {"start-elsewhere"},
    "L1 for MSE and back": {"other-loss"}, "sum for mean": {"sum-for-mean"}, "missing square": {"not-squared"},
    "flatten": {"one-side-flat", "predictions-as-a-column"}, "gradient swapped": {"gradient-of-the-other"}, "sign": {"uphill"},
    "optimizer of the old model": {"optimizer-of-the-old-model"}, "Adam": {"adam"},
    "detach": {"detached-loss"}, "re-create from a float": {"loss-from-a-float"},
    "record after the update": {"loss-recorded-after-the-step"}, "wrong list": {"recorded-in-the-lecture-list", "lists-swapped"},
    "tensors for floats": {"tensors-recorded"}, "interval": {"recorded-too-often", "recorded-too-seldom"},
    "train and test swapped": {"trained-on-the-test-rows"}, "eval or no_grad": {"eval-mode", "training-without-grad"},
    "scikit-learn on the wrong array": {"fit-swapped", "fit-of-some-rows"}, "100 epochs": {"tenth-of-the-epochs"},
    "never called": {"never-called"}, "shadow": {"loop-variables-hide-the-data", "loop-variable-hides-a-parameter"},
    "hard-coded": {"typed-in"}, "data re-created without the seed": {"split-without-its-seed"},
}  # fmt: skip


def named(work, name):
    return list(mutants_of(work, (NAMED[name],)))


@pytest.fixture(scope="module")
def works():
    return {slug: work_of(COURSE.load(slug)) for slug in COURSE.exercises()}


@pytest.fixture(scope="module")
def made(works):
    return {slug: list(mutants_of(work, OPERATORS)) for slug, work in works.items()}


def test_names_are_unique_and_sentences_complete_the_row():
    assert len(NAMED) == len(OPERATORS) >= 30
    for one in OPERATORS:
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", one.name)
        assert one.sentence[0].islower() or one.sentence.startswith(("SGD", "Adam"))
        assert not one.sentence.endswith(".")


def test_everything_that_was_asked_for_is_made(made):
    applied = {one.operator.name for mutants in made.values() for one in mutants}
    for mistake, operators in ASKED_FOR.items():
        assert operators <= applied, mistake


def test_each_operator_fits_somewhere(made):
    applied = {one.operator.name for mutants in made.values() for one in mutants}
    assert applied == set(NAMED)


def test_each_exercise_is_gone_wrong_in_many_ways(made):
    assert min(len(mutants) for mutants in made.values()) >= 12
    assert sum(len(mutants) for mutants in made.values()) >= 500


@pytest.mark.parametrize("slug", COURSE.exercises())
def test_each_mutant_is_a_notebook_with_one_mistake_in_the_students_cells(slug, works, made):
    work, told = works[slug], set()
    for one in made[slug]:
        changed = one.site.change.trees
        assert changed.keys() <= work.trees.keys()
        assert any(work.source(cell, one.site.change) != work.cells[cell].source for cell in changed), one.name
        for cell in changed:
            ast.parse(work.source(cell, one.site.change))
        told.add(one.name)
        causes, remark, why = one.site.must.causes, one.site.must.remark, one.site.must.why
        assert causes or remark
        assert {*causes, remark} - {""} <= RULES
        assert len(causes) < 2 or why, f"{one.name}: several causes and no reason"
    assert len(told) == len(made[slug])


def test_given_cells_and_all_metadata_stay(works, made):
    work = works["slope-and-bias"]
    reference = json.loads(work.written())
    for one in made["slope-and-bias"][::7]:
        mutant = json.loads(one.data)
        assert mutant["metadata"] == reference["metadata"]
        for index, (before, after) in enumerate(zip(reference["cells"], mutant["cells"], strict=True)):
            assert before["metadata"] == after["metadata"]
            assert index in one.site.change.trees or before == after


def test_a_submission_shows_no_marker_and_no_line_of_the_stub(works):
    text = works["reshape-bug"].written().decode()
    assert "BEGIN SOLUTION" not in text
    assert "STUB" not in text
    assert "reshape(-1)" in text


def test_the_same_work_gives_the_same_bytes(works, made):
    again = list(mutants_of(work_of(COURSE.load("pytorch-way")), OPERATORS))
    assert [one.data for one in again] == [one.data for one in made["pytorch-way"]]


@pytest.mark.parametrize(
    ("slug", "name", "gone", "there"),
    [
        ("slope-and-bias", "drop-backward", "loss.backward()", ""),
        ("slope-and-bias", "rate-of-the-lecture", "lr = 0.2", "lr = 0.1"),
        ("slope-and-bias", "gradient-of-the-other", "b -= lr * b.grad", "b -= lr * w.grad"),
        ("pytorch-way", "optimizer-of-the-old-model", "optimizer = optim.SGD", ""),
        ("pytorch-way", "shuffled", "in trainloader:", "shuffle=True"),
        ("cars-from-scratch", "fit-swapped", ".fit(X.numpy()", ".fit(y.numpy()"),
        ("hello-pytorch", "other-loss", "nn.L1Loss()", "nn.MSELoss()"),
        ("model-class", "parameters-recorded-as-views", "slope.append(model.linear.weight.item())", "weight.data.numpy()"),
        ("learning-rate-and-epochs", "axis-not-logarithmic", "yscale", ""),
        ("error-surface", "surface-sign", "(w * X + b)", "w * X + b"),
        ("two-layer", "activation-left-out", "self.relu(self.linear1(x))", "self.linear2(self.linear1(x))"),
    ],
)
def test_a_mistake_is_the_one_it_is_called(works, slug, name, gone, there):
    one = named(works[slug], name)[0]
    text = "\n".join(works[slug].source(cell, one.site.change) for cell in one.site.change.trees)
    assert gone not in text
    assert there in text


def test_what_nobody_asks_for_is_no_mistake(works):
    """missing-backward hands in no list with points, and slope-and-bias is moved by hand."""
    assert not named(works["missing-backward"], "not-recorded")
    assert not named(works["slope-and-bias"], "adam")
    assert not named(works["pytorch-way"], "labels-left-out")


def test_a_free_remark_costs_nothing_by_its_declaration(works):
    assert not named(works["slope-and-bias"], "tensors-recorded")[0].site.must.costs
    assert named(works["slope-and-bias"], "drop-step")[0].site.must.costs
