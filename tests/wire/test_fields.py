"""Fields of a record: type, range and size, or EvidenceError."""

import base64
import math

import numpy as np
import pytest

from grader.model.errors import EvidenceError
from grader.wire import fields as f


def told(shape, data, code="f8"):
    return {"a": {"t": code, "s": shape, "b": base64.b64encode(data).decode()}}


@pytest.mark.parametrize(("code", "dtype"), [("f8", np.float64), ("f4", np.float32), ("i8", np.int64), ("b1", np.bool_)])
def test_arrays_of_every_dtype(code, dtype):
    a = np.array([[1, 0, 1]], dtype)
    found = f.array(told([1, 3], a.tobytes(), code), "a", rows=1)
    assert found.tolist() == a.tolist()
    assert found.dtype == (np.float64 if code == "f4" else dtype)


def test_arrays_can_not_be_written_through_the_stream():
    assert f.array(told([1], bytes(8)), "a").flags.writeable is False


@pytest.mark.parametrize(
    ("shape", "data"),
    [
        ([2], bytes(8)),
        ([1], bytes(16)),
        ([0], bytes(8)),
        ([2**31, 2**31], b""),
        ([4_000_001], b""),
        ([-1], b""),
        ([1.5], bytes(8)),
        ([True], bytes(8)),
        ([10**30], b""),
        ("1", bytes(8)),
        (None, bytes(8)),
        ([1] * 17, bytes(8)),
        ([0, 2**62], b""),
        ([2**62, 0, 2**62], b""),
    ],
)
def test_bytes_must_be_as_many_as_the_shape_says(shape, data):
    with pytest.raises(EvidenceError, match="field"):
        f.array(told(shape, data), "a")


@pytest.mark.parametrize(
    "value",
    [None, [], "AAAA", {}, {"t": "O", "s": [0], "b": ""}, {"t": ["f8"], "s": [0], "b": ""}, {"t": "f8", "s": [0], "b": None}],
)
def test_what_is_no_array(value):
    with pytest.raises(EvidenceError, match="'a'"):
        f.array({"a": value}, "a")


@pytest.mark.parametrize("text", ["=", "AAA", "AAAAAAAAAAA=\n", "ÄÄÄÄ", "AAAA AAA="])
def test_what_is_no_base64(text):
    with pytest.raises(EvidenceError):
        f.array({"a": {"t": "f8", "s": [1], "b": text}}, "a")


def test_empty_arrays_keep_their_shape():
    assert f.array(told([0, 3], b""), "a", rows=0).shape == (0, 3)


def test_columns_have_the_dtype_of_their_kind():
    assert f.array(told([1], bytes(8), "i8"), "a", whole=True).dtype == np.int64
    for code, whole in (("f8", True), ("b1", True), ("i8", False)):
        with pytest.raises(EvidenceError, match="dtype"):
            f.array(told([1], bytes(1 if code == "b1" else 8), code), "a", whole=whole)


def test_rows_must_be_those_of_the_record():
    with pytest.raises(EvidenceError):
        f.array(told([2], bytes(16)), "a", rows=3)
    with pytest.raises(EvidenceError):
        f.array(told([], bytes(8)), "a", rows=1)


@pytest.mark.parametrize("value", [True, 1.0, "1", None, 2**63, -(2**63), 10**400])
def test_what_is_no_whole_number(value):
    with pytest.raises(EvidenceError):
        f.integer({"i": value}, "i")


def test_numbers_may_be_infinite_but_never_too_large_to_hold():
    assert math.isinf(f.number({"x": float("inf")}, "x"))
    assert math.isnan(f.number({}, "x"))
    for value in (10**400, True, "1"):
        with pytest.raises(EvidenceError):
            f.number({"x": value}, "x")


def test_texts_are_cut_and_can_be_written():
    assert len(f.text({"t": "x" * 10_000}, "t")) == 4000
    f.text({"t": "\ud800"}, "t").encode()
    with pytest.raises(EvidenceError):
        f.text({"t": 3}, "t")


def test_mappings_are_flat_and_small():
    assert f.mapping({"m": {"lr": 0.1, "name": "x", "on": True, "no": None}}, "m") == {"lr": 0.1, "name": "x", "on": True, "no": None}
    f.text({"k": f.mapping({"m": {"a": "\ud800"}}, "m")["a"]}, "k").encode()
    for value in ([], {"a": []}, {"a": {}}, {str(i): i for i in range(101)}, {"a": 10**400}):
        with pytest.raises(EvidenceError):
            f.mapping({"m": value}, "m")
    for entry in f.mapping({"m": {"a": "\ud800"}}, "m").values():
        entry.encode()


def test_lists_are_lists_of_whole_numbers():
    assert f.integers({}, "l") == ()
    for value in ("12", [1.5], [[1]], [None], [0] * 100_001):
        with pytest.raises(EvidenceError):
            f.integers({"l": value}, "l")
    with pytest.raises(EvidenceError):
        f.truth({"t": 1}, "t")
