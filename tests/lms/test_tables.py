"""CSV that comes back byte for byte."""

import csv
import io
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.lms.tables import quoted, table
from grader.model.errors import UsageError

CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8) | st.text(st.sampled_from(' ",;\r\n\ta'), max_size=6)


@given(
    st.lists(st.lists(CELL, min_size=1, max_size=4), min_size=1, max_size=4), st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    st.sampled_from(["\n", "\r\n"]), st.sampled_from(",;\t"), st.booleans(), st.booleans(),
)  # fmt: skip
def test_a_table_is_read_as_others_read_it_and_comes_back(rows, quoting, end, delimiter, marked, ended):
    text = io.StringIO()
    csv.writer(text, quoting=quoting, lineterminator=end, delimiter=delimiter).writerows(rows)
    written = text.getvalue() if ended else text.getvalue().removesuffix(end)
    data = ("\ufeff" if marked else "").encode() + written.encode()
    found = table(data, "t", delimiter)
    assert found.to_bytes() == data
    if written.startswith("\ufeff") and not marked:
        return  # a first cell that begins with a mark is one
    read = list(csv.reader(io.StringIO(written, newline=""), delimiter=delimiter))
    assert [[field.value for field in row.fields] for row in found.rows if len(row.fields) > 1] == [row for row in read if len(row) > 1]


@given(st.binary(max_size=200).filter(lambda data: b"\0" not in data))
def test_any_bytes_come_back_or_are_refused(data):
    with suppress(UsageError):
        assert table(data, "t").to_bytes() == data


@given(CELL, st.sampled_from(",;\t"))
def test_a_field_is_quoted_where_it_must_be(value, delimiter):
    assert next(iter(csv.reader(io.StringIO(quoted(value, delimiter), newline=""), delimiter=delimiter)), [""]) == [value]


def test_only_what_is_put_changes():
    data = b'a,"b ""x""",c\r\n1,"2",  3 \r\n4,5'
    found = table(data, "t")
    found.put(found.rows[1], 1, "7")
    found.put(found.rows[1], 2, "  3 ")
    found.put(found.rows[2], 2, "new, cell")
    assert found.to_bytes() == b'a,"b ""x""",c\r\n1,"7",  3 \r\n4,5,"new, cell"'


def test_an_older_encoding_stays_and_what_it_can_not_hold_becomes_a_question_mark():
    data = "Größe,x\nä,1\n".encode("cp1252") + b"\x81,2\n"
    found = table(data, "t")
    found.put(found.rows[1], 1, "日本")
    assert found.to_bytes() == data.replace(b"\xe4,1", b"\xe4,??")


@pytest.mark.parametrize(
    ("data", "said"), [(b'a,"b\n', "line 1"), (b'a\n"b', "line 2"), ("a,b".encode("utf-16"), "UTF-8"), (b"a\0b", "UTF-8")],
)  # fmt: skip
def test_what_is_no_table_is_refused(data, said):
    with pytest.raises(UsageError, match=said):
        table(data, "t")
