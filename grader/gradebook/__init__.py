"""The store of a course: who handed in what, what it earned, and every change of a grade.

    book.py       Gradebook: opened by a URL, read and written in transactions; one writer at a time, on every database
    tables.py     the nouns of the field as tables              migrating.py, migrations/   their versions, by Alembic
    engine.py     SQLite or PostgreSQL, and how each is spoken to   complaints.py  a database's errors as one line with a remedy
    records.py    what comes in: arrivals, versions of exercises, files set aside
    arriving.py   students, exercises, submissions and their bytes into the book
    standing.py   what is graded already, and what evidence is there
    keeping.py    a result into the book, once
    counting.py   which submission counts, and the grade that follows: automatic, a person's, late (late.py)
    people.py     overrides, extensions and late rules: a person's words, which no regrade touches
    audit.py      a row for each change of a grade: who, what, when, before, after
    overview.py   the class in numbers      attention.py   what waits for a person, why, and what to do next

For: submissions (their bytes), evidence, reports, automatic scores and a person's own, kept apart; roster, late rules, audit.
May import: the standard library, SQLAlchemy, Alembic, `grader.model`, `grader.wire` (evidence is stored as it was read).
Side of the trust line: trusted; what it holds of students is a stranger's text, and is only ever data.
"""

from grader.gradebook.book import Gradebook
from grader.gradebook.late import LateRule
from grader.gradebook.records import Arrival, Aside, Held, Packed, Result, Standing, Version

__all__ = ["Arrival", "Aside", "Gradebook", "Held", "LateRule", "Packed", "Result", "Standing", "Version"]
