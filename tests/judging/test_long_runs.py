"""Runs far longer than any asked for: what is looked at of them, and that they are told as if all of it were."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from grader.judging import judge, looked_at, view
from grader.judging.datasets import Dataset
from grader.judging.figures import READ, _draws
from grader.judging.laws import gradient_law, loss_law
from grader.judging.looked_at import LookedAt
from grader.judging.predictors import LINE
from grader.judging.reading import read_run
from grader.judging.runs import beginning, find_runs
from grader.judging.supposing import explained, supposed_run
from grader.model.evidence import Curve
from grader.model.exercise import OtherSeed
from grader.model.run import Observed, Outcome
from grader.notebooks import align, read
from grader.probe.figures import POINTS
from tests.judging.labs import PYTORCH, SLOPE, as_notebook, slug

X = np.arange(-3, 3, 0.5)
KNOWN = Dataset(x=X, y=None, slope=1.0, intercept=-1.0, noise=0.1)
DATA = "import torch\ntorch.manual_seed(0)\nX = torch.arange(-3, 3, 0.5).view(-1, 1)\nY = X - 1 + 0.1 * torch.randn(X.shape)\n"
START = "w = torch.tensor(-1.5, requires_grad=True)\nb = torch.tensor(2.0, requires_grad=True)\n"
WHOLE = "    ((w * X + b - Y) ** 2).mean().backward()\n"
ROWS = "    for x, y in zip(X, Y):\n        (((w * x + b - y) ** 2).mean() / len(X)).backward()\n"
MOVE = "    for p in (w, b):\n        p.data -= 0.1 * p.grad\n        p.grad = None\n"


def run_of(record, body, times=40):
    evidence = record(DATA, START + f"for _ in range({times}):\n{body}")
    (run,) = find_runs(evidence)
    return evidence, run


def test_of_a_run_no_longer_than_asked_for_all_calls_are_looked_at(record):
    _, run = run_of(record, WHOLE + MOVE)
    assert beginning(run, 40, 12) == 40
    assert beginning(run, 10, 12) == 10


def test_gathered_gradients_count_as_the_steps_that_they_make(record):
    _, run = run_of(record, ROWS + MOVE, times=6)
    assert len(run) == 72
    assert beginning(run, 2 * 6, 12) == 72
    assert 12 < beginning(run, 6, 12) < 72


def test_a_loop_that_never_moves_is_looked_at_as_often_as_steps_are_asked_for(record):
    _, run = run_of(record, WHOLE)
    assert beginning(run, 10, 12) == 10


def test_the_head_has_rows_and_keeps_its_laws_and_the_trace_knows_the_whole_run(record):
    evidence, run = run_of(record, WHOLE + MOVE)
    trace, whole = read_run(evidence, run, KNOWN, calls=10), read_run(evidence, run, KNOWN)
    assert (len(trace), len(trace.head), len(trace.head.x)) == (40, 10, 120)
    assert trace.head.sizes.tolist() == [12] * 10
    for name in ("theta", "loss", "moves", "final"):
        np.testing.assert_array_equal(getattr(trace, name), getattr(whole, name))
    np.testing.assert_array_equal(trace.head.final, whole.theta[10])
    np.testing.assert_array_equal(trace.head.moves, whole.moves[:10])
    assert loss_law(trace.head, "mse").kept
    assert gradient_law(trace.head, "mse", trace.head.grad).kept
    assert whole.head is whole
    with pytest.raises(AssertionError, match="head alone"):
        _ = trace.predicted


def test_a_step_of_gathered_gradients_is_never_cut_in_two(record):
    evidence, run = run_of(record, ROWS + MOVE, times=6)
    trace = read_run(evidence, run, KNOWN, calls=30)
    assert (len(trace), len(trace.head)) == (6, 2)
    assert trace.head.sizes.tolist() == [12, 12]
    assert gradient_law(trace.head, "mse", trace.head.grad).kept


def test_a_first_step_of_more_calls_than_are_looked_at_is_taken_apart(record):
    evidence, run = run_of(record, ROWS + MOVE, times=3)
    trace = read_run(evidence, run, KNOWN, calls=5)
    assert (len(trace), len(trace.head)) == (36, 5)


def test_supposed_rows_are_those_of_the_head_too(record):
    evidence, run = run_of(record, "    torch.einsum('ij->', (w * X + b - Y) ** 2).div(12).backward()\n" + MOVE)
    trace = supposed_run(evidence, run, KNOWN, LINE, {12}, 10)
    assert (len(trace), len(trace.head)) == (40, 10)
    assert explained(trace)


LONG = {
    "slope-longer": (SLOPE, "my_train_model(15)", "my_train_model(400)"),
    "slope-ran-thrice": (SLOPE, "my_train_model(15)", "my_train_model(15)\nmy_train_model(15)\nmy_train_model(15)"),
    "slope-wrong-rate-for-long": (SLOPE, "my_train_model(15)", "my_train_model(400, lr=0.02)"),
    "slope-no-step": (SLOPE, "my_train_model(15)", "for _ in range(400):\n    criterion(forward(X), Y).backward()"),
    "slope-backward-twice-a-step": (
        SLOPE,
        "        LOSS2.append(loss)\n        loss.backward()",
        "        LOSS2.append(loss.item())\n        loss.backward(retain_graph=True)\n        loss.backward()",
        "my_train_model(15)",
        "my_train_model(60)",
    ),
    "slope-row-by-row": (
        SLOPE,
        "my_train_model(15)",
        "X_all, Y_all = X, Y\nfor _ in range(15):\n    for X, Y in zip(X_all, Y_all):\n        my_train_model(1)",
    ),
    "slope-reset-at-last": (SLOPE, "my_train_model(15)", "my_train_model(400)\nw.data.fill_(1.0)"),
    "pytorch-longer": (PYTORCH, "my_train(10)", "my_train(50)"),
}


def handed_in(kernel, course, cells):
    entry = course.load(slug(cells))
    notebook = align(read(*as_notebook(cells)), entry.scaffold)
    started = kernel()
    for cell in notebook.code():
        started.run(cell.source, at=cell.index)
    return entry, notebook, started.evidence()


def report_on(entry, notebook, evidence):
    """Score, (check, outcome, message) of each check, findings."""
    outcome = Outcome(status="completed", isolation="L0", seconds=0.1, evidence=evidence)
    report = judge(entry.exercise, notebook, (Observed(exercise=entry.exercise, outcome=outcome),))
    return report.score, [(c.id, c.outcome, c.message) for c in report.checks], report.findings


@pytest.fixture
def told(kernel, course):
    """A function (cells) -> a function that asks for a report on them, anew of the same run each time."""
    return lambda cells: partial(report_on, *handed_in(kernel, course, cells))


@pytest.mark.parametrize("name", LONG)
def test_a_run_that_is_far_too_long_is_told_as_if_all_of_it_were_looked_at(told, monkeypatch, name):
    cells, *changes = LONG[name]
    changed = list(cells)
    for old, new in zip(changes[::2], changes[1::2], strict=True):
        changed = [cell.replace(old, new) for cell in changed]
    assert changed != list(cells)
    ask = told(changed)
    cut = ask()
    monkeypatch.setattr(looked_at, "TIMES", 10**9)
    assert ask() == cut


def stages(run, way, **asked):
    """How many calls are looked at, one try after another."""
    tried = []
    LookedAt(**{"count": 12, "sizes": frozenset({12}), "steps": 2, "ended": frozenset(), **asked}).read(
        run, lambda calls: tried.append(calls) or way(calls)
    )
    return tried


def test_as_many_rows_are_looked_at_as_would_meet_every_row_by_chance(record):
    evidence, run = run_of(record, WHOLE + MOVE)
    reading = partial(read_run, evidence, run, KNOWN)
    assert stages(run, lambda calls: reading(calls=calls)) == [4, 20]
    assert stages(run, lambda calls: reading(calls=calls), steps=15) == [30]
    assert stages(run, lambda calls: reading(calls=calls), steps=20) == [40]


def stages_of_an_open_run(record, monkeypatch, body=WHOLE + MOVE, behind="", **asked):
    """The same where the task asks for as many steps as it takes, and those of twenty are looked at."""
    monkeypatch.setattr(looked_at, "OPEN", 10)
    monkeypatch.setattr(looked_at, "ROUNDS", 1)
    evidence = record(DATA, START + f"for k in range(40):\n{body}{behind}")
    (run,) = find_runs(evidence)
    reading = partial(read_run, evidence, run, KNOWN)
    ended = frozenset({run.cell}) if asked.pop("cut", False) else frozenset()
    return stages(run, lambda calls: reading(calls=calls), **{"steps": None, "ended": ended, **asked})


def test_of_as_many_steps_as_it_takes_the_first_are_looked_at_where_the_others_go_on_alike(record, monkeypatch):
    assert stages_of_an_open_run(record, monkeypatch) == [20]


TIMES_THREE = "    loss = ((w * X + b - Y) ** 2).mean()\n    (loss * (1.0 if k < 30 else 3.0)).backward()\n"
OTHERWISE = {
    "a rate that changes": WHOLE + MOVE.replace("0.1 * p", "(0.1 if k < 30 else 0.05) * p"),
    "gradients no longer cleared": WHOLE + MOVE.replace("p.grad = None", "p.grad = p.grad if k > 30 else None"),
    "another factor": TIMES_THREE + MOVE,
    "other data": WHOLE.replace("- Y", "- (Y if k < 30 else Y + 1)") + MOVE,
    "another loss": WHOLE.replace("((w * X + b - Y) ** 2)", "(((w * X + b - Y) ** 2) if k < 30 else (w * X + b - Y).abs())") + MOVE,
}


@pytest.mark.parametrize("name", OTHERWISE)
def test_of_as_many_steps_as_it_takes_all_are_looked_at_where_later_ones_do_otherwise(record, monkeypatch, name):
    assert stages_of_an_open_run(record, monkeypatch, OTHERWISE[name]) == [20, 40]


def test_of_as_many_steps_as_it_takes_all_are_looked_at_where_other_values_were_put_in_at_last(record, monkeypatch):
    assert stages_of_an_open_run(record, monkeypatch, behind="w.data.fill_(1.0)\n") == [20, 40]


def test_batches_are_looked_at_whole_for_their_rows_can_not_be_foreseen(record, monkeypatch):
    assert stages_of_an_open_run(record, monkeypatch, sizes=frozenset({4})) == [40]


def test_what_the_grader_ended_need_not_go_on(record, monkeypatch):
    assert stages_of_an_open_run(record, monkeypatch, OTHERWISE["another loss"], cut=True) == [20]


def test_of_the_judges_own_run_still_fewer_are_looked_at_where_the_others_go_on_alike(record, monkeypatch):
    monkeypatch.setattr(looked_at, "AGAIN", 5)
    assert stages_of_an_open_run(record, monkeypatch, again=True) == [5]
    assert stages_of_an_open_run(record, monkeypatch, again=True, steps=40) == [5]
    assert stages_of_an_open_run(record, monkeypatch, OTHERWISE["another loss"], again=True, steps=40) == [5, 40]
    assert stages_of_an_open_run(record, monkeypatch, OTHERWISE["another loss"], again=True, steps=10) == [5, 20]


AGAIN = {
    "right": ("passed", "epoch", "epoch"),
    "half-the-rate-in-the-end": ("failed", "w.data - lr * w.grad.data", "w.data - (lr if epoch < 10 else lr / 2) * w.grad.data"),
    "a-value-typed-in": ("failed", "my_train_model(15)", "my_train_model(15)\nw.data.fill_(1.0)"),
    "the-list-of-another-run": ("failed", "my_train_model(15)", "my_train_model(15)\nLOSS2[:] = [3.0] * 15"),
}


@pytest.mark.parametrize("name", AGAIN)
def test_the_judges_own_run_is_told_as_if_all_of_it_were_looked_at(kernel, course, monkeypatch, name):
    entry, notebook, first = handed_in(kernel, course, SLOPE)
    outcome, old, new = AGAIN[name]
    _, _, second = handed_in(kernel, course, [cell.replace(old, new) if "my_train" in cell else cell for cell in SLOPE])
    exercise, seen, plain = entry.exercise, [], view.read_run
    runs = [
        Observed(exercise=exercise, outcome=Outcome(status="completed", isolation="L0", seconds=0.1, evidence=evidence), variant=variant)
        for evidence, variant in ((first, None), (second, OtherSeed()))
    ]
    monkeypatch.setattr(view, "read_run", lambda *args, **more: seen.append(plain(*args, **more)) or seen[-1])
    monkeypatch.setattr(looked_at, "ROUNDS", 1)
    told = []
    for again in (4, 15):
        monkeypatch.setattr(looked_at, "AGAIN", again)
        report = judge(exercise, notebook, tuple(runs))
        told.append((report.score, [(c.id, c.outcome, c.message) for c in report.checks], report.findings))
        if again == 4:
            assert 4 in {len(trace.head) for trace in seen}
    assert told[0] == told[1]
    assert ("generalises", outcome) in {(check, found) for check, found, _ in told[0][1]}


OTHERS = """
def anew(rate, record=None):
    global w, b
    w = torch.tensor(-15.0, requires_grad=True)
    b = torch.tensor(-10.0, requires_grad=True)
    for k in range(15):
        loss = criterion(forward(X), Y)
        (record if record is not None else []).append(loss.item())
        loss.backward()
        for p in (w, b):
            p.data = p.data - (rate if k < 10 else rate * LATER) * p.grad.data
            p.grad.data.zero_()

