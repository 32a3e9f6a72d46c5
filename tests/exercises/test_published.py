"""A reference's own run, from top to bottom, reproduces every figure that reference/published.toml states for it."""

import math
import tomllib
from collections import defaultdict
from pathlib import Path

import pytest

TABLE = Path(__file__).parents[2] / "reference" / "published.toml"


def unrolled(table):
    """The figures of a table, one for each of its cells."""
    for number, row in enumerate(table["rows"]):
        for column, value in zip(table["columns"], row, strict=True):
            yield {
                "exercise": table["exercise"],
                "after": table["after"],
                "status": table["status"],
                "what": f"{table['what']}: {column['what']} in row {number}",
                "expression": column["expression"].format(row=number),
                "printed": column["printed"],
                "value": value,
            }


STATED = tomllib.loads(TABLE.read_text(encoding="utf-8"))
FIGURES = defaultdict(list)
for figure in (*STATED["figure"], *(cell for table in STATED["table"] for cell in unrolled(table))):
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


@pytest.mark.parametrize(
    ("slug", "count"),
    [
        ("hello-pytorch", 2 + 10 + 15 * 4 + 2),  # initial values, first predictions, the table of the training, final values
        ("two-layer", 31),  # the initial values of every parameter
    ],
)
def test_no_published_figure_got_lost(slug, count):
    assert len([figure for figure in FIGURES[slug] if figure["status"] == "published"]) == count


def test_every_figure_has_a_name_of_its_own():
    for figures in FIGURES.values():
        names = [figure["what"] for figure in figures]
        assert len(names) == len({*names})


def test_a_figure_that_is_off_by_one_digit_is_told():
    figure = {"what": "w", "status": "published", "value": "0.9932", "printed": ".4f"}
    assert mismatch(figure, 0.99316) == ""
    assert mismatch(figure, 0.99314) == "w: 0.9931, published 0.9932"


def test_a_figure_without_a_format_is_compared_to_the_last_digit_of_a_double():
    figure = {"what": "loss", "status": "published", "value": "0.340311199426651", "printed": ""}
    assert mismatch(figure, 0.340311199426651) == ""
    assert mismatch(figure, 0.3403111994266511)


def test_a_table_is_unrolled_row_by_row():
    columns = [{"what": "a", "expression": "x[{row}]", "printed": "d"}, {"what": "b", "expression": "y[{row}]", "printed": ".1f"}]
    table = {"exercise": "e", "what": "t", "after": "c", "status": "published", "columns": columns, "rows": [["1", "0.5"], ["2", "0.6"]]}
    assert [(f["what"], f["expression"], f["value"]) for f in unrolled(table)] == [
        ("t: a in row 0", "x[0]", "1"),
        ("t: b in row 0", "y[0]", "0.5"),
        ("t: a in row 1", "x[1]", "2"),
        ("t: b in row 1", "y[1]", "0.6"),
    ]


def test_a_value_that_is_no_number_is_told():
    figure = {"what": "w", "status": "measured", "value": "0.9932", "printed": ".4f", "tolerance": 0.1}
    assert mismatch(figure, 1.0) == ""
    assert mismatch(figure, float("nan"))
