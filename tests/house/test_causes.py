"""The README tells of every cause that a report may name, of no other, and in the words that specimens are held to."""

import tomllib

from grader.judging.adding import phrases
from tests.house.causes import README, section, table, told, with_messages

RULES = {phrase.rule or key for key, phrase in phrases().items()}


def test_every_rule_is_met_by_a_specimen_that_states_its_message():
    assert told().keys() == RULES


def test_the_table_is_what_the_specimens_say():
    text = README.read_text(encoding="utf-8")
    first, last = section(text)
    assert text[first:last] == table(), "python -m tests.house.causes writes it"


def test_messages_are_replaced_and_nothing_else():
    verdict = 'title = "x"\n\n[says]\ntimeout = "old"\nshuffled = "old"\n\n[checks]\ndata = "passed"\n'
    new = with_messages(verdict, {"timeout": 'It said "so" \\ there.', "shuffled": "é"})
    assert tomllib.loads(new) == {
        "title": "x", "says": {"timeout": 'It said "so" \\ there.', "shuffled": "é"}, "checks": {"data": "passed"},
    }  # fmt: skip
    assert new.startswith('title = "x"\n\n[says]\n')
    assert new.endswith('\n\n[checks]\ndata = "passed"\n')
