"""A whole stream read; streams cut, doubled, swapped and shuffled: kept up to the fault, and told."""

import json

import numpy as np
import pytest

from grader.model.evidence import CellOutcome
from grader.wire import decode, decoding


def joined(records):
    return b"".join(json.dumps(r).encode() + b"\n" for r in records)


def numbered(*records):
    return joined({"n": i, **r} for i, r in enumerate(records))


BEGIN = {"k": "begin", "format": 1}
END = {"k": "end"}


def test_a_whole_stream(stream):
    cells = (CellOutcome(cell=0, status="ok"),)
    evidence = decode(stream, cells)
    assert (evidence.complete, evidence.damaged, evidence.dropped, evidence.cells) == (True, False, (), cells)
    assert sorted(len(s) for s in evidence.steps) == [1, 3]
    assert {e.kind for e in evidence.events} == {"seed", "step", "zero_grad", "iterate", "draw"}
    assert evidence.environment.keys() == {"torch", "numpy"}
    assert {v.name for v in evidence.values} >= {"X", "Y", "LOSS", "w", "model.weight", "model.bias"}
    assert evidence.figures[0].axes[0].legend == ("LOSS",)
    assert evidence.warnings[0].message == "so"
    assert [s.seq.dtype for s in evidence.steps] == [np.int64, np.int64]
    assert {a.dtype for a in evidence.arrays.values()} == {np.dtype(np.float64)}


def test_decoding_twice_is_decoding_once(stream):
    assert repr(decode(stream)) == repr(decode(stream))


def test_no_bytes_are_no_evidence():
    evidence = decode(b"")
    assert (evidence.complete, evidence.damaged, evidence.steps, evidence.values) == (False, False, (), ())


def test_every_cut_keeps_what_came_before(stream):
    whole = decode(stream)
    before = 0
    for end in range(0, len(stream), 97):
        evidence = decode(stream[:end])
        assert not evidence.damaged
        assert not evidence.complete
        assert len(evidence.values) >= before
        before = len(evidence.values)
        assert [v.name for v in evidence.values] == [v.name for v in whole.values][:before]
        assert bool(evidence.dropped) == (end > 0 and stream[end - 1 : end] != b"\n")


@pytest.mark.parametrize("at", [0, 1, 5, 9])
def test_a_record_dropped_doubled_or_swapped_is_damage(lines, at):
    streams = (
        [*lines[:at], *lines[at + 1 :]],
        [*lines[: at + 1], *lines[at:]],
        [*lines[:at], lines[at + 1], lines[at], *lines[at + 2 :]],
    )
    for changed in streams:
        evidence = decode(b"\n".join(changed) + b"\n")
        assert evidence.damaged
        assert len(evidence.dropped) == 1
        assert not evidence.complete


def test_what_comes_after_the_end_is_damage(lines):
    more = json.dumps({"n": len(lines), "k": "cell", "cell": 3}).encode()
    evidence = decode(b"\n".join([*lines, more]) + b"\n")
    assert (evidence.complete, evidence.damaged) == (True, True)


def test_another_format_is_damage():
    assert decode(numbered({"k": "begin", "format": 2}, END)).damaged


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"n": 1}',
        b'{"n": true, "k": "end"}',
        b'{"n": 1.0, "k": "end"}',
        b'{"n": 1, "k": 7}',
        b'{"n": 1, "k": "pickle"}',
        b"\xff\xfe",
        b"[" * 200_000,
        b'{"n": 1, "k": "value", "shape": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
        b'{"n": ' + b"9" * 5000 + b', "k": "end"}',
        b'{"n": 1e999, "k": "end"}',
    ],
)
def test_a_line_that_is_no_record_is_damage(line):
    evidence = decode(numbered(BEGIN) + line + b"\n" + numbered(END))
    assert evidence.damaged
    assert not evidence.complete


def test_caps_on_records_of_a_kind(monkeypatch):
    monkeypatch.setattr(decoding, "CAPS", {"warning": 3})
    many = [{"k": "warning", "cell": 0, "category": "W", "message": str(i)} for i in range(5)]
    evidence = decode(numbered(*many))
    assert evidence.damaged
    assert len(evidence.warnings) == 3


