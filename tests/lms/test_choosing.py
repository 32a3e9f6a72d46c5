"""Which of a student's files counts, and who somebody is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.grading.recognition import recognise
from grader.lms import collect
from grader.lms.incoming.belongings import Identity
from grader.lms.incoming.identities import Stranger, keyed, on_roster
from grader.lms.incoming.times import moment
from grader.model.errors import NotebookError
from grader.model.grade import Student
from grader.model.harmless import plain
from tests.lms.classes import folder, notebook

SLOPE, WAY = notebook("slope", "slope-and-bias"), notebook("way", "pytorch-way")


def own(tmp_path, files, **options):
    """What is graded and what is set aside of one student's files."""
    options.setdefault("exercise", "slope-and-bias")
    found = collect([folder(tmp_path, {f"anna/{name}": data for name, data in files.items()})], exercises=["pytorch-way"], **options)
    graded = [(one.source.partition("/anna/")[2], one.exercise, one.attempt) for one in found.handed_in]
    return graded, {one.source.partition("/anna/")[2]: one.reason for one in found.aside}, found


RULES = {
    "one file, whatever it is called": ({"x.ipynb": notebook()}, ["x.ipynb"], {}),
    "by content before name": (
        {"a.ipynb": SLOPE, "slope-and-bias.ipynb": notebook("2"), "b.ipynb": WAY}, ["a.ipynb"],
        {"slope-and-bias.ipynb": "several-files", "b.ipynb": "other-exercise"},
    ),
    "by name where no content tells": (
        {"my slope-and-bias (2).ipynb": notebook("1"), "notes.ipynb": notebook("2")}, ["my slope-and-bias (2).ipynb"],
        {"notes.ipynb": "several-files"},
    ),
    "by its folder": (
        {"slope-and-bias/x.ipynb": notebook("1"), "pytorch-way/x.ipynb": notebook("2")}, ["slope-and-bias/x.ipynb"],
        {"pytorch-way/x.ipynb": "other-exercise"},
    ),
    "what nothing tells apart is graded": ({"a.ipynb": notebook("1"), "b.ipynb": notebook("2")}, ["a.ipynb", "b.ipynb"], {}),
    "numbers of a browser say which came later": (
        {"lab (1).ipynb": notebook("2"), "lab.ipynb": notebook("1")}, ["lab.ipynb", "lab (1).ipynb"], {},
    ),
    "the same bytes once": ({"a.ipynb": SLOPE, "b.ipynb": SLOPE}, ["b.ipynb"], {"a.ipynb": "same-bytes"}),
    "an unreadable one gives way": (
        {"slope-and-bias.ipynb": b"{", "b.ipynb": notebook()}, ["b.ipynb"], {"slope-and-bias.ipynb": "unreadable"},
    ),
    "an unreadable one alone is graded, and so reported": ({"a.ipynb": b"{"}, ["a.ipynb"], {}),
    "an empty one alone": ({"a.ipynb": b""}, ["a.ipynb"], {}),
    "another exercise alone is graded as what was asked for": ({"a.ipynb": WAY}, ["a.ipynb"], {}),
    "a plain script gives way": ({"a.ipynb": notebook(), "setup.py": b"import x\n"}, ["a.ipynb"], {"setup.py": "several-files"}),
    "a script alone": ({"a.py": b"x = 1\n"}, ["a.py"], {}),
    "a percent script counts": (
        {"slope-and-bias.py": b"# %%\nx = 1\n", "setup.py": b"1\n"}, ["slope-and-bias.py"], {"setup.py": "several-files"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("rule", RULES)
def test_the_rule(tmp_path, rule):
    files, graded, aside = RULES[rule]
    kept, left, found = own(tmp_path, files)
    assert kept == [(name, "slope-and-bias", number) for number, name in enumerate(graded, 1)]
    assert left == aside
    assert all(one.data == files[name] for name, one in zip(graded, found.handed_in, strict=True))
    assert len(found.handed_in) + len(found.aside) == len(files)


def test_without_an_exercise_each_file_is_graded_for_what_it_is_for(tmp_path):
    files = {"a.ipynb": SLOPE, "b.ipynb": WAY, "pytorch-way old.ipynb": notebook("w"), "c.ipynb": notebook()}
    kept, left, found = own(tmp_path, files, exercise="")
    # slope-and-bias is no exercise of this course: what a notebook says of itself is a stranger's text
    assert kept == [("a.ipynb", "", 1), ("c.ipynb", "", 1), ("b.ipynb", "pytorch-way", 1), ("pytorch-way old.ipynb", "pytorch-way", 2)]
    assert left == {}
    assert "nothing tells apart" in found.handed_in[2].note


def test_the_same_bytes_handed_in_for_two_exercises_count_for_both(tmp_path):
    folder(tmp_path, {f"submitted/anna/{slug}/lab.ipynb": notebook() for slug in ("slope-and-bias", "pytorch-way")})
    found = collect([tmp_path], exercises=["slope-and-bias", "pytorch-way"])
    assert [one.exercise for one in found.handed_in] == ["pytorch-way", "slope-and-bias"]


def test_what_it_looks_like_is_noted(tmp_path):
    _, _, found = own(tmp_path, {"a.ipynb": WAY})
    assert found.handed_in[0].note == "it looks like pytorch-way"


def test_a_recogniser_may_be_given(tmp_path, course, entry):
    scaffolds = {slug: course.load(slug).scaffold for slug in ("slope-and-bias", "pytorch-way")}
    asked = [0]

    def by_cells(data, name):
        asked[0] += 1
        return recognise(data, name, scaffolds)

    files = {"a.ipynb": entry.reference.read_bytes(), "b.ipynb": course.load("pytorch-way").reference.read_bytes(), "c.ipynb": b"{"}
    kept, left, _ = own(tmp_path, files, recognise=by_cells)
    assert kept == [("a.ipynb", "slope-and-bias", 1)]
    assert left == {"b.ipynb": "other-exercise", "c.ipynb": "unreadable"}
    assert asked == [3]


def test_a_recogniser_that_can_read_nothing_is_no_fault(tmp_path):
    def never(data, name):
        raise NotebookError("no", where=name)

    kept, _, _ = own(tmp_path, {"a.ipynb": SLOPE, "b.ipynb": WAY}, recognise=never)
    assert len(kept) == 2


# ---- who somebody is -------------------------------------------------------------------------------------------------

TEXT = st.text(max_size=8) | st.sampled_from(["anna", "Anna", "a/b", "../x", "=1", "", "\x00", " anna ", "an\u0303a", "a\u00f1a"])
IDENTITIES = st.lists(
    st.builds(Identity, system=st.sampled_from(["", "canvas", "moodle", "github", "gradescope"]), id=TEXT, name=TEXT, sid=TEXT), max_size=8,
)  # fmt: skip


@given(IDENTITIES, st.lists(TEXT, max_size=3))
def test_different_people_never_share_a_key(identities, taken):
    found = keyed(identities, taken)
    people = {(one.system, one.id): student.id for one, student in found.items()}
    before = {key.casefold() for key in taken}
    assert len({key.casefold() for key in people.values()} - before) == len(people)
    assert set(found) == set(identities)
    assert all(key and key == plain(key).strip() and "\n" not in key and len(key) <= 100 for key in people.values())


@given(IDENTITIES, st.lists(st.builds(Student, id=TEXT, name=TEXT), max_size=4, unique_by=lambda one: one.id))
def test_on_a_roster_everybody_is_one_of_it_or_a_stranger(identities, roster):
    found = on_roster(identities, roster)
    assert set(found) == set(identities)
    assert all(isinstance(one, Stranger) or one in roster for one in found.values())


def test_the_same_person_in_two_systems_is_one_on_the_roster():
    anna = Student(id="anna", name="Anna Lee", email="Anna@Example.edu", ids={"canvas": "12", "github": "alee", "sis": "s7"})
    ones = [
        Identity(system="canvas", id="12", name="?"), Identity(system="github", id="alee", login="ALee"), Identity(system="", id="Anna "),
        Identity(system="gradescope", id="x", email="anna@example.edu"), Identity(system="gradescope", id="s7", sid="S7"),
        Identity(system="moodle", id="9", name="Lee Anna"),
    ]  # fmt: skip
    assert list(on_roster(ones, [anna, Student(id="ben", name="Ben Roe")]).values()) == [anna] * 6


def test_a_number_is_no_name():
    """Canvas's user 7 is not whom the roster calls 7, unless they are called the same."""
    roster = [Student(id="7", name="Anna Lee")]
    assert isinstance(on_roster([one := Identity(system="canvas", id="7", name="roeben")], roster)[one], Stranger)
    assert on_roster([one := Identity(system="canvas", id="7", name="leeanna")], roster)[one] == roster[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026-10-02 15:58:23.948203 UTC", "2026-10-02T15:58:23.948203+00:00"),
        ("2026-10-02 15:58:23.123456789 Z", "2026-10-02T15:58:23.123456+00:00"),
        ("2026-10-02 15:58 -0700", "2026-10-02T15:58:00-07:00"), ("'2026-10-02T15:58:23+05:30'", "2026-10-02T15:58:23+05:30"),
    ],
)  # fmt: skip
def test_moments(text, said):
    assert moment(text).isoformat() == said


@given(st.text(max_size=40) | st.from_regex(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)? ?([+-]\d\d:?\d\d|Z)", fullmatch=True))
def test_any_text_is_a_moment_or_none(text):
    found = moment(text)
    assert found is None or found.tzinfo is not None
