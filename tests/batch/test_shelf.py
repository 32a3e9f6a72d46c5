import dataclasses
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.batch import Shelf
from grader.model.errors import UsageError

names = st.text(st.characters(codec="utf-8"), max_size=80)


@given(names, names)
def test_names_of_strangers_stay_inside_the_folder_and_apart(tmp_path_factory, one, other):
    shelf = Shelf(tmp_path_factory.getbasetemp() / "shelf")
    places = {shelf.place(name, "slope-and-bias") for name in (one, other)}
    assert len(places) == len({one, other})
    for place in places:
        assert place.parent == shelf.folder
        assert not place.name.startswith(".")
        assert len(place.name.encode()) < 200


def test_a_name_that_is_harmless_is_kept(tmp_path):
    assert Shelf(tmp_path).place("anna_b", "slope-and-bias").name == "anna_b.slope-and-bias.json"


def test_a_report_is_found_again_by_its_digests_alone(tmp_path, report):
    shelf = Shelf(tmp_path)
    shelf.keep(report)
    assert shelf.kept("anna", "slope-and-bias", report.digests) == report
    assert shelf.kept("anna", "slope-and-bias", {**report.digests, "judging": "other"}) is None
    assert shelf.kept("ben", "slope-and-bias", report.digests) is None


def test_nothing_half_written_is_left(tmp_path, report):
    shelf = Shelf(tmp_path)
    shelf.keep(report)
    shelf.keep(dataclasses.replace(report, score=2.0))
    assert [path.name for path in tmp_path.iterdir()] == ["anna.slope-and-bias.json"]


def test_the_secret_is_made_once_and_for_the_owner_alone(tmp_path):
    secret = Shelf(tmp_path).secret()
    assert len(secret) == 32
    assert Shelf(tmp_path).secret() == secret
    assert stat.S_IMODE((tmp_path / ".secret").stat().st_mode) == 0o600
    assert Shelf(tmp_path / "other").secret() != secret


def test_a_damaged_secret_is_not_used(tmp_path):
    (tmp_path / ".secret").write_bytes(b"")
    with pytest.raises(UsageError, match=r"\.secret"):
        Shelf(tmp_path).secret()


def test_a_folder_that_cannot_be_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="no folder for reports"):
        Shelf(tmp_path / "file" / "inside")
