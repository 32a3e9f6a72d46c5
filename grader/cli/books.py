"""The gradebook that a verb works on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.model.errors import UsageError

if TYPE_CHECKING:
    from grader.gradebook import Gradebook
    from grader.gradebook.audit import Deed

__all__ = ["deed", "opened"]


def opened(url: str, *, create: bool = False, name: str = "course") -> Gradebook:
    """The book at this file or URL.  Raises GradebookError where it can't be had, UsageError where what it needs is not installed."""
    from importlib.util import find_spec

    missing = [name for name in ("sqlalchemy", "alembic") if find_spec(name) is None]
    if missing:
        raise UsageError(f"{', '.join(missing)} must be installed for a gradebook", remedy="pip install 'torch-grader[instructor]'")
    from grader.gradebook import Gradebook

    return Gradebook.open(url, create=create, name=name)


def deed(what: str, by: str | None, why: str = "") -> Deed:
    """Who does what now, for the audit."""
    from grader.gradebook.audit import Deed
    from grader.gradebook.book import now, whoever

    return Deed(who=by or whoever(), what=what, at=now(), why=why)
