import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.grading.draws import Draw, draw

DIGEST = hashlib.sha256(b"submission").hexdigest()
keys = st.binary(min_size=32, max_size=32)


def of(**changes):
    facts = {"submission": DIGEST, "execution": DIGEST, "variant": 0, **changes}
    return draw(facts.pop("secret", b"s" * 32), **facts)


def test_the_same_submission_gets_the_same_numbers_after_a_resume():
    assert of().number("slope", -3, 3) == of().number("slope", -3, 3)
    assert of().generator().uniform() == of().generator().uniform()


@pytest.mark.parametrize(
    "change",
    [
        {"secret": b"t" * 32}, {"variant": 1}, {"submission": hashlib.sha256(b"other").hexdigest()},
        {"execution": hashlib.sha256(b"other").hexdigest()},
    ],
)  # fmt: skip
def test_any_change_of_what_it_depends_on_changes_the_numbers(change):
    assert of().key != of(**change).key


@given(keys, st.floats(-1e3, 1e3), st.floats(1e-3, 1e3))
def test_numbers_keep_their_range(key, low, width):
    assert low <= Draw(key=key).number("a", low, low + width) <= low + width


@given(keys, st.floats(-3, 3))
def test_a_number_stays_away_from_the_one_that_the_notebook_knows(key, avoid):
    assert abs(Draw(key=key).number_away("slope", -3, 3, avoid=avoid) - avoid) >= 0.6 - 1e-9


def test_numbers_of_different_names_differ_and_fill_the_range():
    drawn = [of().number(str(i), 0, 1) for i in range(400)]
    assert min(drawn) < 0.05
    assert max(drawn) > 0.95
    assert 0.4 < sum(drawn) / len(drawn) < 0.6
