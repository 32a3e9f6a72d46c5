"""A class of submissions: a plan first, then graded side by side, each result stored as soon as it is there, nothing done twice.

    submission.py   Submission: whose, for which exercise, the bytes
    intake.py       what was handed in, into the gradebook          planning.py   what has to be done: run, judged again, or nothing
    grading.py      the plan carried out                            rescoring.py  new grades from stored evidence, shown before written
    place.py        where it runs: bytes in, packed runs out        workers.py    a few graders side by side on this machine
    cluster/        where it runs elsewhere: the workers of a Dask cluster
    capacity.py     how many that are                               shelf.py      the folder of reports: one JSON each, and the sheet
    publishing.py   that folder with pages and pictures
    trials.py       the course against its own grader: a verdict known beforehand for each
    demo.py         the bundled class, drawn from the course's specimens

For: what one submission's grading needs no word of: many of them, where they run, their store and their progress.
May import: `grading`, `gradebook`, `lms`, `reports`, `catalog` and what stands below.
Side of the trust line: trusted; names of students and of files are a stranger's text and never become a path as they are.
"""

from grader.batch.capacity import default_jobs
from grader.batch.demo import bundled_class
from grader.batch.grading import Graded, Tally, grade_class, plan_of, reports_of
from grader.batch.intake import Class, came_in, taken_in
from grader.batch.place import Done, Here, Place, Work
from grader.batch.planning import Plan, planned
from grader.batch.publishing import Published, publish, story_of
from grader.batch.rescoring import Rescored, rescore
from grader.batch.shelf import Shelf
from grader.batch.submission import Submission
from grader.batch.trials import Trial, Tried, trials_of, tried, validate

__all__ = [
    "Class",
    "Done",
    "Graded",
    "Here",
    "Place",
    "Plan",
    "Published",
    "Rescored",
    "Shelf",
    "Submission",
    "Tally",
    "Trial",
    "Tried",
    "Work",
    "bundled_class",
    "came_in",
    "default_jobs",
    "grade_class",
    "plan_of",
    "planned",
    "publish",
    "reports_of",
    "rescore",
    "story_of",
    "taken_in",
    "trials_of",
    "tried",
    "validate",
]
