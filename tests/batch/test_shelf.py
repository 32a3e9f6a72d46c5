import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.batch import Shelf
from grader.model.errors import UsageError
from grader.wire import from_json

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


def test_a_report_is_written_as_it_is_documented(tmp_path, report):
    assert from_json(Shelf(tmp_path).keep(report).read_bytes()) == report


def test_nothing_half_written_is_left(tmp_path, report):
    shelf = Shelf(tmp_path)
    shelf.keep(report)
    shelf.keep(dataclasses.replace(report, score=2.0))
    assert [path.name for path in tmp_path.iterdir()] == ["anna.slope-and-bias.json"]


def test_a_folder_that_cannot_be_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="no folder for reports"):
        Shelf(tmp_path / "file" / "inside")
