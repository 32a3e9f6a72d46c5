"""A reference's own run, from top to bottom, reproduces every figure that reference/published.toml states for it."""

import math
import tomllib
from collections import defaultdict
from pathlib import Path

import pytest

TABLE = Path(__file__).parents[2] / "reference" / "published.toml"
FIGURES = defaultdict(list)
for figure in tomllib.loads(TABLE.read_text(encoding="utf-8"))["figure"]:
    FIGURES[figure["exercise"]].append(figure)


def mismatch(figure, value):
    """What is wrong with a value, or '': published figures to the last printed digit, measured ones within their tolerance."""
    printed = format(value, figure["printed"])
    if figure["status"] == "published":
        return "" if printed == figure["value"] else f"{figure['what']}: {printed}, published {figure['value']}"
    far = not math.isclose(value, float(figure["value"]), rel_tol=0.0, abs_tol=figure["tolerance"])
    return f"{figure['what']}: {printed}, measured {figure['value']} within {figure['tolerance']}" if far else ""


@pytest.mark.parametrize("slug", FIGURES)
def test_the_reference_reproduces_its_figures(slug, course, plainly):
    entry = course.load(slug)
    wrong, unread = [], {figure["what"] for figure in FIGURES[slug]}
    for grade_id, names in plainly(entry, entry.reference.read_bytes()):
        for figure in FIGURES[slug]:
            if figure["after"] == grade_id:
                unread.discard(figure["what"])
                wrong.append(mismatch(figure, eval(figure["expression"], names)))
    assert not unread
    assert not [sentence for sentence in wrong if sentence]


def test_a_figure_that_is_off_by_one_digit_is_told():
    figure = {"what": "w", "status": "published", "value": "0.9932", "printed": ".4f"}
    assert mismatch(figure, 0.99316) == ""
    assert mismatch(figure, 0.99314) == "w: 0.9931, published 0.9932"


def test_a_value_that_is_no_number_is_told():
    figure = {"what": "w", "status": "measured", "value": "0.9932", "printed": ".4f", "tolerance": 0.1}
    assert mismatch(figure, 1.0) == ""
    assert mismatch(figure, float("nan"))
