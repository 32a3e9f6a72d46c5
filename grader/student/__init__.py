"""The check inside a student's own notebook, and at their terminal.

    asking.py       load, unload, ask: what `%load_ext grader`, `%grade` and `grader.check()` do
    session.py      Session: the recorder in the student's own kernel, and what ran there
    ran.py          Ran: one execution of a cell            orders.py   the orders in which a clean run could have had them
    bundle.py       Bundle: grader.json and the data beside it
    judged.py       from a session and a bundle to a report, on what a student may see
    hints.py        how plainly a cause is told: plainer each time it is asked for
    answer.py       Answer: all there is to say, in words    telling.py   from a report to an answer
    card.py         an answer as HTML, with a static picture    lines.py   an answer as plain lines

For: `%load_ext grader`, `%grade` and `grader.check()`: what the running kernel has just trained, judged on what a student may see;
and the same words for `grader check` at a terminal.
May import: what it is given to judge with (`probe`, `wire`, `judging`, `notebooks`, `reports`, `catalog`, `model`), IPython, and torch
where the student has it; no reference, no hidden check.  It forks nothing, reads no /proc and needs no network.
Side of the trust line: the student's own process, for the student's own eyes; nothing it says is a grade.
"""

from grader.student.asking import ask, load, unload

__all__ = ["ask", "load", "unload"]
