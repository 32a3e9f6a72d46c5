"""A database's errors as one line for a person: what is wrong, where, and how to mend it.  What they mean is known here alone."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, NoSuchModuleError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from grader.model.errors import GradebookError

__all__ = ["told"]

NOTHING_LOST = "what was stored before is safe"
BUSY = ("another program holds the gradebook", f"wait for it to end and try again; {NOTHING_LOST}")
FULL = ("the disk that holds the gradebook is full", f"make room and try again; {NOTHING_LOST}")
READ_ONLY = ("the gradebook can't be written", "check the permissions of the file and of its folder, or name another gradebook")

_SQLITE = {
    "SQLITE_BUSY": BUSY,
    "SQLITE_LOCKED": BUSY,
    "SQLITE_FULL": FULL,
    "SQLITE_READONLY": READ_ONLY,
    "SQLITE_PERM": READ_ONLY,
    "SQLITE_CANTOPEN": ("the gradebook can't be opened", "check that its folder is there and may be read and written"),
    "SQLITE_NOTADB": ("this file is no gradebook", "name another file with --gradebook"),
    "SQLITE_CORRUPT": ("the gradebook is damaged", "put its last copy in its place; keep the damaged file"),
    "SQLITE_IOERR": ("the gradebook can't be read or written: the disk fails", f"see to the disk; {NOTHING_LOST}"),
}
_SERVER = ("the gradebook's server can't be reached", f"see that it runs and that the URL is right, and try again; {NOTHING_LOST}")
_REFUSED = "mend the URL, or ask who runs the server"
_POSTGRESQL = {
    "08": _SERVER,
    "57": _SERVER,
    "55P03": BUSY,
    "57014": BUSY,
    "40": BUSY,
    "53100": FULL,
    "53": ("the gradebook's server is short of memory or connections", f"try again later; {NOTHING_LOST}"),
    "25006": ("the gradebook's server takes no writing", "use the primary server's URL"),
    "42501": ("this user may not use the gradebook's tables", "ask who runs the server for the right"),
}


@contextmanager
def told(where: str) -> Iterator[None]:
    """Within the block, a database's error becomes a GradebookError; what is a mistake of ours stays what it is."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        found = _meaning(error.orig if isinstance(error, DBAPIError) else error)
        if found is None:
            raise
        raise GradebookError(found[0], where=where, remedy=found[1]) from error
    except PoolTimeout as error:
        raise GradebookError(BUSY[0], where=where, remedy=BUSY[1]) from error
    except NoSuchModuleError as error:
        raise GradebookError("no gradebook can be kept there", where=where, remedy="sqlite:///FILE or postgresql://…") from error


def _meaning(raised: BaseException | None) -> tuple[str, str] | None:
    if isinstance(raised, sqlite3.Error):
        name = getattr(raised, "sqlite_errorname", "")
        return next((said for known, said in _SQLITE.items() if name == known or name.startswith(f"{known}_")), None)
    state = getattr(raised, "sqlstate", None)
    if state is None:  # no session yet, or none any more: there is only the server's own sentence
        _, refused, why = str(raised).partition("FATAL:")
        if refused:
            return f"the gradebook's server refuses: {why.strip().splitlines()[0]}", _REFUSED
        return _SERVER if type(raised).__name__ in {"OperationalError", "ConnectionTimeout"} else None
    return next((_POSTGRESQL[known] for known in (state, state[:2]) if known in _POSTGRESQL), None)
