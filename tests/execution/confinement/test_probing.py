"""The probe tells what this machine offers, and why not more; it tries, and leaves nothing behind."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from grader.execution.confinement import probing
from grader.execution.confinement.level import LEVELS


def test_the_answer_has_a_level_and_reasons_for_not_being_higher():
    here = probing.probe_level()
    assert here.level in LEVELS
    assert (here.level == "L3") == (not here.reasons())
    assert here is probing.probe_level()


def test_nothing_is_left_behind(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = Path("/proc/mounts").read_text()
    probing._ask()
    assert Path("/proc/mounts").read_text() == before
    assert list(tmp_path.iterdir()) == []


def closed(folder):
    """Whether others may not enter it."""
    way = Path(folder).resolve()
    return any(not place.stat().st_mode & 0o001 for place in (way, *way.parents))


def test_root_is_told_where_other_users_may_not_enter_what_their_kernels_need(tmp_path, monkeypatch):
    if os.geteuid() != 0:
        pytest.skip("an ordinary user's kernels keep their user, and enter what it enters")
    assert bool(probing._ask()["python"]) == any(map(closed, (sys.base_prefix, sys.prefix, tempfile.gettempdir())))
    tmp_path.chmod(0o700)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert "other users may not enter" in probing._ask()["python"]


def test_a_probe_that_fails_is_a_reason_and_no_error(monkeypatch):
    monkeypatch.setattr(probing.sys, "executable", "/bin/false")
    here = probing.probe_level.__wrapped__()
    assert here.level == "L0"
    assert here.reasons()


def test_every_module_can_be_imported_where_linux_is_not():
    code = (
        "import sys; sys.platform = 'darwin'; sys.modules['resource'] = None\n"
        "import importlib, pkgutil, grader.execution.confinement as c\n"
        "names = [m.name for m in pkgutil.iter_modules(c.__path__, c.__name__ + '.')]\n"
        "[importlib.import_module(n) for n in names]\n"
        "from grader.execution.confinement.probing import probe_level\nprint(len(names), probe_level().level, probe_level().reasons()[0])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd="/")
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[0]) > 10
    assert done.stdout.split()[1] == "L0"
    assert "darwin is not Linux" in done.stdout


def test_the_trial_prints_one_answer_for_each_primitive(tmp_path):
    answers = probing._ask()
    assert {"own_uid", "python", "namespaces", "landlock", "seccomp", "cgroup", "abi"} == set(answers)
    assert json.dumps(answers)
