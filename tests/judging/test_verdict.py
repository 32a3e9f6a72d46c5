"""The whole judge: the same twice, never a pass without evidence, never an exception or a warning whatever the evidence claims."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from grader.judging import further_runs, judge
from grader.judging.outcomes import failed, passed, unobserved
from grader.judging.verdict import _result
from grader.model.evidence import Evidence
from grader.model.run import Observed, Outcome
from grader.notebooks import align, read
from grader.wire import decode
from tests.judging.labs import PYTORCH, SLOPE, as_notebook, slug

QUICK = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], phases=[Phase.explicit, Phase.reuse, Phase.generate]
)  # fmt: skip


@pytest.fixture(scope="module")
def streams(tmp_path_factory, course):
    """For each lab its entry, notebook, and the lines of the stream of a right run with how its cells ended."""
    from tests.probe.recording import kernels

    out = {}
    with kernels(tmp_path_factory.mktemp("verdict")) as make:
        for cells in (SLOPE, PYTORCH):
            entry = course.load(slug(cells))
            notebook = align(read(*as_notebook(cells)), entry.scaffold)
            started = make()
            for cell in notebook.code():
                started.run(cell.source, at=cell.index)
            out[entry.slug] = entry, notebook, started.stream.splitlines(), tuple(started.outcomes)
    return out


def judged(found, evidence, status="completed"):
    entry, notebook = found[:2]
    outcome = Outcome(status=status, isolation="L0", seconds=0.1, evidence=evidence)
    observed = Observed(exercise=entry.exercise, outcome=outcome)
    return judge(entry.exercise, notebook, (observed,))


def whole(found):
    return decode(b"\n".join(found[2]) + b"\n", found[3])


SLUGS = ["slope-and-bias", "pytorch-way"]


@pytest.mark.parametrize("name", SLUGS)
def test_judging_twice_is_judging_once(streams, name):
    evidence = whole(streams[name])
    first = judged(streams[name], evidence)
    assert judged(streams[name], evidence) == first
    assert judged(streams[name], whole(streams[name])) == first
    assert first.score > 8
    entry, notebook = streams[name][:2]
    observed = Observed(
        exercise=entry.exercise, outcome=Outcome(status="completed", isolation="L0", seconds=0.1, evidence=evidence)
    )  # fmt: skip
    assert further_runs(entry.exercise, notebook, observed) == further_runs(entry.exercise, notebook, observed) == entry.exercise.variants
    assert further_runs(entry.exercise, notebook, replace(observed, outcome=replace(observed.outcome, evidence=Evidence()))) == ()


@pytest.mark.parametrize("status", ["completed", "timed-out", "died", "out-of-memory", "too-much-output"])
@pytest.mark.parametrize("name", SLUGS)
def test_no_evidence_is_never_a_pass(streams, name, status):
    for evidence in (Evidence(), Evidence(complete=True), Evidence(cells=streams[name][3])):
        report = judged(streams[name], evidence, status)
        assert report.score == 0
        assert "passed" not in {c.outcome for c in report.checks}


@pytest.mark.parametrize("name", SLUGS)
def test_damaged_evidence_earns_nothing_and_waits_for_a_person(streams, name):
    report = judged(streams[name], replace(whole(streams[name]), damaged=True))
    assert report.score == 0
    assert "passed" not in {c.outcome for c in report.checks}
    assert report.pending > 0


@pytest.mark.parametrize("name", SLUGS)
def test_a_stream_cut_anywhere_never_earns_more(streams, name):
    full = judged(streams[name], whole(streams[name])).score
    lines = streams[name][2]
    for end in range(0, len(lines), max(1, len(lines) // 25)):
        evidence = decode(b"\n".join(lines[:end]) + b"\n" * bool(end), streams[name][3])
        assert judged(streams[name], evidence, "died").score <= full


def test_one_more_passing_check_never_lowers_a_score(streams):
    (task,) = streams["slope-and-bias"][0].exercise.tasks
    for check in task.checks:
        right = _result(task, check, passed(check.id, ""))
        for worse in (failed(check.id, ""), unobserved(check.id, ""), unobserved(check.id, "", ours=False), None):
            other = _result(task, check, worse)
            assert right.points >= other.points == 0
            assert right.points >= other.points + other.pending
            assert right.max_points == other.max_points


def places(value, path=()):
    """Paths to every number, text and list of a record; packed bytes are changed as bytes."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, entry in inner:
        yield from places(entry, (*path, key))


