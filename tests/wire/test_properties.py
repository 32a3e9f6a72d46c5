"""Whatever the bytes are, decoding never raises; what it returns is well-formed; what it could not read it says."""

import ast
import json
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import grader.wire
from grader.model.evidence import Evidence
from grader.wire import decode, decoding

QUICK = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
WILD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from([2**62, -(2**63), 10**400, "f8", "i8"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=8,
)


def well_formed(evidence):
    """Every promise of the records that the judge relies on."""
    assert isinstance(evidence, Evidence)
    assert evidence.dropped or not evidence.damaged
    graphs = {g.id: g for g in evidence.graphs}
    assert len(graphs) == len(evidence.graphs)
    for steps in evidence.steps:
        n, graph = len(steps), graphs[steps.graph]
        leaves = len(graph.leaves) if graph.measured else 0
        assert steps.tokens.shape == steps.fresh.shape == (n, leaves)
        assert steps.theta.shape == steps.stale.shape == steps.grad.shape
        assert steps.array.shape == steps.scalar.shape == (n, len(graph.saved))
        for column in (steps.seq, steps.cell, steps.site, steps.tokens, steps.array):
            assert column.dtype == np.int64
        for column in (steps.loss, steps.theta, steps.stale, steps.grad, steps.scalar):
            assert column.dtype == np.float64
        assert steps.fresh.dtype == np.bool_
    for graph in evidence.graphs:
        assert all(-1 <= i < len(graph.nodes) for node in graph.nodes for i in node.next)
        assert all(0 <= s.node < len(graph.nodes) for s in graph.saved)
    for named in evidence.values:
        assert named.values.ndim == 1
        assert named.values.dtype == np.float64
    json.dumps([evidence.dropped, [v.name for v in evidence.values]], ensure_ascii=False).encode()


@QUICK
@given(st.binary(max_size=400))
def test_arbitrary_bytes(data):
    evidence = decode(data)
    well_formed(evidence)
    assert not evidence.complete
    assert evidence.dropped or not data


@QUICK
@given(st.lists(st.dictionaries(st.sampled_from(["n", "k", "id", "shape", "data", "rows", "cell"]), WILD, max_size=7), max_size=4))
def test_arbitrary_records(records):
    well_formed(decode(b"".join(json.dumps(r).encode() + b"\n" for r in records)))


def places(value, path=()):
    """The path of every entry of a record, however deep."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, entry in inner:
        yield from places(entry, (*path, key))


def replaced(value, path, new):
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(value[path[0]], path[1:], new)
    return copy


@QUICK
@given(st.data())
def test_a_field_changed_anywhere(lines, data):
    """Any entry of any record, replaced by anything: read, or refused and told; never raised."""
    at = data.draw(st.integers(0, len(lines) - 1))
    record = json.loads(lines[at])
    path = data.draw(st.sampled_from(list(places(record))))
    changed = replaced(record, path, data.draw(WILD))
    well_formed(decode(b"\n".join([*lines[:at], json.dumps(changed).encode(), *lines[at + 1 :]]) + b"\n"))


@QUICK
@given(st.data())
def test_bytes_changed_anywhere(stream, data):
    at = data.draw(st.integers(0, len(stream) - 1))
    cut = data.draw(st.integers(0, 5))
    well_formed(decode(stream[:at] + data.draw(st.binary(max_size=5)) + stream[at + cut :]))


@QUICK
@given(st.data())
def test_lines_dropped_doubled_or_out_of_order_are_told(lines, data):
    picked = data.draw(st.lists(st.sampled_from(range(len(lines))), max_size=2 * len(lines)))
    evidence = decode(b"".join(lines[i] + b"\n" for i in picked))
    well_formed(evidence)
    assert evidence.damaged == (picked != list(range(len(picked))))


@QUICK
@given(kind=st.sampled_from(sorted(decoding.READERS)), fields=st.dictionaries(st.text(max_size=6), WILD, max_size=3), data=st.data())
def test_every_kind_with_any_of_its_fields_changed(lines, kind, fields, data):
    known = [r for r in map(json.loads, lines) if r["k"] == kind]
    record = {**(known[0] if known else {}), "n": 0, "k": kind, **fields}
    if known:
        name = data.draw(st.sampled_from(sorted(known[0])))
        if name not in ("n", "k"):
            record[name] = data.draw(WILD)
    well_formed(decode(json.dumps(record).encode() + b"\n"))


def test_nothing_is_unpickled_or_evaluated():
    """No pickle, no np.load, no eval: by name, in every module of the room."""
    forbidden = {"pickle", "load", "loads_pickle", "eval", "exec", "marshal", "shelve", "__import__", "literal_eval", "compile"}
    for file in Path(grader.wire.__file__).parent.glob("*.py"):
        tree = ast.parse(file.read_text())
        names = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)} | {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
        names |= {a.name.split(".")[0] for n in ast.walk(tree) if isinstance(n, (ast.Import, ast.ImportFrom)) for a in n.names}
        assert not names & forbidden, file.name
