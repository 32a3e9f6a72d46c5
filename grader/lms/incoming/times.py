"""When something was handed in, as platforms write it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

__all__ = ["moment"]

_WRITTEN = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)[T ]+(?P<time>\d\d:\d\d(?::\d\d)?)(?:\.(?P<part>\d{1,9}))?\s*(?P<zone>UTC|GMT|Z|[+-]\d\d:?\d\d)?",
)  # fmt: skip


def moment(text: str) -> datetime | None:
    """The moment that the text begins with, None where it begins with none.  Without a zone it is taken as UTC.

    >>> str(moment("2026-10-02 15:58:23.948203 UTC")), str(moment("2026-10-02T15:58:23+02:00")), moment("yesterday")
    ('2026-10-02 15:58:23.948203+00:00', '2026-10-02 15:58:23+02:00', None)
    """
    found = _WRITTEN.match(text.strip().strip("'\""))
    if found is None:
        return None
    part = (found["part"] or "0")[:6].ljust(6, "0")
    clock = found["time"] if found["time"].count(":") == 2 else f"{found['time']}:00"
    try:
        return datetime.fromisoformat(f"{found['date']}T{clock}.{part}").replace(tzinfo=_zone(found["zone"] or ""))
    except ValueError:
        return None


def _zone(text: str) -> timezone:
    if text in {"", "UTC", "GMT", "Z"}:
        return UTC
    digits = text[1:].replace(":", "")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))
