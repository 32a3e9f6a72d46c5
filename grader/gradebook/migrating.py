"""The tables' versions: made anew, brought up to date, or refused where they are from a newer grader."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from grader.gradebook.engine import NONE_REMEDY, WAIT_SECONDS, WRITING
from grader.gradebook.tables import Base
from grader.model.errors import GradebookError

__all__ = ["FOLDER", "REVISIONS", "VERSION_TABLE", "brought_up", "lock"]

REVISIONS = ("0001",)
"""Every version there has been, in order; a test holds them to the migrations."""
VERSION_TABLE = "gradebook_version"
FOLDER = Path(__file__).parent / "migrations"
_LOCK = 0x7467_6772_6164_6572
"""The number of PostgreSQL's advisory lock: one writer at a time, as SQLite has it by nature."""

_PAUSE = 0.02
"""Seconds between two tries where the database itself does not wait."""


def brought_up(engine: Engine, where: str, *, create: bool) -> None:
    """See that the tables are of the newest version.

    create: make them where there are none.  Raises GradebookError where there are none and none shall be, where they are of
    a newer grader, and where the database holds something else.
    """
    with engine.connect() as connection:
        if _check(connection, where, create=create):
            return
    if engine.dialect.name == "sqlite":
        _remember_in_a_log(engine)
    with engine.execution_options(**{WRITING: True}).begin() as connection:
        lock(connection)
        if not _check(connection, where, create=create):  # another one may have been faster
            _upgrade(connection)


def lock(connection: Connection) -> None:
    """Be the only writer until this transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})


def _check(connection: Connection, where: str, *, create: bool) -> bool:
    """Whether the tables are of the newest version."""
    there = set(inspect(connection).get_table_names())
    if VERSION_TABLE not in there:
        if there & set(Base.metadata.tables):
            remedy = "name another database, or an empty one"
            raise GradebookError("this database holds tables of something else", where=where, remedy=remedy)
        if not create:
            raise GradebookError("there is no gradebook yet", where=where, remedy=NONE_REMEDY)
        return False
    found = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608 - a constant of ours
    if found not in REVISIONS:
        remedy = "install the newest torch-grader; nothing was changed"
        raise GradebookError(f"this gradebook is of a newer version ({found}) than this grader knows", where=where, remedy=remedy)
    return bool(found == REVISIONS[-1])


def _remember_in_a_log(engine: Engine) -> None:
    """Readers and a writer do not wait for one another (WAL).  Kept in the file; where it can't be had, all is right but slower.

    Here SQLite itself waits for no writer, whatever its timeout: two that begin one book at once would meet.  So we wait.
    """
    until = time.monotonic() + WAIT_SECONDS
    with engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        assert raw is not None
        while True:
            try:
                raw.execute("PRAGMA journal_mode = WAL")  # outside of any transaction
            except sqlite3.OperationalError as error:
                if not error.sqlite_errorname.startswith("SQLITE_BUSY") or time.monotonic() > until:
                    raise
                time.sleep(_PAUSE)
            else:
                return


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
