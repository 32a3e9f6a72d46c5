"""One submission from bytes to report: which runs it needs, what the judge draws for them, and what comes of it.

    grader.py     Grader: read, align, run as handed in, run with the judge's own data, judge; every failure has its road
    case.py       a case before the judge, made in one thread at a time
    again.py      the same judgement from stored runs, with nothing executed
    telling.py    the story of a submission from its runs: numbers to draw, nothing judged
    editions.py   an exercise with the digests that say which evidence and which grades still hold
    variants.py   a variant made concrete: the job of the judge's run, and the exercise as it is in that run
    draws.py      the judge's numbers: an HMAC, unpredictable to students and equal after a resume
    without.py    reports without a judgement: the notebook can't be read, or the grader itself failed

For: the order of work, and nothing else; deciding is judging's, executing execution's.  Owns randomness and the clock: no
room below has either.
May import: `execution` (versions alone; the executor is handed in), `catalog`, `judging`, `notebooks`, `wire`, `model`.
Side of the trust line: trusted; a submission passes through as data.
"""

import logging

from grader.grading.again import Again, judge_again
from grader.grading.editions import Edition, digests
from grader.grading.grader import Examined, Grader
from grader.grading.telling import tell
from grader.grading.without import unreadable

__all__ = ["Again", "Edition", "Examined", "Grader", "digests", "judge_again", "tell", "unreadable"]

# A fault's details are kept for whoever listens (`--debug`), and never printed at a student.
logging.getLogger("grader").addHandler(logging.NullHandler())
