"""Batches to be killed: a class on an executor that starts no kernel, each batch a process of its own.

python -m tests.batch.killed     forks a batch for each line `URL STUDENTS BEGIN` that it reads, and tells its number: so that what
                                 all of them import is read once.  The line `NUMBER` waits for that one and tells how it ended:
                                 with how many it ran, or by which signal.
"""

import os
import sys
import time
import traceback
from pathlib import Path

from grader.batch import Here, Submission, grade_class, plan_of, taken_in
from grader.catalog import Course
from grader.gradebook import Gradebook, migrating  # noqa: F401 - read here and not in each child
from grader.grading import Edition
from tests.conftest import Silent

SECRET = b"s" * 32


class Slow(Silent):
    def run(self, job):
        time.sleep(0.03)  # a tenth of what a kernel takes: longer than what is written between two of them
        return super().run(job)


def group(count):
    entry = Course(root=Path(__file__).parents[2]).load("slope-and-bias")
    data = entry.reference.read_bytes()
    submissions = [Submission(student=f"s{at:03}", exercise=entry.slug, name="a.ipynb", data=data + b" " * at) for at in range(count)]
    return submissions, {entry.slug: Edition.of(entry)}


def grade(where, count, begin=None):
    submissions, editions = group(count)
    with Gradebook.open(where, create=True, secret=SECRET) as book:
        of = taken_in(book, submissions, editions)
        place = Here(editions, executor=Slow, secret=book.secret(), jobs=2)
        return grade_class(book, of, plan_of(book, of), place, who="ada", begin=begin)


def serve():
    import alembic.command
    import psycopg

    assert alembic
    assert psycopg
    for line in sys.stdin:
        where, *numbers = line.split()
        if not numbers:
            told = os.waitstatus_to_exitcode(os.waitpid(int(where), 0)[1])
        elif (told := os.fork()) == 0:
            try:
                os._exit(grade(where, *map(int, numbers)).ran)
            except Exception:
                traceback.print_exc()  # the child ends here without a word else: a test that fails shows why
                raise
            finally:
                os._exit(255)
        sys.stdout.write(f"{told}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve()
