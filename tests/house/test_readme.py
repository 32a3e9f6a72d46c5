"""What the README says is so."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
GUIDES = README + (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\bmake ([a-z][a-z-]+)(?= |$|`|\)|:)", GUIDES, re.MULTILINE))))
def test_each_make_target_is_there(target):
    assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE)


def test_the_two_commands_are_said():
    assert {"make demo", "make test"} <= set(re.findall(r"^make \w+", README, re.MULTILINE))


def test_the_verbs_are_those_of_the_command():
    told = set(re.findall(r"^\| `grader (\w+)", README, re.MULTILINE))
    shown = subprocess.run([sys.executable, "-m", "grader.cli", "--help"], capture_output=True, text=True, check=True).stdout
    assert told == set(re.findall(r"^  (\w+)  ", shown.partition("Commands:")[2], re.MULTILINE))


OPTIONS = set(re.findall(r"(?<![\w-])--[a-z]+(?:-[a-z]+)*", README)) - {"--help", "--submission"}


@pytest.mark.parametrize("option", sorted(OPTIONS))
def test_each_option_belongs_to_a_verb(option):
    modules = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "grader" / "cli").glob("*.py"))
    assert re.search(rf'"{option}["/]', modules)


def test_each_room_of_the_tour_is_there_and_each_room_is_on_the_tour():
    told = set(re.findall(r"`(\w+)/`", README.partition("| floor | room |")[2].partition("\n\n")[0]))
    rooms = {path.parent.name for path in (ROOT / "grader").glob("*/__init__.py")}
    assert told == rooms


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#:]+)\)", GUIDES))))
def test_each_link_leads_somewhere(link):
    assert (ROOT / link).exists()


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\breference/[\w-]+/[\w./-]+\.\w+", README))))
def test_each_file_named_is_there(path):
    assert (ROOT / path).is_file()


def test_constraints_pin_every_direct_dependency_and_torch_without_a_build():
    pinned = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line and line[0] != "#")
    declared = (ROOT / "pyproject.toml").read_text(encoding="utf-8").partition("[project.scripts]")[0]
    wanted = set(re.findall(r'^    "([A-Za-z][\w-]*)>=', declared, re.MULTILINE))
    names = {name.lower().replace("-", "_") for name in pinned}
    assert {name.lower().replace("-", "_") for name in wanted} <= names
    assert "+" not in pinned["torch"]
