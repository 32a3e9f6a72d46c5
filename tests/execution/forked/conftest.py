"""One warm executor for the tests of this folder, at the best level of this machine."""

import pytest

from grader.execution.confinement.probing import probe_level
from grader.execution.forked.executor import ForkedExecutor


@pytest.fixture(scope="package")
def warm():
    if probe_level().level == "L0":
        pytest.skip(f"no confined kernel here: {'; '.join(probe_level().reasons())}")
    with ForkedExecutor(ready=0) as executor:
        executor.warm()
        yield executor
