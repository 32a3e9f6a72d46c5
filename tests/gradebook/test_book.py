"""Opening and making a gradebook, on both databases."""

import sqlite3
import threading

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from grader.gradebook import Gradebook, migrating
from grader.gradebook.migrating import FOLDER, REVISIONS, VERSION_TABLE
from grader.gradebook.tables import Base
from grader.model.errors import GradebookError


def test_the_secret_is_drawn_once_and_stays(url):
    with Gradebook.open(url, create=True) as book:
        secret = book.secret()
        assert len(secret) == 32
    with Gradebook.open(url, create=True, secret=b"another" * 4) as book:
        assert book.secret() == secret


def test_a_secret_that_is_given_is_the_one(url):
    with Gradebook.open(url, create=True, secret=b"s" * 32) as book:
        assert book.secret() == b"s" * 32


def test_tables_and_migrations_are_the_same(book):
    with book._engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, Base.metadata) == []


def test_every_migration_is_known_in_order():
    script = ScriptDirectory(str(FOLDER))
    assert tuple(revision.revision for revision in reversed(list(script.walk_revisions()))) == REVISIONS


def test_a_newer_gradebook_is_refused_and_not_touched(url):
    with Gradebook.open(url, create=True) as book, book.writing() as session:
        session.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    with pytest.raises(GradebookError, match=r"newer version \(9999\).*newest torch-grader") as caught:
        Gradebook.open(url, create=True)
    assert "None" not in str(caught.value)


def test_one_that_is_not_there_is_not_made_by_reading(url):
    with pytest.raises(GradebookError, match="grader batch"):
        Gradebook.open(url)
    with pytest.raises(GradebookError, match="grader batch"):
        Gradebook.open(url)


def test_tables_of_something_else_are_left_alone(url):
    with Gradebook.open(url, create=True) as book, book.writing() as session:
        session.execute(text(f"DROP TABLE {VERSION_TABLE}"))
    with pytest.raises(GradebookError, match="something else"):
        Gradebook.open(url, create=True)


def test_many_may_make_it_at_once(url):
    secrets, barrier = [], threading.Barrier(6)

    def make():
        barrier.wait()
        with Gradebook.open(url, create=True) as book:
            secrets.append(book.secret())

    threads = [threading.Thread(target=make) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(secrets) == 6
    assert len(set(secrets)) == 1


@pytest.fixture
def writer(sqlite):
    """Somebody who began to write in an empty file, and hasn't ended."""
    connection = sqlite3.connect(sqlite, isolation_level=None, check_same_thread=False)
    connection.execute("BEGIN IMMEDIATE")
    yield connection
    connection.close()


def test_who_makes_it_waits_for_another_who_writes(sqlite, writer):
    ends = threading.Timer(0.3, writer.execute, ["COMMIT"])
    ends.start()
    with Gradebook.open(sqlite, create=True, secret=b"s" * 32) as book:
        assert book.secret() == b"s" * 32
    ends.join()


@pytest.mark.usefixtures("writer")
def test_who_waits_too_long_is_told_so(sqlite, monkeypatch):
    monkeypatch.setattr(migrating, "WAIT_SECONDS", 0.1)
    with pytest.raises(GradebookError, match="another program holds the gradebook"):
        Gradebook.open(sqlite, create=True)


def test_a_transaction_that_fails_leaves_nothing(book):
    def spoil():
        with book.writing() as session:
            session.execute(text("UPDATE course SET name = 'spoilt'"))
            raise KeyError("something")

    with pytest.raises(KeyError):
        spoil()
    with book.reading() as session:
        assert session.execute(text("SELECT name FROM course")).scalar() == "course"


def test_who_reads_changes_nothing(book):
    with book.reading() as session:
        session.execute(text("UPDATE course SET name = 'spoilt'"))
    with book.reading() as session:
        assert session.execute(text("SELECT name FROM course")).scalar() == "course"


def test_a_reader_does_not_wait_for_a_writer(book):
    with book.writing() as session:
        session.execute(text("UPDATE course SET name = 'soon'"))
        with book.reading() as other:
            assert other.execute(text("SELECT name FROM course")).scalar() == "course"


@pytest.mark.parametrize("url", ["mysql://somewhere/x", "://", "sqlite://", "sqlite:///:memory:", "nothing://x"])
def test_addresses_that_cannot_be_are_one_line(url):
    with pytest.raises(GradebookError):
        Gradebook.open(url, create=True)


def test_a_password_is_never_shown():
    with pytest.raises(GradebookError) as caught:
        Gradebook.open("postgresql://anna:sesame@127.0.0.1:1/x", create=True)
    assert "sesame" not in str(caught.value)
    assert "can't be reached" in str(caught.value)
