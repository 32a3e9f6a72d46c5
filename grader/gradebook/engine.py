"""SQLite or PostgreSQL, and how each is spoken to."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from grader.model.errors import GradebookError

__all__ = ["NONE_REMEDY", "WAIT_SECONDS", "WRITING", "address", "connected", "made", "shown"]

WAIT_SECONDS = 60
"""How long a writer waits for another before it gives up."""
WRITING = "grader_writing"
"""The execution option of connections that write."""
NONE_REMEDY = "`grader batch` makes one; or name another with --gradebook"
_REMEDY = "give a file, sqlite:///FILE, or postgresql://USER@HOST/DATABASE"


def address(given: str) -> URL:
    """A file's path or a URL as the URL that is connected to.  Raises GradebookError for what is neither."""
    if "://" not in given:
        return URL.create("sqlite", database=given)
    try:
        url = make_url(given)
    except ArgumentError:
        raise GradebookError("no such address for a gradebook", where=given.partition("@")[2] or given, remedy=_REMEDY) from None
    name = url.get_backend_name()
    if name == "sqlite":
        if url.database in {None, "", ":memory:"}:
            raise GradebookError("a gradebook in memory would be gone at the end", where=given, remedy=_REMEDY)
        return url.set(drivername="sqlite")
    if name in {"postgresql", "postgres"}:
        if find_spec("psycopg") is None:
            remedy = "pip install 'torch-grader[postgresql]'"
            raise GradebookError("psycopg must be installed for PostgreSQL", where=shown(url), remedy=remedy)
        return url.set(drivername="postgresql+psycopg")
    raise GradebookError(f"gradebooks are not kept in {name}", where=shown(url), remedy=_REMEDY)


def shown(url: URL) -> str:
    """The URL for people: without password, a file as its path."""
    if url.get_backend_name() == "sqlite":
        return url.database or ""
    return url.set(drivername="postgresql").render_as_string(hide_password=True)


def made(url: URL) -> bool:
    """Whether there is something at the URL already: for SQLite a file that is not empty; a server's database always is."""
    if url.get_backend_name() != "sqlite":
        return True
    try:
        return Path(url.database or "").stat().st_size > 0
    except OSError:
        return False


def connected(url: URL) -> Engine:
    """The engine.  A SQLite file is made, for its owner alone, where there is none.  Raises GradebookError where it can't be."""
    if url.get_backend_name() == "sqlite":
        _file(url.database or "")
        engine = create_engine(url, connect_args={"timeout": WAIT_SECONDS})
        event.listen(engine, "connect", _sqlite_connected)
        event.listen(engine, "begin", _sqlite_begins)
        return engine
    options = f"-c lock_timeout={WAIT_SECONDS}s -c idle_in_transaction_session_timeout=600s -c timezone=UTC"
    return create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": 10, "options": options})


def _file(path: str) -> None:
    """Make an empty file that nobody else may read: names, grades and the secret of the draws will be in it."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        pass
    except OSError as error:
        remedy = "check that its folder is there and may be written, or name another gradebook"
        raise GradebookError(f"no gradebook can be made: {error.strerror}", where=path, remedy=remedy) from error


def _sqlite_connected(connection: Any, record: Any) -> None:  # noqa: ARG001 - the listener's signature
    connection.isolation_level = None  # transactions begin where we say so, not where the driver guesses
    connection.execute("PRAGMA foreign_keys = ON")


def _sqlite_begins(connection: Connection) -> None:
    # A writer waits for its turn at once; one that only began to read would fail when it turns to write.
    writing = connection.get_execution_options().get(WRITING)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
