"""The page of one report: what it says, what it leaves out, what it weighs."""

import re
from dataclasses import replace
from html import unescape

import pytest

from grader.model.story import Story
from grader.reports.pages import report_page
from grader.reports.pages.rules import LINKS, RULES, checks_of, told
from grader.reports.pages.shown import shown
from grader.reports.pages.template import Scripts

SCRIPTS = Scripts(own="assets/pages.js", plotly="assets/plotly.min.js")


def text(page):
    """The page as one reads it."""
    body = re.sub(r"<(style|svg|script).*?</\1>", " ", page.partition("<body>")[2], flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)).replace("&#39;", "'")


@pytest.fixture
def story(chapter):
    return Story(title="Slope and bias", chapters=(chapter,), sources={41: "one\ntwo\nthree\nw -= 0.1 * w.grad\nfive\nsix\nseven"})


FIRST = (
    "Slope and bias", "anna", "1 of 3 points", "cell 41, line 4", "Another learning rate",
    "The learning rate was 0.1; the exercise asks for 0.2.", "w -= 0.1 * w.grad", "Seen: learning rate 0.1 Expected 0.2",
    "Look at the line that moves w.data.", "PyTorch docs: SGD",
)  # fmt: skip


@pytest.mark.parametrize("said", FIRST)
def test_score_cause_place_numbers_hint_and_reading_come_first(report, story, said):
    seen = text(report_page(report, story))
    assert said in seen[: seen.index("Checks")]


def test_the_excerpt_is_the_lines_around_the_place_and_no_others(report, story):
    lines = re.search(r'<pre class="excerpt".*?</pre>', report_page(report, story), re.DOTALL)[0]
    assert [word for word in ("one", "two", "three", "five", "six", "seven") if word in lines] == ["two", "three", "five", "six"]
    far = replace(report.findings[0], line=400)
    assert '<pre class="excerpt"' not in report_page(replace(report, findings=(far,)), story)


def test_each_outcome_has_a_word_and_a_sign(report, story):
    check = report.checks[0]
    more = [("unobserved", 1.0), ("unobserved", 0.0), ("fault", 1.0)]
    made = [replace(check, outcome=outcome, pending=pending) for outcome, pending in more]
    seen = text(report_page(replace(report, checks=(*report.checks, *made)), story, everything=True))
    for said in ("✓ passed", "✗ failed", "‖ blocked", "… waits for a person", "? not seen", "! our fault"):
        assert said in seen


def test_a_hidden_check_is_counted_and_nothing_else_of_it_is_said(report, story):
    page = report_page(report, story)
    assert "1 further check , worth 1 points, is not shown here." in text(page).replace("check, ", "check , ")
    assert "final weight and bias" not in page
    assert "final weight and bias" in report_page(report, story, everything=True)


def test_hidden_expectations_hide_the_reference_in_every_picture(report, story):
    page = report_page(report, story)
    assert "ight training" not in page
    visible = replace(report, checks=tuple(replace(c, visible=True) for c in report.checks))
    assert "Right training from your start" in report_page(visible, story)


@pytest.mark.parametrize(
    ("rule", "visible", "hidden", "gone"),
    [
        ("seed-dependent", "passed", "failed", True),  # comes of the hidden check alone
        ("missing-zero-grad", "failed", "failed", False),  # explains a visible one
        ("cell-error", "passed", "failed", False),  # stands in the student's own output anyway
    ],
)
def test_a_cause_that_comes_of_a_hidden_check_alone_is_not_told(report, rule, visible, hidden, gone):
    seen = replace(report.checks[0], id="gradient", outcome=visible)
    unseen = replace(report.checks[0], id="generalises", outcome=hidden, visible=False)
    found = shown(replace(report, checks=(seen, unseen), findings=(replace(report.findings[0], rule=rule),)))
    assert (found.silent, found.report.findings == ()) == (gone, gone)
    assert (found.hidden, found.report.max_score) == (1, seen.max_points)


def test_full_marks_say_so_and_show_no_cause(report, story):
    done = replace(report, checks=tuple(replace(c, outcome="passed", visible=True) for c in report.checks), findings=(), score=4.0)
    seen = text(report_page(done, story))
    assert "4 of 4 points" in seen
    assert "Everything asked for is there" in seen
    assert "Look here first" not in seen


def test_what_waits_and_what_ended_early_is_said(report):
    waiting = replace(report, findings=(), score=1.0, pending=3.0, checks=())
    assert "A person will look" in text(report_page(waiting))
    dead = replace(report, run=replace(report.run, status="timed-out", detail="cell 3 ran for 60 s"))
    assert "it took too long. cell 3 ran for 60 s" in text(report_page(dead))


def test_a_report_without_a_story_is_a_page_of_words(report):
    page = report_page(report, scripts=SCRIPTS)
    assert "Look here first" in page
    assert "<script" not in page
    assert "script-src 'none'" in unescape(page)


def test_a_page_alone_has_no_script_and_asks_for_nothing(report, story):
    page = report_page(report, story)
    assert "<script" not in page
    assert not re.search(r'(src|href)="(?!https://|data:)', page)
    assert page.count('class="static"') > 5


def test_equal_records_give_equal_pages_and_other_ones_another_nonce(report, story):
    page = report_page(report, story, scripts=SCRIPTS)
    assert page == report_page(report, story, scripts=SCRIPTS)
    nonces = set(re.findall(r"nonce[=-]\"?([0-9a-f]{32})", page))
    assert len(nonces) == 1
    other = report_page(replace(report, student="ben"), story, scripts=SCRIPTS)
    assert nonces.isdisjoint(re.findall(r"nonce[=-]\"?([0-9a-f]{32})", other))


def test_no_style_or_handler_stands_in_an_attribute(report, story):
    """The policy lets none through, so none may be relied on."""
    assert not re.search(r"<[^>]+\s(style|on\w+)=", report_page(report, story, scripts=SCRIPTS))


def test_rules_are_those_that_the_judge_knows_and_their_reading_is_there():
    from grader.judging.adding import phrases

    assert set(RULES) <= {phrase.rule or key for key, phrase in phrases().items()}
    assert {name for rule in RULES.values() for name in rule.links} <= set(LINKS)
    assert all(address.startswith("https://") for _, address in LINKS.values())


def test_a_rule_that_the_table_does_not_know_is_told_by_its_own_name():
    assert told("new-rule").headline == "New rule"
    assert told("new-rule").of_class == "have new rule"
    assert "update" in checks_of("new-rule")


@pytest.mark.parametrize(
    "specimen",
    [
        ("slope-and-bias", "no-zero-grad"),
        ("pytorch-way", "stale-optimizer"),
        ("missing-backward", "flat-targets"),
        ("error-surface", "stub"),
        ("two-layer", "no-zero-grad"),
    ],
    ids="/".join,
)
def test_a_page_weighs_less_than_300_kb(told, specimen):
    page = report_page(*told(*specimen), scripts=SCRIPTS)
    assert len(page.encode()) < 300_000
    assert 'id="figures"' in page