def test_caps_on_records_in_all_and_on_a_lines_length(monkeypatch):
    monkeypatch.setattr(decoding, "RECORDS", 3)
    assert decode(numbered(*[{"k": "cell", "cell": 0}] * 5)).damaged
    assert not decode(numbered(*[{"k": "cell", "cell": 0}] * 3)).damaged
    monkeypatch.setattr(decoding, "LINE_BYTES", 100)
    assert decode(numbered({"k": "cell", "cell": 0, "x": "y" * 200})).damaged


def test_every_kind_has_a_cap_of_its_own_or_the_general_one():
    assert set(decoding.CAPS) < set(decoding.READERS)


def test_a_stream_of_nothing_but_newlines_ends_at_once():
    assert decode(b"\n" * 2_000_000).damaged


GRAPH = {
    "k": "graph", "id": 0, "call": "backward", "nodes": [{"type": "MulBackward", "next": [], "leaf": 0, "settings": {}}],
    "leaves": [[]], "saved": [], "loss_shape": [], "dtype": "float32", "whole": True, "measured": True,
}  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"nodes": [{"type": "M", "next": [1], "leaf": -1}]},
        {"nodes": [{"type": "M", "next": [], "leaf": 5}]},
        {"nodes": [[]]},
        {"nodes": 3},
        {"saved": [{"node": 4, "name": "self", "constant": True}]},
        {"saved": [[]]},
        {"leaves": [[-1]]},
        {"leaves": [[1] * 17]},
        {"leaves": [{}]},
        {"measured": "yes"},
        {"id": "0"},
        {"call": None},
        {"nodes": [{"type": "M", "next": [], "leaf": -1, "settings": {"a": 10**400}}]},
        {"nodes": [{"type": "M", "next": [], "leaf": -1, "settings": {"a": [1]}}]},
    ],
)
def test_graphs_that_contradict_themselves_are_damage(change):
    assert not decode(numbered(GRAPH, END)).damaged
    assert decode(numbered({**GRAPH, **change}, END)).damaged


@pytest.mark.parametrize("leaves", [[[2**40, 2**40]], [[2**62] * 16], [[0, 2**62]]])
def test_leaves_of_absurd_size_never_raise(leaves):
    decode(numbered({**GRAPH, "leaves": leaves}, {"k": "steps", "graph": 0, "rows": 0}, END))


@pytest.mark.parametrize("shape", [[2**40, 2**40], [2**62] * 16, [2**62, 0], [2**31], [1] * 17, [-1], ["a"], "ab", None])
def test_arrays_said_by_shape_alone_never_raise_and_cost_no_memory(shape):
    evidence = decode(numbered({"k": "array", "id": 0, "shape": shape, "data": None}, END))
    assert sum(a.base.nbytes if a.base is not None else a.nbytes for a in evidence.arrays.values()) < 1000


def test_no_gaps_between_objects_are_taken_for_memory():
    evidence = decode(numbered({"k": "object", "id": 19_999, "kind": "loss", "name": "l", "settings": {}, "tokens": []}, END))
    assert evidence.objects[19_999].name == "l"
    assert evidence.objects[0].kind == "unknown"
    assert decode(numbered({"k": "object", "id": 10**9, "kind": "loss", "name": "l"}, END)).damaged


@pytest.mark.parametrize("column", ["seq", "cell", "kind", "object", "count"])
def test_columns_of_whole_numbers_given_as_floats_are_damage(lines, column):
    """The same bytes read as another dtype: NaN where the judge counts."""
    at = next(i for i, line in enumerate(lines) if json.loads(line)["k"] == "events")
    record = json.loads(lines[at])
    record[column] = {**record[column], "t": "f8"}
    evidence = decode(b"\n".join([*lines[:at], json.dumps(record).encode(), *lines[at + 1 :]]) + b"\n")
    assert evidence.damaged
    assert not evidence.complete