LATER = 1.0

def spelt_otherwise():
    w = torch.tensor(-15.0, requires_grad=True)
    b = torch.tensor(-10.0, requires_grad=True)
    for k in range(15):
        loss = torch.einsum('ij->', (w * X + b - Y) ** 2).div(60)
        (3 * loss if k == 10 else loss).backward()
        for p in (w, b):
            p.data = p.data - 0.2 * p.grad.data
            p.grad.data.zero_()
"""
MANY = {
    "other-rates-before": "for rate in (0.05, 0.1, 0.15):\n    anew(rate)\n",
    "the-same-three-times": "for _ in range(3):\n    anew(0.2)\n",
    "the-list-of-the-last": "anew(0.2)\nanew(0.05)\nX = X.clone()\nLOSS2 = []\nanew(0.2, LOSS2)\n",
    "the-list-of-a-slow-one": "anew(0.2)\nLOSS2 = []\nanew(0.05, LOSS2)\n",
    "one-loss-thrice-in-another-spelling": "spelt_otherwise()\nanew(0.05)\n",
    "slower-at-last": "LATER = 0.5\nanew(0.2)\nanew(0.05)\nanew(0.2)\n",
}


@pytest.mark.parametrize("blind", [False, True], ids=["", "blind"])
@pytest.mark.parametrize("alone", [False, True], ids=["beside-the-asked-one", "alone"])
@pytest.mark.parametrize("name", MANY)
def test_more_runs_than_asked_for_are_told_as_if_all_of_them_were_looked_at(told, monkeypatch, name, alone, blind):
    cells = [cell.replace("my_train_model(15)", "pass" if alone else "my_train_model(15)") for cell in SLOPE]
    ask = told([*cells[:-1], OTHERS + MANY[name], cells[-1]])
    monkeypatch.setattr(looked_at, "ROUNDS", 1)
    if blind:  # as if what lies behind the steps that are looked at could never be told from more of the same
        monkeypatch.setattr(looked_at, "_goes_on", lambda _: True)
    heads, plain = set(), view.read_run
    monkeypatch.setattr(view, "read_run", lambda *args, **more: heads.add(more["calls"]) or plain(*args, **more))
    reports = []
    for many in (4, 15):
        monkeypatch.setattr(looked_at, "CROWDED", many)
        reports.append(ask())
    assert {4, 15} <= heads
    assert reports[0] == reports[1]


def test_what_was_chosen_by_its_first_steps_and_cannot_be_read_in_full_is_no_answer(told, monkeypatch):
    cells = [cell.replace("my_train_model(15)", "pass") for cell in SLOPE]
    ask = told([*cells[:-1], OTHERS + MANY["slower-at-last"], cells[-1]])
    wanted = ask()
    monkeypatch.setattr(looked_at, "ROUNDS", 1)
    monkeypatch.setattr(looked_at, "CROWDED", 4)
    monkeypatch.setattr(looked_at, "_goes_on", lambda _: True)
    unreadable, plain = [15], view.read_run
    monkeypatch.setattr(view, "read_run", lambda *args, **more: unreadable.clear() if more["calls"] in unreadable else plain(*args, **more))
    assert ask() == wanted
    assert not unreadable


def test_what_is_looked_at_costs_the_rows_of_no_more_steps_than_twice_those_asked_for(told, monkeypatch):
    seen = []
    plain = view.read_run
    monkeypatch.setattr(view, "read_run", lambda *args, **more: seen.append(plain(*args, **more)) or seen[-1])
    told([cell.replace("my_train_model(15)", "my_train_model(400)") for cell in SLOPE])()
    assert max(len(trace) for trace in seen) == 400
    assert max(len(trace.head) for trace in seen) == 30


def test_a_list_too_long_to_be_kept_whole_is_told_with_its_length(told):
    _, checks, findings = told([cell.replace("my_train_model(15)", "my_train_model(15)\nLOSS2 += 70_000 * LOSS2[:1]") for cell in SLOPE])()
    assert ("recorded", "failed", "LOSS2 holds 70015 values; asked for 15") in checks
    assert "recorded-at-wrong-interval" in {finding.rule for finding in findings}


@pytest.mark.parametrize(("kept", "outcome"), [(slice(20), "passed"), (slice(1, 21), "failed")])
def test_of_a_list_whose_tail_was_not_kept_its_beginning_and_its_length_are_judged(kernel, course, kept, outcome):
    entry, notebook, evidence = handed_in(kernel, course, [cell.replace("my_train_model(15)", "my_train_model(45)") for cell in SLOPE])
    values = [
        replace(named, values=named.values[kept], truncated=True) if named.name == "LOSS2" and named.values.size == 45 else named
        for named in evidence.values
    ]
    _, checks, _ = report_on(entry, notebook, replace(evidence, values=tuple(values)))
    assert ("recorded", outcome) in {(name, found) for name, found, _ in checks}


def test_a_curve_is_read_as_far_as_the_recorder_reads_it():
    assert READ == POINTS


def test_a_curve_of_more_points_than_are_read_shows_the_values_that_it_begins_with():
    values = np.linspace(3.0, 1.0, 30_000)
    read = Curve(label="", x=np.arange(20_000.0), y=values[:20_000])
    assert _draws(read, values)
    assert not _draws(read, values[::-1])
    assert not _draws(Curve(label="", x=read.x[:19_999], y=read.y[:19_999]), values)
