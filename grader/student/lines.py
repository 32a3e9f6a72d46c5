"""An answer as plain lines: for terminals, and for front ends that show no HTML."""

from __future__ import annotations

import textwrap

from grader.student.answer import Answer, Cause

__all__ = ["SIGNS", "lines"]

WIDTH = 100
SIGNS = {"right": "✓", "open": "○", "wrong": "✗", "restart": "↻", "trouble": "!"}
"""A sign for each state, so that colour is never the only one."""


def lines(answer: Answer) -> str:
    """The answer as text, wrapped, ending in a line feed."""
    out = [f"{SIGNS[answer.state]} {answer.headline}" + (f"   {answer.title}" if answer.title else "")]
    out += [_wrapped(note) for note in answer.notes]
    if answer.cause is not None:
        out += ["", *_cause(answer.cause)]
    if answer.rows:
        out.append("")
        task = ""
        for row in answer.rows:
            if row.task != task:
                out.append(f"{row.task}:")
                task = row.task
            out.append(_wrapped(f"{row.sign} {row.title}" + (f" ({row.points})" if row.points else "")))
            if row.said:
                out.append(_wrapped(row.said, "    "))
    out += [_wrapped(f"Remark. {remark}") for remark in answer.remarks]
    if answer.picture is not None:
        out += ["", _wrapped(answer.picture.caption)]
    out += ["", *(_wrapped(one) for one in answer.remains)] if answer.remains else []
    return "\n".join(out) + "\n"


def _cause(cause: Cause) -> list[str]:
    head = f"{cause.headline}" + (f"   {cause.place}" if cause.place else "")
    out = [head, _wrapped(("Probably: " if cause.likely else "") + cause.message)]
    if cause.hint:
        out.append(_wrapped(f"Hint: {cause.hint}"))
    out += [f"  {'>' if it else ' '} {number:>3}  {text}" for number, text, it in cause.excerpt]
    out += [_wrapped(f"{text}: {address}") for text, address in cause.reading]
    return [*out, _wrapped(cause.more)] if cause.more else out


def _wrapped(text: str, indent: str = "  ") -> str:
    return textwrap.fill(text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
