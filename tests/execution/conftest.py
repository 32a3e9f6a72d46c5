import os
from pathlib import Path

import pytest

pytest.register_assert_rewrite("tests.execution.contract")


@pytest.fixture(autouse=True, scope="session")
def _secret():
    """Something in the grader's environment that no kernel may see."""
    before = dict(os.environ)
    os.environ["GRADER_TEST_SECRET"], os.environ["REAL_HOME"] = "s", str(Path.home())
    yield
    os.environ.clear()
    os.environ.update(before)
