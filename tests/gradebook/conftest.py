"""Gradebooks to write in, on both databases (tests/conftest.py says where)."""

import dataclasses
from datetime import UTC, datetime

import pytest

from grader.gradebook import Arrival, Gradebook, Packed, Result, Version
from grader.gradebook.arriving import arrive, versions
from grader.gradebook.audit import Deed
from grader.gradebook.keeping import keep

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def sqlite(tmp_path):
    return str(tmp_path / "book.sqlite")


@pytest.fixture
def book(url):
    with Gradebook.open(url, create=True, secret=b"s" * 32) as made:
        yield made


@pytest.fixture
def deed():
    return Deed(who="ada", what="batch", at=NOON)


V1 = Version(slug="slope-and-bias", title="Slope and bias", max_score=4.0, execution="e1", judging="j1", declared="{}")
V2 = dataclasses.replace(V1, judging="j2")


RUNS = (Packed(data=b"run"),)


class Desk:
    """Somebody who works with a book: short words for what tests do again and again."""

    def __init__(self, book, report):
        self.book, self.report = book, report

    def version(self, of=V1):
        with self.book.writing() as session:
            return versions(session, [of], NOON)[of.slug]

    def arrived(self, student="anna", data=b"{}", at=NOON, **given):
        self.version()
        one = Arrival(student=student, exercise="slope-and-bias", name=f"{student[:20]}.ipynb", data=data, **given)
        with self.book.writing() as session:
            return arrive(session, [one], at)[0]

    def made(self, *, student="anna", score=2.0, pending=0.0, status="completed", **changes):
        run = dataclasses.replace(self.report.run, status=status)
        return dataclasses.replace(self.report, student=student, score=score, pending=pending, run=run, **changes)

    def kept(self, held, report, *, version=V1, runs=RUNS, what="batch", again=False):
        number = self.version(version)
        with self.book.writing() as session:
            deed = Deed(who="ada", what=what, at=NOON)
            return keep(session, Result(submission=held.id, report=report, runs=runs), number, deed, again=again)


@pytest.fixture
def desk(book, report):
    return Desk(book, report)
