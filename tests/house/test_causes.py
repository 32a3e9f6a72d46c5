"""The README tells of every cause that a report may name, and of no other."""

import re
from pathlib import Path

from grader.judging.phrases import PHRASES

README = Path(__file__).parents[2] / "README.md"


def test_every_rule_has_its_line():
    section = README.read_text(encoding="utf-8").split("## Causes")[1].split("\n## ")[0]
    told = set(re.findall(r"^\| `([a-z-]+)` \|", section, flags=re.MULTILINE))
    public = {phrase.rule or key for key, phrase in PHRASES.items()}
    assert told == public
