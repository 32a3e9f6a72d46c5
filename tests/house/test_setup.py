"""Setting up says in one line what is missing, before anything is made."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def python(tmp_path):
    """An interpreter that fails at a word in its arguments, as one without that thing does."""

    def without(word):
        path = tmp_path / "python"
        path.write_text(f'#!/bin/sh\ncase "$*" in *"{word}"*) exit 1 ;; *--version*) echo "Python 3.0" ;; esac\n')
        path.chmod(0o755)
        return str(path)

    return without


def setup(tmp_path, **variables):
    environment = {**os.environ, "VENV": str(tmp_path / "venv"), **variables}
    ran = subprocess.run(["sh", ".ci/setup"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert ran.stderr.count("\n") == 1
    assert not (tmp_path / "venv").exists()
    return ran.stderr


def test_no_python(tmp_path):
    assert "there is no 'nope' here" in setup(tmp_path, PYTHON="nope")


def test_an_old_python(tmp_path, python):
    assert "3.11 or newer" in setup(tmp_path, PYTHON=python("version_info"))


def test_a_python_without_venv(tmp_path, python):
    assert "python3-venv" in setup(tmp_path, PYTHON=python("ensurepip"))


def test_no_torch_to_keep(tmp_path, python):
    assert "can't import torch" in setup(tmp_path, PYTHON=python("import pathlib, torch"), REUSE_TORCH="1")
