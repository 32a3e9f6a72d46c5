"""Zips that lie, climb, explode or break off: the right files in them are read, the others are set aside with their reason."""

import io
import os
import stat
import struct
import zipfile
import zlib
from contextlib import suppress
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.lms import Limits, collect
from grader.lms.incoming.archives import archive_listing
from grader.lms.incoming.members import Budget, RefusedError, content
from grader.lms.incoming.paths import relative
from grader.model.errors import UsageError
from tests.lms.classes import entry, folder, notebook, written, zipped

RIGHT = [entry("right/lab.ipynb", notebook("right")), entry("also/lab.ipynb", notebook("also right"))]
BODY = notebook("wrong")


def lying(name="wrong/lab.ipynb", data=BODY, **lies):
    return [entry(name, data, **lies)]


HOSTILE = {
    "traversal": (lying("../../etc/cron.d/lab.ipynb"), "outside"),
    "traversal inside": (lying("wrong/../../lab.ipynb"), "outside"),
    "traversal of Windows": (lying("wrong\\..\\..\\lab.ipynb"), "outside"),
    "absolute": (lying("/root/lab.ipynb"), "outside"),
    "a drive": (lying("C:\\lab.ipynb"), "outside"),
    "a share": (lying("\\\\host\\share\\lab.ipynb"), "outside"),
    "no name": (lying(""), "outside"),
    "a long name": (lying("a/" * 2000 + "lab.ipynb"), "outside"),
    "a link": (lying(data=b"/etc/passwd", mode=stat.S_IFLNK | 0o777), "link"),
    "a link from Windows": (lying(data=b"/etc/passwd", mode=stat.S_IFLNK | 0o777, system=0), "link"),
    "a device": (lying(mode=stat.S_IFCHR | 0o600), "link"),
    "a pipe": (lying(mode=stat.S_IFIFO | 0o600), "link"),
    "encrypted": (lying(flags=1), "encrypted"),
    "strongly encrypted": (lying(flags=1 | 0x40), "encrypted"),
    "bzip2": (lying(method=12), "method"),
    "lzma": (lying(method=14), "method"),
    "an unknown method": (lying(method=99), "method"),
    "a size too small": (lying(size=10), "damaged"),
    "a size too large": (lying(size=2**31), "damaged"),
    "a packed size too small": (lying(packed_size=5), "damaged"),
    "a wrong checksum": (lying(crc=1), "damaged"),
    "no deflate stream": (lying(raw=b"\xff" * 50), "damaged"),
    "another name in the local header": (lying(local_name=b"other/lab.ipynb"), "damaged"),
    "a bomb": (lying(data=b"0" * (20 * 2**20)), "bomb"),
    "a bomb that lies small": (lying(data=b"0" * (20 * 2**20), size=100), "damaged"),
    "a bomb that lies large": (lying(data=b"0" * (20 * 2**20), packed_size=2**20), "damaged"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_entry_is_set_aside_and_the_others_are_read(tmp_path, kind):
    hostile, reason = HOSTILE[kind]
    for at, entries in enumerate(([*hostile, *RIGHT], [*RIGHT, *hostile])):
        path = tmp_path / f"{at}.zip"
        path.write_bytes(written(entries))
        found = collect([path])
        assert {one.student: one.data for one in found.handed_in if one.student != "wrong"} == {
            "right": notebook("right"), "also": notebook("also right"),
        }  # fmt: skip
        assert [one.reason for one in found.aside] == [reason]
        assert "wrong" not in {one.student for one in found.handed_in}


@pytest.mark.parametrize("kind", HOSTILE)
def test_it_harms_nobody_from_inside_a_students_own_zip_either(tmp_path, kind):
    hostile, reason = HOSTILE[kind]
    folder(tmp_path, {"mallory/work.zip": written([*hostile, entry("lab.ipynb", notebook("mallory"))]), "anna/lab.ipynb": notebook()})
    found = collect([tmp_path])
    assert {one.student: one.data for one in found.handed_in} == {"anna": notebook(), "mallory": notebook("mallory")}
    assert [(one.student, one.reason) for one in found.aside] == [("mallory", reason)]


def test_nothing_is_written_anywhere(tmp_path, monkeypatch):
    made = tmp_path / "made"
    made.mkdir()
    path = made / "all.zip"
    path.write_bytes(written([one for hostile, _ in HOSTILE.values() for one in hostile] + RIGHT))
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    found = collect([path])
    assert {"right", "also"} <= {one.student for one in found.handed_in}
    assert [one.name for one in [*empty.iterdir(), *made.iterdir()]] == ["all.zip"]


BROKEN = {
    "empty": b"", "text": b"hello", "half a zip": zipped({"a.ipynb": notebook()})[:60], "only its end": b"PK\5\6" + b"\0" * 18,
    "end says too many": written(RIGHT, count=60_000), "directory too large": written(RIGHT, directory_size=2**31),
    "directory beyond the file": written(RIGHT, directory_size=20_000),
    "a name that is no UTF-8": written([entry(b"\xff\xfe.ipynb", b"{}", flags=0x800)]),
    "an extra field that breaks off": written([entry("a.ipynb", b"{}", size=0xFFFFFFFF, extra=struct.pack("<HH", 1, 8))]),
}  # fmt: skip


@pytest.mark.parametrize("kind", BROKEN)
def test_a_students_zip_that_is_none_is_set_aside(tmp_path, kind):
    folder(tmp_path, {"mallory/work.zip": BROKEN[kind], "anna/lab.ipynb": notebook()})
    found = collect([tmp_path])
    assert "anna" in {one.student for one in found.handed_in}
    assert [(one.student, one.reason) for one in found.aside if one.student == "mallory"] in (
        [("mallory", "damaged")], [("mallory", "too-many")], [("mallory", "wrong-type")], [],
    )  # fmt: skip
    assert "mallory" in {one.id for one in found.missing} | {one.student for one in found.handed_in}


def test_an_empty_zip_is_no_submission_and_is_not_passed_over(tmp_path):
    folder(tmp_path, {"mallory/work.zip": BROKEN["only its end"], "anna/lab.ipynb": notebook()})
    assert [(one.student, one.reason, one.detail) for one in collect([tmp_path]).aside] == [("mallory", "wrong-type", "an empty zip")]


def test_of_entries_with_one_name_the_last_counts(tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(written([entry("anna/lab.ipynb", b"first"), *RIGHT, entry("anna//./lab.ipynb", notebook("last"))]))
    found = collect([path])
    assert next(one.data for one in found.handed_in if one.student == "anna") == notebook("last")
    assert [one.reason for one in found.aside] == ["entry-twice"]


def test_entries_that_share_their_bytes_are_measured_each(tmp_path):
    data = os.urandom(2**20)
    shared = [entry("mallory/lab0.ipynb", data, method=0)] + [
        {**entry("mallory/lab0.ipynb", data, method=0), "at": 0} for _ in range(2)
    ]  # fmt: skip
    path = tmp_path / "a.zip"
    path.write_bytes(written([*shared, *RIGHT]))
    found = collect([path], limits=Limits(student=2**20 - 1))
    assert {one.student for one in found.handed_in} == {"right", "also"}
    assert "too-many" in {one.reason for one in found.aside}


def test_limits_are_measured_while_reading(tmp_path):
    path = tmp_path / "a.zip"
    big = os.urandom(300_000).hex().encode()
    path.write_bytes(zipped({"a/lab.ipynb": big, "b/lab.ipynb": notebook("b"), "c/x.ipynb": notebook("1"), "c/y.ipynb": notebook("2")}))
    found = collect([path], limits=Limits(file=500_000))
    assert [(one.source[-11:], one.reason) for one in found.aside] == [("a/lab.ipynb", "too-large")]
    found = collect([path], limits=Limits(student=300_000))
    assert [(one.student, one.reason) for one in found.aside] == [("a", "too-many")]
    found = collect([path], limits=Limits(student_members=1))
    assert [(one.student, one.reason) for one in found.aside] == [("c", "too-many")]
    found = collect([path], limits=Limits(total=700_000 - len(notebook("b"))))
    assert {one.student for one in found.handed_in} == {"a", "b", "c"}
    found = collect([path], limits=Limits(total=500_000))
    assert [one.reason for one in found.aside if one.student == "a"] == ["too-many"]


def test_an_archive_with_too_many_entries_is_read_up_to_the_limit(tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(zipped({f"s{at:03}/lab.ipynb": notebook(str(at)) for at in range(50)}))
    found = collect([path], limits=Limits(members=10))
    assert len(found.handed_in) == 10
    assert [(one.reason, one.detail) for one in found.aside] == [("too-many", "50 entries; 10 are read")]


def test_a_table_of_contents_that_would_fill_the_memory_is_not_read(tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(zipped({f"s{at:03}/lab.ipynb": b"{}" for at in range(500)}))
    with pytest.raises(UsageError, match="table of contents"):
        collect([path], limits=Limits(directory=10_000))
    folder(tmp_path / "class", {"mallory/work.zip": path.read_bytes(), "anna/lab.ipynb": notebook()})
    found = collect([tmp_path / "class"], limits=Limits(directory=10_000))
    assert ([one.student for one in found.handed_in], [one.reason for one in found.aside]) == (["anna"], ["too-many"])


def test_the_end_of_a_zip_stored_inside_is_not_taken_for_the_outer_ones(tmp_path):
    inner = written(RIGHT, directory_size=2**31)
    path = tmp_path / "a.zip"
    path.write_bytes(zipped({"anna/lab.ipynb": notebook(), "mallory/work.zip": inner}, deflated=False))
    found = collect([path])
    assert [one.student for one in found.handed_in] == ["anna"]
    assert [(one.student, one.reason) for one in found.aside] == [("mallory", "too-many")]


UNICODE = "Müller/Übung Ω.ipynb"
FIELD = struct.pack("<HHBL", 0x7075, 5 + len(UNICODE.encode()), 1, zlib.crc32(b"M_ller/x.ipynb")) + UNICODE.encode()


@pytest.mark.parametrize(
    "made",
    [
        entry(UNICODE.encode(), notebook(), flags=0x800), entry(UNICODE.encode(), notebook()),
        entry("Müller/Übung O.ipynb".encode("cp437"), notebook()), entry("Müller\\Übung O.ipynb".encode("cp437"), notebook(), system=0),
        entry(b"M_ller/x.ipynb", notebook(), extra=FIELD),
    ],
    ids=["flagged UTF-8", "UTF-8 without a word", "code page 437", "Windows's signs", "Info-ZIP's field"],
)
def test_names_in_every_encoding(tmp_path, made):
    path = tmp_path / "a.zip"
    path.write_bytes(written([made, entry("anna/lab.ipynb", notebook("2"))]))
    student = next(one for one in collect([path]).handed_in if one.student != "anna")
    assert student.student == "Müller"
    assert student.file.startswith("Übung ")


def test_a_field_for_another_name_is_not_believed(tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(written([entry(b"eve/x.ipynb", notebook(), extra=FIELD), entry("anna/lab.ipynb", notebook("2"))]))
    assert [one.student for one in collect([path]).handed_in] == ["anna", "eve"]


def test_a_large_zip_with_zip64_and_a_comment(tmp_path):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("anna/lab.ipynb", "w", force_zip64=True) as stream:
            stream.write(notebook())
        archive.writestr("ben/lab.ipynb", notebook("2"))
        archive.comment = b"from a platform not the end"
    (tmp_path / "a.zip").write_bytes(made.getvalue())
    assert [one.student for one in collect([tmp_path / "a.zip"]).handed_in] == ["anna", "ben"]


# ---- properties ------------------------------------------------------------------------------------------------------


@given(st.text(st.sampled_from("ab./\\:\0 Cé"), max_size=12) | st.text(max_size=12))
def test_no_name_leads_outside(name):
    path = relative(name)
    if path is not None:
        parts = path.split("/")
        assert all(part and part.strip() != ".." and part != "." for part in parts)
        assert PurePosixPath("/here", path).is_relative_to("/here")
        assert not PureWindowsPath(path).drive


WHOLE = written([*RIGHT, *lying("ü.ipynb", flags=0x800)])


def spoilt(missing, at, put):
    """A whole zip, shortened, with some bytes overwritten."""
    cut = WHOLE[: len(WHOLE) - missing]
    return cut[:at] + put + cut[at + len(put) :]


SPOILT = st.builds(spoilt, st.integers(0, 40), st.integers(0, len(WHOLE)), st.binary(max_size=4))


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=400) | SPOILT)
def test_whatever_the_bytes_only_refusals_are_raised(data):
    limits = Limits(file=2**16, total=2**16)
    try:
        listing, archive = archive_listing(io.BytesIO(data), limits)
    except RefusedError:
        return
    with archive:
        for member in listing.members:
            assert relative(member.path) == member.path
            with suppress(RefusedError):
                assert len(content(member, limits, Budget(left=2**16))) <= 2**16
