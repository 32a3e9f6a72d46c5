"""Grades to the files that platforms take.

    export.py     Export: a file and what a person should know of it; what all formats say of withheld grades
    feedback.py   a grade in words for its student: as text, as HTML
    sheet.py      one CSV, a column for each check          nbgrader.py   nbgrader's CSV
    canvas.py     a gradebook exported from Canvas with one column filled        rows.py   whose row is whose
    moodle.py     a grading worksheet with grades and feedback                   points.py numbers as a file writes them
    gradescope.py results.json: a report's own, with what counts put in          suite.py  JUnit XML, likewise
    handback.py   reports to hand back: a folder for each student, a zip as Canvas and Moodle call its files

For: layout of grades that are given; nothing is decided here.  A grade that waits for a person is never written: its cell stays as
it was, and a note says so.
May import: what the room may.  Text of reports comes in as text: `reports` is a sibling.
Side of the trust line: trusted, over strangers' names.  No cell becomes a formula, no name becomes a path, all HTML is escaped.
"""

from grader.lms.outgoing.canvas import canvas_fill, canvas_new
from grader.lms.outgoing.export import Export, withheld
from grader.lms.outgoing.feedback import as_html, as_text
from grader.lms.outgoing.gradescope import results_of_class
from grader.lms.outgoing.handback import feedback_zip, folders
from grader.lms.outgoing.moodle import moodle_fill, moodle_new
from grader.lms.outgoing.nbgrader import nbgrader_csv
from grader.lms.outgoing.sheet import csv
from grader.lms.outgoing.suite import junit_of_class

__all__ = [
    "Export", "as_html", "as_text", "canvas_fill", "canvas_new", "csv", "feedback_zip", "folders", "junit_of_class", "moodle_fill",
    "moodle_new", "nbgrader_csv", "results_of_class", "withheld",
]
