"""A class, a gradebook, and a place that starts no kernel."""

import pytest

from grader.batch import Here, Submission, grade_class, plan_of, taken_in
from grader.gradebook import Gradebook
from grader.gradebook.counting import grades
from grader.grading import Edition


@pytest.fixture
def submissions(entry):
    data = entry.reference.read_bytes()
    return [Submission(student=name, exercise=entry.slug, name="a.ipynb", data=data + b" " * at) for at, name in enumerate("abcde")]


@pytest.fixture
def made(silent):
    """A factory of executors that remembers them."""

    def factory():
        executor = factory.kind(factory.raising)
        factory.all.append(executor)
        return executor

    factory.all, factory.raising, factory.kind = [], None, silent
    return factory


@pytest.fixture
def book(tmp_path):
    with Gradebook.open(str(tmp_path / "book.sqlite"), create=True, secret=b"s" * 32) as opened:
        yield opened


@pytest.fixture
def batch(book, entry, made):
    """Take submissions in and grade them: the tally, what was heard, and the plan."""

    def run(submissions, *, of=entry, jobs=2):
        editions = {of.slug: Edition.of(of)}
        group = taken_in(book, submissions, editions)
        plan = plan_of(book, group)
        heard = []
        place = Here(editions, executor=made, secret=book.secret(), jobs=jobs)
        return grade_class(book, group, plan, place, progress=heard.append, who="ada"), heard, plan

    return run


@pytest.fixture
def statuses(book):
    """Student -> status of the grade."""

    def now():
        with book.reading() as session:
            return {grade.student.id: grade.status for grade in grades(session)}

    return now
