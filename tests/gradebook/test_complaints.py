"""A database that is locked, read-only, full, damaged or gone: one clear line, and nothing that was stored is lost."""

import os
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import event, text

from grader.gradebook import Gradebook, engine
from grader.gradebook.counting import grades
from grader.model.errors import GradebookError
from tests.gradebook.conftest import Desk

ROOT = Path(__file__).parents[2]


@pytest.fixture
def graded(sqlite, report):
    """A SQLite book with one grade in it."""
    with Gradebook.open(sqlite, create=True) as book:
        desk = Desk(book, report)
        desk.kept(desk.arrived(), desk.made(score=2.0))
    return sqlite


def finals(url):
    with Gradebook.open(url) as book, book.reading() as session:
        return [grade.final for grade in grades(session)]


# ---- SQLite ----------------------------------------------------------------------------------------------------------


def test_locked(graded, monkeypatch):
    monkeypatch.setattr(engine, "WAIT_SECONDS", 0.2)
    holder = sqlite3.connect(graded, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with Gradebook.open(graded) as book:
        with pytest.raises(GradebookError, match=r"another program holds the gradebook.*safe"), book.writing():
            pass
        with book.reading() as session:
            assert [grade.final for grade in grades(session)] == [2.0]
        holder.execute("ROLLBACK")
        with book.writing() as session:
            session.execute(text("UPDATE course SET name = 'free again'"))
    holder.close()


def test_locked_while_it_is_opened(graded, monkeypatch):
    monkeypatch.setattr(engine, "WAIT_SECONDS", 0.2)
    holder = sqlite3.connect(graded, isolation_level=None)
    holder.execute("PRAGMA locking_mode = EXCLUSIVE")
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(GradebookError, match="another program holds the gradebook"):
        Gradebook.open(graded)
    holder.close()
    assert finals(graded) == [2.0]


def test_full(graded, report):
    with Gradebook.open(graded) as book:

        @event.listens_for(book._engine, "connect")
        def small(connection, record):
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
            connection.execute(f"PRAGMA max_page_count = {pages}")

        book._engine.dispose()
        desk = Desk(book, report)
        with pytest.raises(GradebookError, match=r"disk that holds the gradebook is full.*make room"):
            desk.arrived(student="ben", data=os.urandom(10**6))
    assert finals(graded) == [2.0]


READ_ONLY = """
import os, sys
from sqlalchemy import text
from grader.gradebook import Gradebook
from grader.gradebook.counting import grades
from grader.gradebook.overview import overview
from grader.gradebook.attention import attention
from grader.model.errors import GradebookError
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
with Gradebook.open(sys.argv[1]) as book:
    with book.reading() as session:
        print([grade.final for grade in grades(session)])
    try:
        with book.writing() as session:
            session.execute(text("UPDATE course SET name = 'x'"))
            print("written")
    except GradebookError as error:
        print(error)
"""


def test_read_only():
    """As an ordinary user: root may write whatever the permissions say."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "book.sqlite"
        Gradebook.open(str(path), create=True).close()
        holder = sqlite3.connect(path)  # keeps the log's files there, which a reader without rights can't make
        holder.execute("SELECT * FROM course").fetchall()
        for one in Path(folder).iterdir():
            one.chmod(0o444)
        Path(folder).chmod(0o555)
        command = [sys.executable, "-c", READ_ONLY, str(path)]
        ran = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False, timeout=60)
        Path(folder).chmod(0o755)
        holder.close()
    assert ran.stderr == ""
    first, second = ran.stdout.splitlines()
    assert first == "[]"
    assert "can't be written" in second
    assert "check the permissions" in second


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(GradebookError, match="folder is there"):
        Gradebook.open(str(tmp_path / "no" / "book.sqlite"), create=True)


def test_what_is_no_gradebook(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("these are notes, not a gradebook; " * 100)
    with pytest.raises(GradebookError, match="no gradebook"):
        Gradebook.open(str(path), create=True)
    assert path.read_text().startswith("these are notes")


def test_damaged(graded):
    path = Path(graded)
    sqlite3.connect(graded).execute("PRAGMA wal_checkpoint(TRUNCATE)").connection.close()
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    with pytest.raises(GradebookError, match="damaged"):
        finals(graded)


def test_nobody_else_on_the_machine_may_read_it(graded):
    assert oct(Path(graded).stat().st_mode & 0o777) == "0o600"


# ---- PostgreSQL ------------------------------------------------------------------------------------------------------


@pytest.fixture
def served(cluster):
    return cluster.url()


def test_a_server_that_goes_away_and_comes_back(served, cluster, report):
    with Gradebook.open(served, create=True) as book:
        desk = Desk(book, report)
        desk.kept(desk.arrived(), desk.made(score=2.0))
        cluster.stop()
        with pytest.raises(GradebookError, match="can't be reached"), book.reading() as session:
            grades(session)
        cluster.start()
        with book.reading() as session:
            assert [grade.final for grade in grades(session)] == [2.0]


def test_a_server_that_is_stopped_in_the_middle_stores_all_or_nothing(served, cluster, report):
    with Gradebook.open(served, create=True) as book:
        desk = Desk(book, report)

        def stopped():
            with book.writing() as session:
                session.execute(text("UPDATE course SET name = 'half'"))
                cluster.stop()

        with pytest.raises(GradebookError, match="can't be reached"):
            stopped()
        cluster.start()
        desk.kept(desk.arrived(), desk.made(score=2.0))
        with book.reading() as session:
            assert session.execute(text("SELECT name FROM course")).scalar() == "course"


def test_a_held_server(served, monkeypatch):
    monkeypatch.setattr(engine, "WAIT_SECONDS", 1)
    with Gradebook.open(served, create=True) as book, psycopg.connect(served) as holder:
        holder.execute("LOCK TABLE course")
        with pytest.raises(GradebookError, match="another program holds the gradebook"), book.writing() as session:
            session.execute(text("UPDATE course SET name = 'x'"))


def test_a_server_that_takes_no_writing(served, cluster):
    Gradebook.open(served, create=True).close()
    cluster.command("ALTER DATABASE book SET default_transaction_read_only = on")
    try:
        with Gradebook.open(served) as book:
            with book.reading() as session:
                assert grades(session) == ()
            with pytest.raises(GradebookError, match="takes no writing"), book.writing() as session:
                session.execute(text("UPDATE course SET name = 'x'"))
    finally:
        cluster.command("ALTER DATABASE book RESET default_transaction_read_only")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda url: url.replace("@", "wrong@"), "refuses: password authentication failed"),
        (lambda url: f"{url}nowhere", 'refuses: database "booknowhere" does not exist'),
        (lambda url: url.rpartition(":")[0] + ":1/book", "can't be reached"),
    ],
)
def test_wrong_addresses(served, change, said):
    with pytest.raises(GradebookError, match=said):
        Gradebook.open(change(served), create=True)
