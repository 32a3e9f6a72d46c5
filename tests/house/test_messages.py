"""The page of all messages is what the tables say now, and tells of every rule."""

import re

from grader.judging.adding import phrases
from tests.house.messages import EITHER, PAGE, page, remarks

TEXT = PAGE.read_text(encoding="utf-8")


def test_the_page_is_what_the_tables_say():
    assert page() == TEXT, "python -m tests.house.messages writes it"


def test_every_rule_and_every_phrase_has_its_row():
    assert set(re.findall(r"^\| `([\w-]+)` \|", TEXT, re.MULTILINE)) == {phrase.rule or key for key, phrase in phrases().items()}
    assert len(re.findall(r"^\| `", TEXT, re.MULTILINE)) == len(phrases())


def test_each_row_has_a_headline_a_message_and_a_hint():
    rows = [re.split(r"(?<!\\) \| ", line.strip("| ")) for line in TEXT.split("\n") if line.startswith("| `")]
    assert all(all(cell.strip() for cell in row[:5]) for row in rows)


def test_remarks_are_told_as_such():
    assert {"tensors-not-floats", "scaffold-changed", "unread-training", *EITHER} <= remarks()
    assert "missing-backward" not in remarks()
    assert len(re.findall(r"^\| `[\w-]+` \| remark \|", TEXT, re.MULTILINE)) == len(remarks()) - len(EITHER)
