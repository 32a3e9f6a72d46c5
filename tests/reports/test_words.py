import math
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.reports.words import amount, comparison, plain, value


@given(st.text(st.characters()))
def test_whatever_a_stranger_writes_is_fit_for_xml_and_terminals(text):
    clean = plain(text)
    assert ET.fromstring(ET.tostring(_element(clean))).text in {clean, None if clean == "" else clean}
    assert not set(clean) & set("\x00\x07\x08\x1b\x7f\x9b\u202e\r")
    clean.encode()


def _element(text):
    element = ET.Element("a")
    element.text = text
    return element


def test_text_is_cut_with_a_sign():
    assert plain("a" * 10, limit=5) == "aaaa…"


@pytest.mark.parametrize(
    ("of", "said"),
    [
        (None, ""),
        (True, "yes"),
        (3, "3"),
        (0.1 + 0.2, "0.3"),
        (math.inf, "inf"),
        (math.nan, "nan"),
        ((60, 1), "(60, 1)"),
        ((60,), "(60,)"),
        (tuple(range(20)), "(0, 1, 2, 3, 4, 5, 6, 7, …)"),
        ("a\x1b[2J", "a[2J"),
    ],
)
def test_values_in_words(of, said):
    assert value(of) == said


@pytest.mark.parametrize(("points", "said"), [(0.0, "0"), (10.0, "10"), (0.5, "0.5"), (1.25, "1.25"), (100.0, "100")])
def test_points_in_words(points, said):
    assert amount(points) == said


def test_equal_numbers_do_not_say_why_a_check_failed(report):
    check = replace(report.checks[0], outcome="failed", actual=60, expected=60, deviation=0.0, tolerance=0.0)
    assert comparison(check) == ""
    assert comparison(replace(check, actual=59, deviation=1.0)) == "seen 59, expected 60, off by 1 (allowed 0)"
    assert comparison(replace(check, outcome="passed")) == "seen 60, expected 60, off by 0 (allowed 0)"
