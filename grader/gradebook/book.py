"""Gradebook: opened by a URL, read and written in transactions."""

from __future__ import annotations

import getpass
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from grader.gradebook.complaints import told
from grader.gradebook.engine import NONE_REMEDY, WRITING, address, connected, made, shown
from grader.gradebook.migrating import brought_up, lock
from grader.gradebook.tables import Course
from grader.model.errors import GradebookError

__all__ = ["Gradebook", "whoever"]

SECRET_BYTES = 32


class Gradebook:
    """One course's book.  A context manager.

    Every function of this room takes a session of `reading` or `writing`.  Of writers there is one at a time, on every database:
    the others wait for it.  What a database complains of comes as one GradebookError, and a transaction that failed left nothing.
    """

    def __init__(self, engine: Engine, where: str) -> None:
        self._engine, self._writing, self.where = engine, engine.execution_options(**{WRITING: True}), where

    @classmethod
    def open(cls, url: str, *, create: bool = False, name: str = "course", secret: bytes | None = None) -> Self:
        """The book at a file's path or a URL, its tables brought up to date.

        create: make one where there is none, of a course with this name and secret (drawn where left out; one that is there
        keeps its own).  Raises GradebookError.
        """
        at = address(url)
        where = shown(at)
        if not create and not made(at):
            raise GradebookError("there is no gradebook here", where=where, remedy=NONE_REMEDY)
        engine = connected(at)
        try:
            with told(where):
                brought_up(engine, where, create=create)
            book = cls(engine, where)
            book._begun(name, secret)
        except BaseException:
            engine.dispose()
            raise
        return book

    def _begun(self, name: str, secret: bytes | None) -> None:
        """The course's own row, made by whoever comes first."""
        with self.reading() as session:
            if session.get(Course, 1) is not None:
                return
        with self.writing() as session:
            if session.get(Course, 1) is None:
                drawn = secret if secret is not None else secrets.token_bytes(SECRET_BYTES)
                session.add(Course(id=1, name=name, secret=drawn, made=now()))

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees the book as it is at its first question, and changes nothing."""
        with told(self.where), Session(self._engine) as session:
            yield session
            session.rollback()

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session that is the only writer; all of it is stored at the end, or nothing where anything is raised."""
        with told(self.where), Session(self._writing) as session, session.begin():
            lock(session.connection())
            yield session

    def secret(self) -> bytes:
        """What the judge's numbers of this course are drawn with."""
        with self.reading() as session:
            return session.execute(select(Course.secret)).scalar_one()

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def now() -> datetime:
    """This moment: the room's one door to the clock."""
    return datetime.now(UTC)


def whoever() -> str:
    """Who is at the keyboard, for the audit, where nobody said."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return "somebody"
