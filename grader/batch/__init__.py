"""A class of submissions: graded side by side, each report written as soon as it is there, what is done never done again.

    submission.py   Submission: whose, for which exercise, the bytes
    shelf.py        the folder of reports: one JSON each, and the sheet; what may be reused of it
    grading.py      grade_class, and the order of its results
    trials.py       the course against its own grader: a verdict known beforehand for each
    workers.py      a few graders side by side
    demo.py         the bundled class, drawn from the course's specimens

For: what one submission's grading needs no word of: many of them, their files and their progress.
May import: `grading`, `reports`, `catalog` and what stands below.
Side of the trust line: trusted; names of students and of files are a stranger's text and never become a path as they are.
"""

from grader.batch.demo import bundled_class
from grader.batch.grading import Graded, grade_class
from grader.batch.shelf import Shelf
from grader.batch.submission import Submission
from grader.batch.trials import Trial, Tried, trials_of, tried, validate

__all__ = ["Graded", "Shelf", "Submission", "Trial", "Tried", "bundled_class", "grade_class", "trials_of", "tried", "validate"]
