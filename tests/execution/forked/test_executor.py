"""The forked executor keeps every executor's contract, at every level that this machine offers."""

import pytest

from grader.execution.confinement.level import at_most
from grader.execution.confinement.probing import probe_level
from grader.execution.forked.executor import ForkedExecutor
from tests.execution.contract import ExecutorContract


@pytest.mark.parametrize("level", ["L3", "L2", "L1"], scope="class")
class TestForkedExecutor(ExecutorContract):
    @pytest.fixture(scope="class")
    @classmethod
    def executor(cls, level):
        here = probe_level()
        confinement = at_most(here, level)
        if confinement.level != level:
            pytest.skip(f"{level} is not offered here: {'; '.join(here.reasons()) or 'Python lies where other users may not enter'}")
        with ForkedExecutor(confinement=confinement) as executor:
            yield executor
