"""From a report to an answer, and how it looks: in words, in HTML, in any state."""

from dataclasses import replace

import pytest

from grader.catalog.claims import Claims, Later
from grader.model.errors import UsageError
from grader.model.story import Story
from grader.student.answer import Answer, Cause, Row
from grader.student.card import card
from grader.student.judged import Judged, _shown
from grader.student.lines import lines
from grader.student.telling import in_brackets, restart, told_of, trouble

EVIL = "<script>alert('x')</script>\x1b[31m&\"'"


@pytest.fixture
def claims(entry):
    later = (
        Later(why="hidden", task="practice", count=2, points=1.5),
        Later(why="again", task="practice", count=1, points=1.0, titles=("On another line",)),
    )
    return Claims(exercise=entry.exercise, cells=entry.scaffold.cells, later=later)


def told(report, claims, **more):
    settings = {"plainness": 3, "more": "", "place": in_brackets, **more}
    return told_of(Judged(report=report, story=Story(title="x")), claims, **settings)


def test_what_is_not_shown_before_the_deadline_is_counted_and_nothing_else(report, claims):
    said = " ".join(told(report, claims).remains)
    assert "Not seen here: 1.5 more points for checks that are not shown before the deadline." in said
    assert "1 more point judged after handing in" in said
    assert "On another line" in said


def test_a_cause_that_only_a_hidden_check_explains_is_not_told(report, claims):
    bundle = type("Bundle", (), {"claims": claims})
    assert _shown(report, bundle).cause.rule == "wrong-learning-rate"  # `update` is visible, and failed
    visible = replace(report, checks=tuple(c for c in report.checks if c.id != "update"))
    assert _shown(visible, bundle).cause is None
    assert [f.rule for f in _shown(visible, bundle).findings] == ["tensors-not-floats"]


def test_states(report, claims):
    passed = tuple(replace(c, outcome="passed", points=c.max_points) for c in report.checks)
    assert told(report, claims).state == "wrong"
    assert told(replace(report, checks=passed, findings=()), claims).state == "right"
    unseen = tuple(replace(c, outcome="unobserved") for c in report.checks)
    assert told(replace(report, checks=unseen, findings=()), claims).state == "open"
    assert told(report, claims, late=True).state == "restart"
    assert trouble(UsageError("what", where="where", remedy="do this")).notes == ("where: what.", "Do this.")


FULL = Answer(
    state="wrong", headline=EVIL, title=EVIL, notes=(EVIL,), remarks=(EVIL,), remains=(EVIL,),
    cause=Cause(
        headline=EVIL, message=EVIL, place=EVIL, likely=True, hint=EVIL, excerpt=((1, EVIL, True),), reading=((EVIL, 'https://x/"y'),),
        more=EVIL,
    ),
    rows=(Row(task=EVIL, kind="failed", sign="✗", word=EVIL, title=EVIL, said=EVIL, points=EVIL),),
)  # fmt: skip


def test_everything_in_a_card_is_escaped():
    html = card(FULL)
    assert "<script" not in html
    assert html.count("&lt;script&gt;") >= 14
    assert 'href="https://x/&quot;y"' in html


@pytest.mark.parametrize("answer", [FULL, restart("Why."), trouble(UsageError("what"))], ids=lambda a: a.state)
def test_a_card_is_one_element_without_a_script_or_anything_from_elsewhere(answer):
    from html.parser import HTMLParser

    opened, closed = [], []

    class Parser(HTMLParser):
        def handle_starttag(self, tag, attrs):
            opened.append(tag)
            assert not [name for name, _ in attrs if name.startswith("on") or name == "src"]

        def handle_endtag(self, tag):
            closed.append(tag)

    Parser().feed(card(answer))
    assert sorted(tag for tag in opened if tag != "br") == sorted(closed)
    assert opened[0] == "div"
    assert closed[-1] == "div"
    assert "@import" not in card(answer)
    assert "url(" not in card(answer)


def test_the_lines_say_what_the_card_says(report, claims):
    answer = told(report, claims)
    text, html = lines(answer), card(answer)
    for word in ("1 of 3 checks pass", "Another learning rate", "In [41], line 4", "LOSS2 holds tensors", "This is no grade"):
        assert word in text
        assert word in html
    assert "Another learning rate   In [41], line 4" in text
    assert text.endswith("\n")
    assert max(map(len, text.splitlines())) <= 100
