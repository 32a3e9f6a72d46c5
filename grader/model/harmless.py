"""Text of a stranger made harmless: for terminals and documents, and for a cell of a sheet."""

from __future__ import annotations

import re

__all__ = ["cell", "plain", "undone"]

# What no XML document, terminal or sheet should be given: control characters (an escape sequence moves a terminal's cursor),
# lone surrogates, non-characters, and the marks that turn the direction of reading.
_HARMFUL = re.compile("[^\t\n -~\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff]|[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def plain(text: str, *, limit: int = 4000) -> str:
    """`text` without control characters, at most `limit` characters long (an ellipsis says where it was cut)."""
    clean = _HARMFUL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


def cell(text: str, *, limit: int = 500) -> str:
    """`text` for one cell of a sheet: plain, and with a leading apostrophe where a spreadsheet would run it as a formula.

    >>> cell("Anna"), cell("=1+1")
    ('Anna', "'=1+1")
    """
    clean = plain(text, limit=limit)
    # What `plain` dropped may have stood before the sign, so the sign is looked for in both.  What begins like a defused
    # formula gets its apostrophe as well, so that `undone` gives back each text.
    return f"'{clean}" if _runs(text) or _runs(clean.lstrip()) else clean


def undone(text: str) -> str:
    """What `cell` was given, of a cell that was read back: without the apostrophe that it put before a formula's sign."""
    return text[1:] if text.startswith("'") and (_runs(text[1:]) or _runs(text[1:].lstrip())) else text


def _runs(text: str) -> bool:
    return text.lstrip("'").startswith(_FORMULA)
