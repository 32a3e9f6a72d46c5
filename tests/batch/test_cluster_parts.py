"""What a cluster is made of, without one: parcels, terms, and kernels that rest."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.batch.cluster.kernels import Kernels
from grader.batch.cluster.parcels import done_of, done_parcel, error_parcel, work_of, work_parcel
from grader.batch.cluster.terms import Member, Terms, joined
from grader.batch.place import Done, Work
from grader.catalog import Course
from grader.execution.confinement.level import Confinement
from grader.gradebook import Packed
from grader.grading import Edition
from grader.model.errors import AuthorError, EvidenceError, ExecutionError
from tests.conftest import ROOT

WORKS = st.builds(
    lambda key, student, exercise, name, data: Work(key=key, student=student, exercise=exercise, name=name, data=data),
    st.integers(0), st.text(), st.text(), st.text(), st.binary(),
)  # fmt: skip
RUNS = st.lists(st.builds(lambda data, damaged: Packed(data=data, damaged=damaged), st.binary(), st.booleans()), max_size=3)
DONE = st.builds(lambda key, report, runs: Done(key=key, report=report, runs=tuple(runs)), st.integers(0), st.text(), RUNS)


@given(WORKS)
def test_a_work_comes_back(work):
    assert work_of(work_parcel(work)) == work


@given(DONE)
def test_what_came_of_it_comes_back(done):
    assert done_of(done_parcel(done)) == done


def test_an_authors_error_comes_back_as_one():
    with pytest.raises(AuthorError, match=r"^here: wrong \(mend it\)$"):
        done_of(error_parcel(AuthorError("wrong", where="here", remedy="mend it")))


@given(st.binary() | st.builds(lambda done, cut: done_parcel(done)[:cut], DONE, st.integers(0, 60)))
def test_anything_else_is_refused(data):
    for read in (work_of, done_of):
        try:
            read(data)
        except EvidenceError:
            continue
        assert data == done_parcel(done_of(data))


# ---- terms ---------------------------------------------------------------------------------------------------------------

FINE = Confinement(seccomp=True, landlock=7)


@pytest.fixture
def terms(course, entry):
    return Terms.of({entry.slug: Edition.of(entry)}, course.root, unconfined=False)


def changed(terms, **changes):
    plain = terms.plain()
    for name, value in changes.items():
        plain[name] = {**plain[name], **value} if isinstance(value, dict) else value
    return Terms.read(json.loads(json.dumps(plain)))


def test_a_worker_with_the_same_course_and_versions_takes_part(terms, entry):
    member, editions = joined(changed(terms), "w", 4, confinement=FINE)
    assert (member.refusal, member.level, member.threads) == ("", FINE.level, 4)
    assert editions == {entry.slug: Edition.of(entry)}
    assert Member.read({**member.plain(), "worker": "what Dask adds"}) == member


@pytest.mark.parametrize(
    ("changes", "confinement", "said"),
    [
        ({"versions": {"torch": "1.0"}}, FINE, "instead of 1.0"),
        ({"digests": {"slope-and-bias": ["e", "j"]}}, FINE, "slope-and-bias is another one there than here"),
        ({}, Confinement(forked=False), "no confined kernel can be had"),
    ],
)
def test_one_that_differs_or_confines_nothing_says_why(terms, changes, confinement, said):
    member, editions = joined(changed(terms, **changes), "w", 1, confinement=confinement)
    assert editions == {}
    assert said in member.refusal
    assert "takes no part" in member.line()


def test_unconfined_ones_take_part_where_that_is_allowed(terms):
    member, editions = joined(changed(terms, unconfined=True), "w", 1, confinement=Confinement(forked=False))
    assert (member.refusal, member.level, len(editions)) == ("", "L0", 1)


def test_the_workers_own_course_goes_before_the_clients_path(terms, tmp_path, monkeypatch):
    monkeypatch.setenv("GRADER_COURSE", str(ROOT))
    assert joined(changed(terms, course="/nowhere"), "w", 1, confinement=FINE)[0].refusal == ""
    monkeypatch.delenv("GRADER_COURSE")
    monkeypatch.chdir(tmp_path)
    assert joined(terms, "w", 1, confinement=FINE)[0].refusal == ""
    assert "no course there" in joined(changed(terms, course="/nowhere"), "w", 1, confinement=FINE)[0].refusal
    (tmp_path / "exercises").mkdir()
    (tmp_path / "reference").mkdir()
    assert Course(root=tmp_path).exercises() == ()
    assert "no exercise is called 'slope-and-bias'" in joined(terms, "w", 1, confinement=FINE)[0].refusal


# ---- kernels that rest -----------------------------------------------------------------------------------------------------


def test_kernels_start_with_the_first_work_and_rest_when_idle(silent):
    made = []

    def make():
        made.append(silent())
        return made[-1]

    kernels = Kernels(make, idle=0.05)
    assert made == []
    with kernels.at_work() as one, kernels.at_work() as other:
        assert one is other
        time.sleep(0.2)
        assert not one.closed
    give_up = time.monotonic() + 5
    while not made[0].closed and time.monotonic() < give_up:
        time.sleep(0.01)
    assert made[0].closed
    with kernels.at_work() as again:
        assert again is made[1]
        kernels.close()
        assert again.closed
    with pytest.raises(ExecutionError), kernels.at_work():
        pass
