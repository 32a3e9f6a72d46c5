"""Folders and single files, called by their students."""

import os

import pytest

from grader.lms import RULES, Reason, collect
from grader.model.errors import UsageError
from grader.model.grade import Student
from tests.lms.classes import folder, notebook, zipped


def told(collection):
    return [(one.student, one.file, one.exercise) for one in collection.handed_in]


def aside(collection):
    return {one.source.rpartition("/")[2]: one.reason for one in collection.aside}


def test_each_folder_is_a_student_and_whatever_is_in_it_may_be_called_anything(tmp_path):
    folder(tmp_path, {"anna/lab.ipynb": notebook(), "ben/deep/er/Untitled1.IPYNB": notebook("2"), "cem/x.py": b"# %%\n1\n"})
    found = collect([tmp_path])
    assert told(found) == [("anna", "lab.ipynb", ""), ("ben", "Untitled1.IPYNB", ""), ("cem", "x.py", "")]
    (source,) = found.sources
    assert source.layout == "folders"
    assert found.aside == ()
    assert [one.id for one in found.students] == ["anna", "ben", "cem"]
    assert found.handed_in[0].data == notebook()
    assert found.handed_in[0].source == f"{tmp_path}/anna/lab.ipynb"


def test_files_at_the_top_are_called_by_their_students(tmp_path):
    folder(tmp_path, {"slope-and-bias_anna.ipynb": notebook(), "ben.ipynb": notebook("2"), "ben/other.txt": b"x"})
    found = collect([tmp_path], exercise="slope-and-bias")
    assert told(found) == [("anna", "slope-and-bias_anna.ipynb", "slope-and-bias"), ("ben", "ben.ipynb", "slope-and-bias")]
    assert aside(found) == {"other.txt": "wrong-type"}


def test_single_files_of_one_name_are_told_apart_by_their_folders(tmp_path):
    folder(tmp_path, {"anna/lab.ipynb": notebook(), "ben/lab.ipynb": notebook("2"), "cem.ipynb": notebook("3")})
    found = collect([tmp_path / "anna" / "lab.ipynb", tmp_path / "ben" / "lab.ipynb", tmp_path / "cem.ipynb"])
    assert [one.student for one in found.handed_in] == ["anna", "ben", "cem"]


def test_a_zip_of_folders_and_one_folder_around_them(tmp_path):
    made = tmp_path / "class.zip"
    made.write_bytes(zipped({"class/anna/lab.ipynb": notebook(), "class/ben/lab.ipynb": notebook("2")}))
    assert [one.student for one in collect([made]).handed_in] == ["anna", "ben"]


def test_one_students_zip_is_not_taken_for_a_class(tmp_path):
    made = tmp_path / "class.zip"
    made.write_bytes(zipped({"anna/slope/lab.ipynb": notebook(), "anna/way/lab.ipynb": notebook("2")}))
    found = collect([made], exercises=["slope", "way"])
    assert told(found) == [("anna", "lab.ipynb", "slope"), ("anna", "lab.ipynb", "way")]


def test_what_is_no_submission_is_set_aside_with_its_reason(tmp_path):
    folder(tmp_path, {
        "anna/lab.ipynb": notebook(), "anna/.ipynb_checkpoints/lab-checkpoint.ipynb": notebook("old"), "anna/cars.csv": b"a,b",
        "anna/.DS_Store": b"x", "ben/report.pdf": b"%PDF", "cem/lab.rar": b"Rar!",
    })  # fmt: skip
    found = collect([tmp_path])
    assert told(found) == [("anna", "lab.ipynb", "")]
    assert [(one.source.removeprefix(f"{tmp_path}/"), one.reason) for one in sorted(found.aside, key=lambda one: one.source)] == [
        ("anna/.DS_Store", "by-product"), ("anna/.ipynb_checkpoints/", "by-product"), ("anna/cars.csv", "wrong-type"),
        ("ben/report.pdf", "wrong-type"), ("cem/lab.rar", "wrong-type"),
    ]  # fmt: skip
    assert all(one.rule == RULES[one.reason] for one in found.aside)
    assert [one.id for one in found.missing] == ["ben", "cem"]


def test_every_reason_has_its_rule():
    assert set(Reason.__args__) == set(RULES)


def test_links_and_pipes_are_not_followed(tmp_path):
    secret = folder(tmp_path / "elsewhere", {"x.ipynb": notebook("secret")})
    submitted = folder(tmp_path / "class", {"anna/lab.ipynb": notebook()})
    (submitted / "anna" / "other.ipynb").symlink_to(secret / "x.ipynb")
    (submitted / "ben").symlink_to(secret)
    os.mkfifo(submitted / "anna" / "pipe.ipynb")
    found = collect([submitted])
    assert told(found) == [("anna", "lab.ipynb", "")]
    assert aside(found) == {"other.ipynb": "link", "ben": "link", "pipe.ipynb": "link"}


