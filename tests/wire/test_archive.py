"""A run packed and unpacked is the same run; anything else is one EvidenceError."""

import json
import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.model.errors import EvidenceError
from grader.model.evidence import CellOutcome
from grader.model.run import Drawn, Outcome, Ran
from grader.wire import archive, decode, pack, unpack

CELLS = (
    CellOutcome(cell=0, status="ok", seconds=0.25),
    CellOutcome(cell=3, status="error", error="ValueError", message="so: é 漢", line=4, seconds=0.5),
    CellOutcome(cell=4, status="not-run"),
)
DRAWN = Drawn(kind="OtherTable", seed=7, slope=-1.5, intercept=0.1, files={"b.csv": b"\x00\xff", "a.csv": b"wt,mpg\n"})


def ran(stream=b"", *, drawn=None):
    evidence = decode(stream, CELLS)
    outcome = Outcome(status="timed-out", isolation="L3", seconds=1 / 3, evidence=evidence, detail="cell 3: late", stream=stream)
    return Ran(outcome=outcome, drawn=drawn, environment={"torch": "2.13.0"})


def same(one, other):
    """Equal in all that is stored; the decoded evidence is compared by what it was decoded from."""
    mine, theirs = one.outcome, other.outcome
    assert (mine.status, mine.isolation, mine.seconds, mine.detail, mine.stream) == (
        theirs.status, theirs.isolation, theirs.seconds, theirs.detail, theirs.stream,
    )  # fmt: skip
    assert mine.evidence.cells == theirs.evidence.cells
    assert (mine.evidence.complete, mine.evidence.damaged, mine.evidence.dropped) == (
        theirs.evidence.complete, theirs.evidence.damaged, theirs.evidence.dropped,
    )  # fmt: skip
    assert len(mine.evidence.steps) == len(theirs.evidence.steps)
    assert (one.drawn, one.environment) == (other.drawn, other.environment)


@pytest.mark.parametrize("drawn", [None, DRAWN, Drawn(kind="OtherSeed", seed=2**31 - 1)])
def test_a_real_run_comes_back_as_it_was(stream, drawn):
    kept = ran(stream, drawn=drawn)
    same(unpack(pack(kept)), kept)
    assert unpack(pack(kept)).outcome.evidence.complete


def test_packing_is_the_same_each_time_and_smaller(stream):
    assert pack(ran(stream)) == pack(ran(stream))
    assert len(pack(ran(stream))) < len(stream)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=8), st.binary(max_size=20), max_size=3))
def test_whatever_a_kernel_wrote_comes_back(stream, files):
    kept = ran(stream, drawn=Drawn(kind="OtherTable", files=files))
    same(unpack(pack(kept)), kept)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_refused(data):
    with pytest.raises(EvidenceError):
        unpack(data)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_bytes_changed_anywhere_are_refused_or_still_a_run(data):
    whole = pack(ran(b'{"n":0}\n', drawn=DRAWN))
    at = data.draw(st.integers(0, len(whole) - 1))
    try:
        found = unpack(whole[:at] + data.draw(st.binary(max_size=4)) + whole[at + data.draw(st.integers(0, 4)) :])
    except EvidenceError:
        return
    assert isinstance(found, Ran)


def zipped(header, body=b""):
    told = header if isinstance(header, bytes) else json.dumps(header).encode()
    return archive.MAGIC + bytes([archive.VERSION]) + zlib.compress(len(told).to_bytes(4, "big") + told + body)


WHOLE = {"status": "completed", "isolation": "L0", "seconds": 0.1, "detail": "", "environment": {}, "cells": [], "stream": 0, "drawn": None}


def test_the_smallest_run():
    assert unpack(zipped(WHOLE)).outcome.status == "completed"


SPOILT = {
    "a list": b"[]",
    "cut off": b"{",
    "empty": b"",
    "deep": b"[" * 100_000,
    **{
        f"{name}: {str(value)[:40]}": {**WHOLE, name: value}
        for name, value in [
            ("status", "splendid"), ("status", []), ("stream", 1), ("stream", -1), ("seconds", "x"), ("environment", []),
            ("cells", [[0]]), ("cells", {}), ("cells", [[0, "ok", "", "", "4", 0.0]]), ("cells", [[0] * 6] * 10_001),
            ("drawn", []), ("drawn", {"kind": "OtherSeed"}), ("drawn", {"kind": 1, "files": []}),
            ("drawn", {"kind": "OtherTable", "files": [["a", -1]]}), ("drawn", {"kind": "OtherTable", "files": [["a", 9]]}),
            ("drawn", {"kind": "OtherTable", "files": [["a", 0], ["a", 0]]}),
        ]
    },
}  # fmt: skip


@pytest.mark.parametrize("header", SPOILT.values(), ids=SPOILT)
def test_headers_that_pack_never_writes_are_refused(header):
    with pytest.raises(EvidenceError):
        unpack(zipped(header))


def test_another_version_says_how_to_read_it():
    with pytest.raises(EvidenceError, match="newest grader"):
        unpack(archive.MAGIC + b"\x02" + zlib.compress(b""))


def test_a_bomb_is_not_unpacked(monkeypatch):
    monkeypatch.setattr(archive, "LARGEST", 1000)
    bomb = zipped(WHOLE, b"\x00" * 10_000_000)
    with pytest.raises(EvidenceError, match="too large"):
        unpack(bomb)
