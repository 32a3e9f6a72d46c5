"""CSV that comes back byte for byte where nothing was changed.

A table remembers how its file was written: the mark at its start, the delimiter, the quotes and line ends of every field.
Only fields that are set anew are written anew.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from grader.model.errors import UsageError

__all__ = ["Field", "Row", "Table", "column", "quoted", "table"]

_BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_REMEDY = "export it again as CSV in UTF-8"


@dataclass(slots=True)
class Field:
    """One field as it stands in the file, and the text that it means."""

    raw: str
    value: str

    def put(self, value: str, delimiter: str) -> None:
        """Give it another text; quoted where it must be, and where it was."""
        if value != self.value:
            self.raw = quoted(value, delimiter, always=self.raw.startswith('"'))
            self.value = value


@dataclass(slots=True)
class Row:
    """One record and its line end ('' at the end of a file without one)."""

    fields: list[Field]
    end: str

    def value(self, at: int) -> str:
        """The text of a field, '' where the row is shorter."""
        return self.fields[at].value if 0 <= at < len(self.fields) else ""


@dataclass(slots=True)
class Table:
    """A CSV file.  `rows` includes the header."""

    rows: list[Row]
    delimiter: str = ","
    mark: bytes = b""
    encoding: str = "utf-8"
    name: str = field(default="the table")

    def put(self, row: Row, at: int, value: str) -> None:
        """Set one field; a row that is too short is filled up."""
        while len(row.fields) <= at:
            row.fields.append(Field(raw="", value=""))
        # A file in an older encoding can't hold every sign.
        held = value if self.encoding == "utf-8" else value.encode(self.encoding, "replace").decode(self.encoding)
        row.fields[at].put(held, self.delimiter)

    def to_bytes(self) -> bytes:
        """The file."""
        text = "".join(self.delimiter.join(one.raw for one in row.fields) + row.end for row in self.rows)
        return self.mark + text.encode(self.encoding, "surrogateescape")


def quoted(value: str, delimiter: str = ",", *, always: bool = False) -> str:
    """A text as a CSV field.

    >>> quoted('say "a", b'), quoted("plain")
    ('"say ""a"", b"', 'plain')
    """
    needed = always or any(sign in value for sign in (delimiter, '"', "\n", "\r")) or value != value.strip()
    doubled = value.replace('"', '""')
    return f'"{doubled}"' if needed else value


def table(data: bytes, name: str, delimiter: str = "") -> Table:
    """Read a CSV file: UTF-8 with or without mark, else Windows's Western code page; ',' ';' or tab between fields.

    Raises UsageError for what is no such text, or has a quote that never ends.
    """
    if data.startswith(_UTF16) or b"\0" in data:
        raise UsageError("not a CSV file in UTF-8", where=name, remedy=_REMEDY)
    mark = _BOM if data.startswith(_BOM) else b""
    body = data[len(mark) :]
    encoding = "utf-8"
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        encoding = "cp1252"
        text = body.decode("cp1252", "surrogateescape")
    between = delimiter or _delimiter(text)
    return Table(rows=_rows(text, between, name), delimiter=between, mark=mark, encoding=encoding, name=name)


def _delimiter(text: str) -> str:
    """What stands most often between the fields of the first line, outside quotes."""
    first = re.sub(r'"(?:[^"]|"")*"', "", text[:20_000]).partition("\n")[0]
    return max(",;\t", key=first.count)


def _rows(text: str, delimiter: str, name: str) -> list[Row]:
    """The records of the text: a quote counts where a field begins with it."""
    rows: list[Row] = []
    fields: list[Field] = []
    plain_field = re.compile(rf"[^{re.escape(delimiter)}\r\n]*")
    at = 0
    while at < len(text):
        start = at
        if text[at] == '"':
            at, value = _quoted(text, at, name)
            # What follows a closing quote up to the delimiter belongs to the field, as lenient readers have it.
            rest = plain_field.match(text, at)
            value += rest[0] if rest else ""
            at = rest.end() if rest else at
        else:
            found = plain_field.match(text, at)
            value = found[0] if found else ""
            at = found.end() if found else at
        fields.append(Field(raw=text[start:at], value=value))
        if at >= len(text):
            break
        if text[at] == delimiter:
            at += 1
            if at == len(text):
                fields.append(Field(raw="", value=""))
            continue
        end = "\r\n" if text.startswith("\r\n", at) else text[at]
        at += len(end)
        rows.append(Row(fields=fields, end=end))
        fields = []
    if fields:
        rows.append(Row(fields=fields, end=""))
    return rows


def _quoted(text: str, at: int, name: str) -> tuple[int, str]:
    """The end of the quoted field that begins at `at`, and its text.  Raises UsageError where it never ends."""
    pieces: list[str] = []
    start = at + 1
    while True:
        close = text.find('"', start)
        if close < 0:
            line = text.count("\n", 0, at) + 1
            raise UsageError("a quote that never ends", where=f"{name}, line {line}", remedy=_REMEDY)
        pieces.append(text[start:close])
        if not text.startswith('""', close):
            return close + 1, "".join(pieces)
        pieces.append('"')
        start = close + 2


def column(header: Sequence[str], *names: str) -> int:
    """Where the first of these names stands in a header (case and space do not matter), -1 where none does."""
    plain = [" ".join(one.lower().split()) for one in header]
    return next((plain.index(name) for name in names if name in plain), -1)
