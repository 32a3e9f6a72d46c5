"""The same attacks and the same contract, run by a user that this test makes: levels L2 and L1 as most people have them.

And by root at L1, which gives kernels a user of their own: where Python lies in root's own folder, that level can be had only
in a mount namespace that shows the folder to them.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
UID = 54321


def run_as_user(*arguments, uid=UID):
    """pytest's summary, as that user."""
    if os.geteuid() != 0:
        pytest.skip("this test is not run by root: an ordinary user runs the other tests already")
    with tempfile.TemporaryDirectory() as home:
        os.chown(home, uid, uid)
        Path(home).chmod(0o711)  # kernels with a user of their own work below
        environment = {"PATH": os.environ["PATH"], "HOME": home, "TMPDIR": home, "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        pytest_ = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "slow or not slow", *arguments]
        done = subprocess.run(
            [sys.executable, str(Path(__file__).with_name("ordinary_user.py")), str(uid), *pytest_],
            capture_output=True, text=True, check=False, env=environment, cwd=TESTS.parent.parent,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
    return {word: int(count) for count, word in re.findall(r"(\d+) (passed|skipped)", done.stdout)}


def test_an_ordinary_users_kernels_keep_everything_in():
    attacks = ("tests/execution/attacks/test_attacks.py", "tests/execution/attacks/test_keys.py")
    found = run_as_user(*attacks, "-k", "nothing_outside or kernels", "-rs")
    assert found["passed"] + found["skipped"] == 3 * 3
    assert found["passed"] >= 3


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_an_ordinary_users_kernels_stop_every_flood():
    assert run_as_user("tests/execution/attacks/test_attacks.py", "-k", "flood")["passed"] >= 25


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_an_ordinary_users_kernels_keep_the_contract():
    assert run_as_user("tests/execution/forked/test_executor.py")["passed"] >= 15


def test_roots_kernels_without_namespaces_keep_everything_in():
    attacks = ("tests/execution/attacks/test_attacks.py", "tests/execution/attacks/test_keys.py")
    assert run_as_user(*attacks, "-k", "L1 and (nothing_outside or kernels)", "-rs", uid=0)["passed"] == 3


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_roots_kernels_without_namespaces_stop_every_flood_and_keep_the_contract():
    assert run_as_user("tests/execution/attacks/test_attacks.py", "-k", "L1 and flood", uid=0)["passed"] >= 25
    assert run_as_user("tests/execution/forked/test_executor.py", "-k", "L1", uid=0)["passed"] >= 15
