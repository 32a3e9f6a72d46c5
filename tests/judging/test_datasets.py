"""Which rows a run used, and when data are refused: never the right ones, whatever the noise."""

import numpy as np
import pytest

from grader.judging.datasets import Dataset, dataset, used_rows
from grader.model.errors import AuthorError
from grader.model.exercise import Line, Table

LINE = Line(first=-3.0, stop=3.0, step=0.1, slope=1.0, intercept=-1.0, noise=0.1)
CARS = Table(file="cars.csv", feature="wt", target="mpg")
FILES = {"cars.csv": b"name,wt,mpg\na,2.5,21\nb,2.5,19.5\nc,3.25,15\n"}


def full(traced, x, y, steps=2):
    return traced([[0.5, -0.5]] * steps, [(x, y)] * steps)


def drawn(seed, known, *, slope=1.0, intercept=-1.0, noise=0.1):
    return slope * known.x + intercept + noise * np.random.default_rng(seed).standard_normal(len(known.x))


def test_a_line_has_the_features_of_arange():
    known = dataset(LINE, {})
    assert len(known.x) == 60
    assert known.x[-1] == pytest.approx(2.9)
    assert known.expected(np.array([2.0])) == pytest.approx([1.0])


def test_right_data_are_never_refused(traced):
    known = dataset(LINE, {})
    for seed in range(300):
        y = np.float32(drawn(seed, known)).astype(float)
        used = used_rows(full(traced, np.float32(known.x).astype(float), y), known)
        assert (used.why, used.missing, used.foreign, used.seen) == ("", 0, 0, True), seed
        assert np.array_equal(used.y, y)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"intercept": -0.8}, "from the line"),
        ({"noise": 0.0}, "on the line"),
        ({"noise": 0.3}, "the targets"),
        ({"slope": -1.0}, "the targets"),
    ],
)
def test_another_line_or_noise_is_refused_on_every_draw(traced, change, said):
    known = dataset(LINE, {})
    for seed in range(100):
        assert said in used_rows(full(traced, known.x, drawn(seed, known, **change)), known).why, seed


def test_other_features_and_rows_left_out_are_told(traced):
    known = dataset(LINE, {})
    other = used_rows(full(traced, known.x * 2, drawn(1, known)), known)
    assert other.foreign > 0
    assert "not rows of the exercise" in other.why
    half = used_rows(full(traced, known.x[:30], drawn(1, known)[:30], steps=4), known)
    assert (half.missing, half.why) == (30, "30 of the 60 rows were never used")


def test_a_run_shorter_than_the_data_is_not_blamed_for_rows_it_had_no_time_for(traced):
    known = dataset(LINE, {})
    y = drawn(2, known)
    used = used_rows(traced([[0.0, 0.0]] * 5, [([known.x[k]], [y[k]]) for k in range(5)]), known)
    assert used.why == ""


def test_a_table_is_read_by_its_columns():
    known = dataset(CARS, FILES)
    assert (known.x.tolist(), known.y.tolist()) == ([2.5, 2.5, 3.25], [21.0, 19.5, 15.0])


def test_rows_of_equal_features_are_told_apart_by_their_targets(traced):
    used = used_rows(full(traced, [3.25, 2.5, 2.5], [15.0, 19.5, 21.0]), dataset(CARS, FILES))
    assert used.rows[:3].tolist() == [2, 1, 0]
    assert used.why == ""


def test_another_column_is_foreign(traced):
    used = used_rows(full(traced, [2.5, 2.5, 3.25], [110.0, 93.0, 175.0]), dataset(CARS, FILES))
    assert used.foreign == 6
    assert used.why


@pytest.mark.parametrize(
    ("table", "files"),
    [
        (CARS, {}),
        (CARS, {"cars.csv": b"a,b\n1,2\n"}),
        (CARS, {"cars.csv": b"wt,mpg\n1,x\n"}),
        (CARS, {"cars.csv": b"\xff\xfe"}),
        (CARS, {"cars.csv": b"wt,mpg\n1\n"}),
    ],
)
def test_a_table_without_its_file_or_numbers_is_the_authors_error(table, files):
    with pytest.raises(AuthorError, match=r"cars\.csv"):
        dataset(table, files)


def test_targets_that_were_not_seen_are_not_judged(traced):
    known = dataset(LINE, {})
    used = used_rows(full(traced, known.x, np.full(60, np.nan)), known)
    assert used.seen is False


def test_targets_of_a_feature_are_those_of_the_nearest_row():
    known = Dataset(x=np.array([1.0, 2.0]), y=np.array([10.0, 20.0]))
    assert known.expected(np.array([1.1, 1.9])).tolist() == [10.0, 20.0]
