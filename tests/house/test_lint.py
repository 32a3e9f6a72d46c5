"""ruff, mypy --strict and the floors, run as tests: one failure shows the tool's own words."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["ruff", "check", "--quiet", "--output-format=concise", "grader", "tests", "benchmarks"], id="ruff"),
        pytest.param(["mypy", "--strict", "--no-error-summary", "grader"], id="mypy"),
        pytest.param(["lint-imports", "--no-logo", "--no-cache"], id="floors"),
    ],
)
def test_the_code_keeps_the_rules(command):
    ran = subprocess.run([str(BIN / command[0]), *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, f"{' '.join(command)}\n{ran.stdout}{ran.stderr}"