def test_a_students_zip_is_opened_one_level_deep(tmp_path):
    inner = zipped({"lab/lab.ipynb": notebook(), "lab/deeper.zip": zipped({"x.ipynb": notebook("2")}), "__MACOSX/lab/._lab.ipynb": b"x"})
    folder(tmp_path, {"anna/work.zip": inner})
    found = collect([tmp_path])
    assert told(found) == [("anna", "lab.ipynb", "")]
    assert found.handed_in[0].source == f"{tmp_path}/anna/work.zip/lab/lab.ipynb"
    assert aside(found) == {"deeper.zip": "too-deep", "__MACOSX": "by-product"}


def test_a_platforms_download_inside_a_folder_is_nobodys_own_zip(tmp_path):
    download = zipped({"leeanna_12_34_lab.ipynb": notebook(), "roeben_13_35_lab.ipynb": notebook("2")})
    folder(tmp_path, {"submissions.zip": download, "cem/lab.ipynb": notebook("3")})
    found = collect([tmp_path])
    assert told(found) == [("cem", "lab.ipynb", "")]
    assert [(one.reason, "Canvas" in one.detail) for one in found.aside] == [("too-deep", True)]


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [("none", None, "no such file or folder"), ("a.zip", b"hello", "neither a folder"), ("a.zip", b"PK\3\4xxxx", "no table of contents")],
)
def test_a_path_that_is_nothing_is_the_instructors_error(tmp_path, name, data, said):
    if data is not None:
        (tmp_path / name).write_bytes(data)
    with pytest.raises(UsageError, match=said):
        collect([tmp_path / name])


def test_names_composed_and_decomposed_are_one_name(tmp_path):
    folder(tmp_path, {"Mu\u0308ller/lab.ipynb": notebook()})
    roster = [Student(id="7", name="Hans Müller"), Student(id="Müller")]
    assert collect([tmp_path]).handed_in[0].student == "Müller"
    assert collect([tmp_path], roster).handed_in[0].student == "Müller"


def test_students_folders_given_one_by_one_are_called_by_their_own_names(tmp_path):
    folder(tmp_path, {"anna/ws1.ipynb": notebook(), "anna/cars.csv": "x", "ben/lab.ipynb": notebook("2"), "cem/lab.ipynb": notebook("3")})
    found = collect([tmp_path / "anna", tmp_path / "ben", tmp_path / "cem"])
    assert told(found) == [("anna", "ws1.ipynb", ""), ("ben", "lab.ipynb", ""), ("cem", "lab.ipynb", "")]
    assert [one.student for one in found.aside] == ["anna"]


def test_students_zips_given_one_by_one_are_never_one_student(tmp_path):
    for at, name in enumerate(["anna", "ben", "cem"]):
        (tmp_path / f"{name}.zip").write_bytes(zipped({"work/lab.ipynb": notebook(str(at)), "work/notes.ipynb": notebook(f"n{at}")}))
    found = collect(sorted(tmp_path.iterdir()))
    assert [one.student for one in found.handed_in] == ["anna", "anna", "ben", "ben", "cem", "cem"]


def test_two_weeks_of_one_class_are_of_the_same_students(tmp_path):
    folder(tmp_path, {f"week{week}/{who}/lab.ipynb": notebook(f"{week}{who}") for week in (1, 2) for who in ("anna", "ben")})
    found = collect([tmp_path / "week1", tmp_path / "week2"])
    assert [one.student for one in found.handed_in] == ["anna", "anna", "ben", "ben"]
    assert {one.id for one in found.students} == {"anna", "ben"}


def test_two_sections_of_files(tmp_path):
    folder(tmp_path, {"a/anna.ipynb": notebook(), "a/ben.ipynb": notebook("2"), "b/cem.ipynb": notebook("3"), "b/dan.ipynb": notebook("4")})
    assert [one.student for one in collect([tmp_path / "a", tmp_path / "b"]).handed_in] == ["anna", "ben", "cem", "dan"]


def test_the_order_of_paths_and_files_does_not_matter(tmp_path):
    folder(tmp_path / "a", {"anna/lab.ipynb": notebook(), "ben/lab.ipynb": notebook("2")})
    folder(tmp_path / "b", {"cem/lab.ipynb": notebook("3")})
    assert told(collect([tmp_path / "a", tmp_path / "b"])) == told(collect([tmp_path / "b", tmp_path / "a"]))
