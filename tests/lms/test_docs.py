"""The page on learning platforms says what is so."""

import re
from pathlib import Path

from grader.cli.export import Format
from grader.lms import RULES
from grader.lms.collection import LAYOUTS

PAGE = (Path(__file__).parents[2] / "docs" / "platforms.md").read_text(encoding="utf-8")


def table(title):
    section = PAGE.partition(title)[2].partition("\n\n**")[0].partition("\n## ")[0]
    return dict(re.findall(r"^\| `([a-z-]+)` \| (.*?) \|", section, re.MULTILINE))


def test_each_layout_is_told():
    assert set(table("`--layout` |")) == set(LAYOUTS)


def test_each_reason_and_its_rule_is_told():
    assert table("| reason | the rule |") == dict(RULES)


def test_each_format_is_told():
    assert set(table("## Grades out")) == {one.value for one in Format}
