"""The stream: numbered lines, whole or absent, within a budget."""

import base64
import json
import os

import numpy as np
import pytest

from grader.probe import channel as channels
from grader.probe.channel import Channel, packed
from grader.probe.columns import Columns


@pytest.fixture
def opened(tmp_path):
    """A function (budget) -> channel on a file, and one that reads what it wrote as records."""
    path = tmp_path / "stream"

    def make(**settings):
        return Channel(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), **settings)

    return make, lambda: [json.loads(line) for line in path.read_bytes().splitlines()]


@pytest.mark.parametrize("dtype", ["float64", "float32", "int64", "bool"])
def test_arrays_keep_their_dtype_shape_and_bytes(dtype):
    a = np.arange(6).reshape(2, 3).astype(dtype)
    found = packed(a)
    assert found["s"] == [2, 3]
    assert np.array_equal(np.frombuffer(base64.b64decode(found["b"]), f"<{found['t']}" if found["t"] != "b1" else "?").reshape(2, 3), a)


def test_other_dtypes_become_float64_and_views_are_laid_out():
    assert packed(np.arange(3, dtype=np.uint8))["t"] == "f8"
    assert packed(np.float16(1.5))["s"] == []
    turned = np.arange(6.0).reshape(2, 3).T
    assert np.frombuffer(base64.b64decode(packed(turned)["b"])).tolist() == turned.reshape(-1).tolist()


def test_records_are_numbered_in_order_and_end_with_end(opened):
    make, records = opened
    channel = make()
    assert all(channel.emit("cell", cell=i) for i in range(5))
    channel.close()
    assert [(r["n"], r["k"]) for r in records()] == [*((i, "cell") for i in range(5)), (5, "end")]


def test_what_does_not_fit_is_absent_counted_and_leaves_no_gap(opened):
    make, records = opened
    channel = make(budget=300)
    told = [channel.emit("value", text="x" * size) for size in (50, 500, 50, 500)]
    channel.close()
    assert told == [True, False, True, False]
    assert [r["k"] for r in records()] == ["value", "value", "dropped", "end"]
    assert [r["n"] for r in records()] == [0, 1, 2, 3]
    assert (records()[2]["what"], records()[2]["count"]) == ("value", 2)


def test_a_line_too_long_for_the_reader_is_never_written(opened, monkeypatch):
    make, records = opened
    monkeypatch.setattr(channels, "LINE_BYTES", 1000)
    channel = make()
    assert not channel.emit("value", text="x" * 2000)
    channel.close()
    assert [r["k"] for r in records()] == ["dropped", "end"]


def test_much_is_written_before_the_end(opened):
    make, records = opened
    channel = make()
    for _ in range(200):
        channel.emit("value", text="x" * 1000)
    assert len(records()) > 60
    channel.close()


def test_lone_surrogates_and_non_finite_numbers_are_written(opened):
    make, records = opened
    channel = make()
    channel.emit("value", text="\ud800", number=float("nan"), huge=float("-inf"))
    channel.close()
    assert records()[0]["huge"] == float("-inf")


def test_after_closing_nothing_is_written(opened):
    make, records = opened
    channel = make()
    channel.close()
    assert not channel.emit("cell", cell=1)
    channel.flush()
    assert [r["k"] for r in records()] == ["end"]


@pytest.mark.parametrize("dropped", [0, 3])
def test_a_short_write_is_gone_on_with(dropped):
    """A pipe takes a little at a time; every byte arrives all the same."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        channel = Channel(writing)
        for i in range(300):
            channel.emit("value", text="y" * 1000, i=i + dropped)
        channel.close()
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        lines = pipe.read().splitlines()
    os.waitpid(child, 0)
    assert [json.loads(line)["n"] for line in lines] == list(range(301))


def test_columns_come_back_by_name_and_start_empty_again():
    columns = Columns({"seq": 1, "tokens": 2}, {"loss": 1, "theta": 0})
    for k in range(3):
        columns.held += columns.row(k, 10 + k, 20 + k, k / 2)
    assert len(columns) == 3
    out = columns.packed()
    assert (out["rows"], out["tokens"]["s"], out["theta"]["s"]) == (3, [3, 2], [3, 0])
    assert np.frombuffer(base64.b64decode(out["tokens"]["b"]), np.int64).tolist() == [10, 20, 11, 21, 12, 22]
    assert np.frombuffer(base64.b64decode(out["loss"]["b"]), np.float64).tolist() == [0.0, 0.5, 1.0]
    assert len(columns) == 0
    assert columns.packed()["rows"] == 0


def test_a_snapshot_is_the_stream_as_if_it_were_closed_now_and_recording_goes_on(tmp_path):
    path = tmp_path / "stream"
    channel = Channel(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC), budget=300)
    channel.emit("cell", cell=0)
    channel.emit("value", text="x" * 500)
    first = [json.loads(line) for line in channel.snapshot({"figure": 2}).splitlines()]
    assert first == [
        {"n": 0, "k": "cell", "cell": 0},
        {"n": 1, "k": "fault", "where": "figure", "count": 2},
        {"n": 2, "k": "dropped", "what": "value", "count": 1},
        {"n": 3, "k": "end"},
    ]
    channel.emit("cell", cell=1)
    again = [(r["n"], r["k"]) for r in map(json.loads, channel.snapshot({}).splitlines())]
    assert again == [(0, "cell"), (1, "cell"), (2, "dropped"), (3, "end")]
    channel.close()
    assert [json.loads(line)["k"] for line in path.read_bytes().splitlines()] == ["cell", "cell", "dropped", "end"]
