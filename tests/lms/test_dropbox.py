"""Handing in to a folder, the receipt, and collecting what was handed in."""

import json
import os
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.lms import collect
from grader.lms.dropbox import hand_in
from grader.lms.receipts import RECEIPT_NAME, Receipt, receipt_json, receipt_name, receipt_of, receipt_text
from grader.model.errors import UsageError
from tests.lms.classes import notebook

NOON = datetime(2026, 10, 2, 12, tzinfo=UTC)


def give(folder, data, student="anna", hours=0, name="lab.ipynb", exercise="slope-and-bias"):
    return hand_in(data, name, folder, student=student, exercise=exercise, now=NOON + timedelta(hours=hours), cells=3)


def test_the_file_lies_under_its_digest_and_its_receipt_beside_it(tmp_path):
    receipt, new = give(tmp_path / "in", notebook())
    assert new
    names = sorted(path.name for path in (tmp_path / "in").iterdir())
    assert names == [receipt_name(receipt), f"{receipt.sha256}.ipynb"]
    assert (tmp_path / "in" / f"{receipt.sha256}.ipynb").read_bytes() == notebook()
    assert receipt_of((tmp_path / "in" / receipt_name(receipt)).read_bytes()) == receipt
    assert "2026-10-02T12:00:00.000000+00:00" in receipt_text(receipt)


def test_the_same_again_changes_nothing(tmp_path):
    first, _ = give(tmp_path, notebook())
    before = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    again, new = give(tmp_path, notebook(), hours=1)
    assert (again, new) == (first, False)
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before


def test_a_file_that_was_cut_short_is_written_again(tmp_path):
    receipt, _ = give(tmp_path, notebook())
    (tmp_path / f"{receipt.sha256}.ipynb").write_bytes(notebook()[:9])
    give(tmp_path, notebook())
    assert (tmp_path / f"{receipt.sha256}.ipynb").read_bytes() == notebook()


def test_what_was_handed_in_is_collected_the_newest_counts(tmp_path):
    give(tmp_path, notebook("1"))
    give(tmp_path, notebook("2"), hours=2)
    give(tmp_path, notebook("3"), hours=1)
    give(tmp_path, notebook("1"), student="ben")
    give(tmp_path, b"# %%\nx = 1\n", student="cem", name="x.py")
    found = collect([tmp_path], exercise="slope-and-bias")
    assert found.sources[0].layout == "dropbox"
    assert [(one.student, one.data, one.attempt, one.file) for one in found.handed_in] == [
        ("anna", notebook("2"), 3, "lab.ipynb"), ("ben", notebook("1"), 1, "lab.ipynb"), ("cem", b"# %%\nx = 1\n", 1, "x.py"),
    ]  # fmt: skip
    assert found.handed_in[0].handed_in == NOON + timedelta(hours=2)
    assert [one.reason for one in found.aside] == ["older-attempt", "older-attempt"]


def test_what_does_not_belong_together_is_set_aside(tmp_path):
    receipt, _ = give(tmp_path, notebook("1"))
    other, _ = give(tmp_path, notebook("2"), student="ben")
    (tmp_path / f"{other.sha256}.ipynb").write_bytes(notebook("changed"))
    (tmp_path / f"{'0' * 64}.ipynb").write_bytes(notebook("no receipt"))
    (tmp_path / f"{'1' * 64}-{'2' * 16}.receipt.json").write_text(receipt_json(receipt))
    (tmp_path / "stray.ipynb").write_bytes(notebook("stray"))
    found = collect([tmp_path])
    assert [one.student for one in found.handed_in] == ["anna"]
    assert sorted(one.reason for one in found.aside) == ["damaged", "damaged", "no-student", "no-student"]


def test_a_receipts_exercise_that_is_none_is_no_word(tmp_path):
    give(tmp_path, notebook(), exercise="../../etc")
    assert collect([tmp_path], exercises=["slope-and-bias"]).handed_in[0].exercise == ""


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_takes_nothing_is_one_line(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(UsageError, match="can't be handed in to"):
        give(tmp_path / "in", notebook())


def test_a_file_where_the_folder_should_be_is_one_line(tmp_path):
    (tmp_path / "in").write_bytes(b"")
    with pytest.raises(UsageError, match="can't be handed in to"):
        give(tmp_path / "in", notebook())


@given(st.text(), st.text(), st.text())
def test_whoever_and_whatever_it_is_the_receipts_name_is_plain(student, file, exercise):
    receipt = Receipt(student=student, exercise=exercise, file=file, sha256="a" * 64, size=1, handed_in="2026")
    assert RECEIPT_NAME.fullmatch(receipt_name(receipt))
    assert receipt_of(receipt_json(receipt).encode()) == receipt
    assert len(receipt_text(receipt).splitlines()) >= 6


@given(st.text(max_size=6), st.text(max_size=6))
def test_two_students_never_share_a_receipt(one, other):
    names = {receipt_name(Receipt(student=who, exercise="", file="", sha256="a" * 64, size=1, handed_in="")) for who in (one, other)}
    assert len(names) == len({one, other})


@given(st.binary() | st.recursive(st.none() | st.booleans() | st.text() | st.integers(), lambda deeper: st.dictionaries(st.text(), deeper)))
def test_any_bytes_are_a_receipt_or_none(found):
    data = found if isinstance(found, bytes) else json.dumps(found).encode()
    assert receipt_of(data) is None
