"""The store of a course: who handed in what, what it earned, and every change of a grade.

For: submissions (their bytes), evidence, reports, automatic scores and a person's own, kept apart; roster, late rules, audit.
May import: the standard library, SQLAlchemy, Alembic, `grader.model`, `grader.wire` (evidence is stored as it was read).
Side of the trust line: trusted; what it holds of students is a stranger's text, and is only ever data.
"""
