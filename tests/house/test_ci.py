"""The CI jobs that authors copy: they can be read, call the command as it is, and stand in the docs as they are."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
JOBS = {path.name: path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs" / "ci").glob("*.yml"))}
COMMANDS = {name: re.findall(r"^ *- (?:run: )?(grader .*)$", text, re.MULTILINE) for name, text in JOBS.items()}


@pytest.fixture(scope="module")
def options():
    shown = subprocess.run([sys.executable, "-m", "grader.cli", "validate", "--help"], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"--[a-z][a-z-]+", shown))


def test_there_is_one_for_each_host():
    assert list(JOBS) == ["github-validate.yml", "gitlab-validate.yml"]


def test_they_are_yaml():
    github, gitlab = (yaml.safe_load(text) for text in JOBS.values())
    steps = github["jobs"]["validate"]["steps"]
    assert [next(iter(step)) for step in steps] == ["uses", "uses", "run", "run", "uses"]
    assert gitlab["validate"]["artifacts"]["reports"] == {"junit": "validation.xml"}


@pytest.mark.parametrize("name", JOBS)
def test_they_call_the_command_as_it_is(name, options):
    (command,) = COMMANDS[name]
    words = shlex.split(command)
    assert words[:2] == ["grader", "validate"]
    assert {"--changed", "--junit", "--markdown"} == {word for word in words if word.startswith("--")} & options


@pytest.mark.parametrize("name", JOBS)
def test_the_docs_show_them(name):
    assert f"```yaml\n{JOBS[name]}```" in (ROOT / "docs" / "validation.md").read_text(encoding="utf-8")


def test_the_readme_shows_the_command_and_leads_to_them():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"- run: {COMMANDS['github-validate.yml'][0]}\n" in readme
    assert all(f"](docs/ci/{name})" in readme for name in JOBS)
