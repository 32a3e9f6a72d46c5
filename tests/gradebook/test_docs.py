"""What the page on the gradebook says is so."""

import re
from pathlib import Path
from typing import get_args

from grader.gradebook.attention import Reason

PAGE = (Path(__file__).parents[2] / "docs" / "gradebook.md").read_text(encoding="utf-8")
CLI = Path(__file__).parents[2] / "grader" / "cli"


def test_every_reason_has_its_line():
    table = PAGE.partition("| reason |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `([a-z-]+)` \|", table, flags=re.MULTILINE) == list(get_args(Reason))


def test_verbs_and_options_are_those_of_the_command():
    modules = "".join(path.read_text(encoding="utf-8") for path in CLI.glob("*.py"))
    for verb in set(re.findall(r"`grader ([a-z]+)", PAGE)):
        assert (CLI / f"{verb}.py").is_file(), verb
    for option in set(re.findall(r"(?<![\w-])--[a-z]+(?:-[a-z]+)*", PAGE)):
        assert f'"{option}"' in modules, option
