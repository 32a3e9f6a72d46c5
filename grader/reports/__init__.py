"""A judged report as text: for a terminal, as JSON, as JUnit XML, for Gradescope, as a sheet.

    words.py    text of a stranger made harmless; values and marks in words (every other module writes through it)
    screen.py   terminal(report): what a person reads                   to_json, from_json: the documented record, from wire/
    suite.py    junit(reports)            results.py   gradescope(report)    sheet.py    csv(reports)

    formats/    what one report may be written in, a module each: `grader grade --write NAME=F`

For: wording and layout alone.  Every function takes reports and returns text (or something rich can print); nothing is judged,
nothing is written to disk.  A new format is a new module in `formats/`.
May import: the standard library, rich (screen.py alone), `grader.wire` (the record) and `grader.model`.
Side of the trust line: trusted, but names, messages and errors in a report quote the student.  So nothing is ever read as
markup, control characters are dropped, and a cell of a sheet can't become a formula.
"""

from grader.reports.results import gradescope
from grader.reports.screen import class_table, terminal
from grader.reports.sheet import csv
from grader.reports.suite import junit, junit_of_trials
from grader.wire.record import from_json, to_json

__all__ = ["class_table", "csv", "from_json", "gradescope", "junit", "junit_of_trials", "terminal", "to_json"]