def put(value, path, new):
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = put(value[path[0]], path[1:], new)
    return copy


@QUICK
@given(data=st.data())
@pytest.mark.parametrize("name", SLUGS)
def test_forged_fields_never_make_the_judge_fail(streams, name, data):
    """Well-formed lies: the decoder lets them through, the judge answers with a report."""
    lines = list(streams[name][2])
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(lines) - 1))
        record = json.loads(lines[at])
        path = data.draw(st.sampled_from([p for p in places(record) if p and p[0] not in ("n", "k")] or [()]))
        if path:
            new = data.draw(st.sampled_from([0, 1, -1, 2**40, -(2**62), 1e300, True, "", "MulBackward", [], [1], [0, 0], {}, None]))
            lines[at] = json.dumps(put(record, path, new)).encode()
    evidence = decode(b"\n".join(lines) + b"\n", streams[name][3])
    assert judged(streams[name], evidence).max_score == 10


WILD = [0.0, -0.0, 1e-320, 1e300, -1e300, np.inf, -np.inf, np.nan, 1.0]


WILDLY = st.tuples(
    st.integers(0, 10**6), st.sampled_from(["loss", "theta", "stale", "grad", "scalar", "array", "leaf"]), st.integers(0, 10**6),
    st.sampled_from([1, 7, 10**6]), st.sampled_from(WILD),
)  # fmt: skip


def wild(evidence, block, column, start, length, value):
    """The evidence with a stretch of one column (or one array, or the last values of every leaf) replaced by a wild number."""
    if column == "leaf":
        return replace(evidence, leaves=tuple(replace(s, values=np.full_like(s.values, value)) for s in evidence.leaves))
    if column == "array":
        numbers = sorted(evidence.arrays)
        at = numbers[block % len(numbers)] if numbers else -1
        return replace(evidence, arrays={n: np.full_like(a, value) if n == at else a for n, a in evidence.arrays.items()})
    steps = list(evidence.steps)
    at = block % len(steps)
    values = getattr(steps[at], column).copy()
    if values.size:
        start %= values.size
        values.reshape(-1)[start : start + length] = value
    steps[at] = replace(steps[at], **{column: values})
    return replace(evidence, steps=tuple(steps))


@QUICK
@given(changes=st.lists(WILDLY, min_size=1, max_size=4))
@pytest.mark.parametrize("name", SLUGS)
def test_wild_numbers_never_make_the_judge_fail_or_warn(streams, name, changes):
    evidence = whole(streams[name])
    for change in changes:
        evidence = wild(evidence, *change)
    assert judged(streams[name], evidence).max_score == 10


def test_where_most_steps_have_the_rows_asked_for_it_is_told_which_has_not(judged):
    halved = [
        cell.replace(
            "        Yhat = forward(X)\n        loss = criterion(Yhat, Y)\n        LOSS2",
            "        n = 60 if epoch % 2 == 0 else 1\n        Yhat = forward(X[:n])\n        loss = criterion(Yhat, Y[:n])\n        LOSS2",
        )
        for cell in SLOPE
    ]
    report = judged(halved)
    assert next(check.message for check in report.checks if check.id == "steps") == "step 2 takes 1 row"
    assert report.cause.rule == "wrong-batch-size"
    assert report.cause.message == "Not every step uses the rows asked for, 60: step 2 takes 1 row."
