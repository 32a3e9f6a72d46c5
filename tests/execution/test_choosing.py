"""Which executor serves, by what this machine can do and whose work it is."""

import pytest

from grader.execution.choosing import choose, refusal
from grader.execution.confinement.level import LEVELS, Confinement, at_most
from grader.execution.forked.executor import ForkedExecutor
from grader.execution.plain import PlainExecutor
from grader.model.errors import UsageError

FULL = Confinement(own_uid=True, namespaces=True, landlock=7, seccomp=True, cgroup=True)
BARE = [
    Confinement(forked=False, missing={"system": "darwin is not Linux"}),
    Confinement(missing={"seccomp": "not permitted"}),
    at_most(FULL, "L0"),
]


@pytest.mark.parametrize("trusted", [True, False])
@pytest.mark.parametrize("level", LEVELS[1:])
def test_kernels_are_forked_and_confined_wherever_they_can_be_whoever_asks(level, trusted):
    executor = choose(trusted=trusted, confinement=at_most(FULL, level))  # no process starts before the first job
    assert isinstance(executor, ForkedExecutor)
    assert executor.confinement.level == level
    executor.close()


@pytest.mark.parametrize("here", BARE)
def test_without_confinement_trusted_work_runs_in_plain_kernels_and_other_work_not_at_all(here):
    executor = choose(trusted=True, confinement=here)
    assert isinstance(executor, PlainExecutor)
    executor.close()
    with pytest.raises(UsageError, match="no confined kernel") as told:
        choose(trusted=False, confinement=here)
    assert "--allow-unconfined" in str(told.value)
    assert all(why in str(told.value) for why in here.reasons())


def test_the_refusal_is_one_line():
    assert "\n" not in str(refusal(BARE[0]))
