import pytest

from grader.cli.progress import pace


@pytest.mark.parametrize(
    ("done", "total", "seconds", "said"),
    [
        (0, 10, 5.0, ""), (5, 10, 0.0, ""), (10, 20, 5.0, "2.0 a second, 5 s left"), (2, 10, 8.0, "4.0 s each, 32 s left"),
        (10, 1000, 10.0, "1.0 a second, 16 min left"), (10, 10, 5.0, "2.0 a second, 0 s left"),
    ],
)  # fmt: skip
def test_rate_and_time_left(done, total, seconds, said):
    assert pace(done, total, seconds) == said
