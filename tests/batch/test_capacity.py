from hypothesis import given
from hypothesis import strategies as st

from grader.batch.capacity import default_jobs, free_memory, jobs_for


@given(st.integers(1, 1000), st.integers(0, 2**50))
def test_at_least_one_and_never_more_than_cores(cores, memory):
    assert 1 <= jobs_for(cores, memory) <= cores
    assert jobs_for(cores, memory) <= jobs_for(cores, memory + 2**30)


def test_here():
    assert free_memory() > 2**28
    assert default_jobs() >= 1
