"""A kernel's reply to one cell, as text that is safe to keep, and as a `CellOutcome`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grader.model.evidence import CellOutcome

__all__ = ["MESSAGE_LENGTH", "Reply", "outcome", "plain_text", "reply_of"]

MESSAGE_LENGTH = 2000
"""Characters of an error's message that are kept."""

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f]")
FRAME = re.compile(r"Cell In\[(\d{1,9})\], line (\d{1,9})")
TIMED = re.compile(r"File <timed exec>:(\d{1,9})")
NAMED_LINE = re.compile(r"line (\d{1,9})\)\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An execute_reply, reduced to what is used, each field of the type it should be.

    parent: the id of the request that it answers.  count: the kernel's own number of the cell, or -1.
    """

    parent: str
    ok: bool
    error: str = ""
    message: str = ""
    traceback: tuple[str, ...] = ()
    count: int = -1


def reply_of(message: Mapping[str, Any]) -> Reply | None:
    """A decoded message as a Reply, or None where it is not a well-formed execute_reply."""
    parent, content = message.get("parent_header"), message.get("content")
    if message.get("msg_type") != "execute_reply" or not isinstance(parent, Mapping) or not isinstance(content, Mapping):
        return None
    lines, count = content.get("traceback"), content.get("execution_count")
    return Reply(
        parent=str(parent.get("msg_id")),
        ok=content.get("status") == "ok",
        error=plain_text(content.get("ename"), 200),
        message=plain_text(content.get("evalue"), MESSAGE_LENGTH),
        traceback=tuple(plain_text(line, 100_000) for line in lines[:200]) if isinstance(lines, list) else (),
        count=count if type(count) is int else -1,
    )


def outcome(cell: int, reply: Reply, seconds: float) -> CellOutcome:
    """How a cell ended, by its reply."""
    if reply.ok:
        return CellOutcome(cell=cell, status="ok", seconds=seconds)
    name = reply.error or "Error"
    return CellOutcome(cell=cell, status="error", error=name, message=reply.message, line=line_of(reply), seconds=seconds)


def line_of(reply: Reply) -> int | None:
    """The line, from 1, within the cell that raised: its innermost frame in this cell.  None where it can't be told."""
    text = "\n".join(reply.traceback)
    here = [int(line) for count, line in FRAME.findall(text) if int(count) == reply.count]
    if here:
        return here[-1]
    timed = TIMED.findall(text)
    if timed:
        return int(timed[-1]) + 1  # %%time takes its own line away
    if reply.error.endswith(("SyntaxError", "IndentationError", "TabError")) and (named := NAMED_LINE.search(reply.message)):
        return int(named.group(1))
    return None


def plain_text(value: object, length: int) -> str:
    """A string without escape sequences and control characters, cut to `length`; '' for anything that is no string."""
    if not isinstance(value, str):
        return ""
    return ESCAPES.sub("", value[: 4 * length]).encode("utf-8", "replace").decode("utf-8")[:length]
