"""CONTRIBUTING's steps to add a check, a finding and a report format, carried out to the letter on a copy of the project."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from tests.conftest import ROOT

GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"^```python (\S+\.py)\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL))
STEPS = {
    "a check": ("grader/judging/added/finite.py", "tests/judging/added/test_finite.py"),
    "a finding": ("grader/judging/added/few_points.py", "tests/judging/added/test_few_points.py"),
    "a report format": ("grader/reports/formats/markdown.py", "tests/reports/formats/test_markdown.py"),
}
PARTS = ("grader", "reference", "exercises", "tests/conftest.py", "tests/judging", "tests/reports", "tests/probe")


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The project as it stands here, but for what the steps do not need."""
    root = tmp_path_factory.mktemp("copy")
    for part in PARTS:
        source, to = ROOT / part, root / part
        to.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, to, ignore=shutil.ignore_patterns("__pycache__", "specimens"))
        else:
            shutil.copy(source, to)
    shutil.copy(ROOT / "pyproject.toml", root)
    return root


def run(copy, *words):
    """What a command in the copy prints, by the copy's own grader."""
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"}
    ran = subprocess.run([sys.executable, *words], cwd=copy, env=environment, capture_output=True, text=True, check=False, timeout=300)
    return ran.returncode, ran.stdout + ran.stderr


def by_its_tests(copy, *paths):
    return run(copy, "-m", "pytest", "-q", "-n0", "-p", "no:randomly", "-p", "no:cacheprovider", *paths)


def test_the_guide_gives_one_place_and_one_test_for_each():
    assert set(FILES) == {path for step in STEPS.values() for path in step}
    assert not [path for path in FILES if (ROOT / path).exists()]


def test_the_steps_as_they_stand(copy):
    """With those three files and their tests, and no other change, all of it holds; what was there before does so still."""
    for path, text in FILES.items():
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        (copy / path).write_text(text, encoding="utf-8")
    code, said = by_its_tests(copy, *(test for _, test in STEPS.values()), "tests/reports/formats")
    assert code == 0, said
    code, said = run(copy, "-c", "import grader.judging.adding as a; print(a.__file__, *a.added_checks(), *a.phrases())")
    where, *names = said.split()
    assert where == str(copy / "grader" / "judging" / "adding.py")
    assert {"finite", "few-points"} <= set(names)
