"""A roster from whatever table of students there is: one's own CSV, or an export of Canvas, Moodle, Gradescope, GitHub Classroom."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from csv import writer

from grader.lms.tables import Row, Table, column, table
from grader.model.errors import UsageError
from grader.model.grade import Student
from grader.model.harmless import cell, plain, undone

__all__ = ["read_roster", "write_roster"]

# What columns are called, in order of preference; case, spaces and underscores do not matter.
_KEYS = ("id", "student id", "student", "key", "student number", "matriculation number", "matrikelnummer", "identifier", "id number")
_LOGINS = ("username", "user name", "login", "login id", "sis login id", "user", "netid", "uid")
_NAMES = ("name", "full name", "student name", "display name")
_GIVEN = ("first name", "firstname", "given name", "given", "first", "vorname")
_FAMILY = ("last name", "lastname", "surname", "family name", "family", "last", "nachname")
_EMAILS = ("email", "email address", "e-mail", "e-mail address", "mail")
_SECTIONS = ("section", "sections", "group", "groups", "class", "section name")
_SYSTEMS: Mapping[str, tuple[str, ...]] = {
    "canvas": ("canvas", "canvas id", "canvas user id"),
    "moodle": ("moodle", "moodle id", "participant"),
    "gradescope": ("gradescope", "gradescope id"),
    "github": ("github", "github username", "github login"),
    "sis": ("sis", "sis user id", "sis id", "sid"),
    "login": _LOGINS,
}
_ROLES = ("role",)


def read_roster(data: bytes, name: str = "the roster") -> tuple[Student, ...]:
    """The students of a table, in its order.

    The key is the column `id` (or what it is called elsewhere), else the login, else the e-mail address; of an export of
    Canvas the login, of Moodle's worksheet the ID number or e-mail address, of Gradescope the SID.
    Raises UsageError for what is no such table, a row without a key, or a key used twice.
    """
    found = table(data, name)
    rows = [row for row in found.rows if any(field.value.strip() for field in row.fields)]
    if not rows:
        raise UsageError("the roster is empty", where=name, remedy="give a CSV with at least the columns id and name")
    header = [_bare(field.value) for field in rows[0].fields]
    if column(header, "section") > 0 and (_begins(header, "student", "id") or _begins(header, "lastname", "firstname", "id")):
        students = _canvas(header, rows[1:])
    elif _begins(header, "identifier") and column(header, "full name") > 0:
        students = _moodle(header, rows[1:])
    else:
        students = _any(header, rows[1:], found)
    seen: set[str] = set()
    for student in students:
        if not student.id:
            what = f"{student.name or student.email or 'a row'} has no id"
            raise UsageError(what, where=name, remedy="fill the column id, or leave the row out")
        if student.id.casefold() in seen:
            raise UsageError(f"the id {student.id!r} is there twice", where=name, remedy="give each student an id of their own")
        seen.add(student.id.casefold())
    return tuple(students)


def write_roster(students: Sequence[Student]) -> str:
    """The students as CSV: id, name, sortable, email, section, and a column for each system that knows any of them."""
    systems = sorted({system for student in students for system in student.ids})
    text = io.StringIO()
    sheet = writer(text, lineterminator="\n")
    sheet.writerow(["id", "name", "sortable", "email", "section", *systems])
    for one in students:
        told = [one.id, one.name, one.sortable, one.email, one.section, *(one.ids.get(system, "") for system in systems)]
        sheet.writerow([cell(value) for value in told])
    return text.getvalue()


def _begins(header: Sequence[str], *names: str) -> bool:
    return tuple(header[: len(names)]) == names


def _bare(title: str) -> str:
    return " ".join(title.replace("_", " ").split()).lower()


def _any(header: Sequence[str], rows: Sequence[Row], found: Table) -> list[Student]:
    """A table of one's own, or of Gradescope's or GitHub Classroom's: by the names of its columns."""
    at = {
        "key": column(header, *_KEYS), "login": column(header, *_LOGINS), "email": column(header, *_EMAILS),
        "name": column(header, *_NAMES), "given": column(header, *_GIVEN), "family": column(header, *_FAMILY),
        "section": column(header, *_SECTIONS),
        "sortable": column(header, "sortable", "sortable name"), "role": column(header, *_ROLES), "sid": column(header, *_SYSTEMS["sis"]),
    }  # fmt: skip
    if max(at["key"], at["login"], at["email"], at["sid"]) < 0:
        remedy = "name a column id, username or email in its first row"
        raise UsageError("no column says who the students are", where=found.name, remedy=remedy)
    named = {system: column(header, *names) for system, names in _SYSTEMS.items()}
    students = []
    for row in rows:
        told = {what: _value(row, where) for what, where in at.items()}
        if told["role"] and told["role"].casefold() not in {"student", "learner"}:
            continue
        key = told["key"] or told["sid"] or told["login"] or told["email"]
        ids = {system: _value(row, where) for system, where in named.items() if where >= 0 and _value(row, where)}
        full = told["name"] or " ".join(part for part in (told["given"], told["family"]) if part)
        sortable = told["sortable"] or (f"{told['family']}, {told['given']}" if told["family"] and told["given"] else "")
        if at["sortable"] >= 0:  # a table that `write_roster` made says which name is which
            students.append(Student(id=key, name=full, email=told["email"], sortable=sortable, section=told["section"], ids=ids))
        else:
            students.append(_student(key, full, told["email"], sortable, told["section"], ids))
    return students


def _canvas(header: Sequence[str], rows: Sequence[Row]) -> list[Student]:
    """An exported gradebook: without its rows for points and posting, and without the student that Canvas makes for tests."""
    number = column(header, "id")
    sis, login, section = column(header, "sis user id"), column(header, "sis login id"), column(header, "section")
    students = []
    for row in rows:
        name = _value(row, 0) if number == 1 else ", ".join(part for part in (_value(row, 0), _value(row, 1)) if part)
        name = re.sub(r'^="(.*)"$', r"\1", name)
        canvas = _value(row, number)
        if not canvas or "Points Possible" in name or name == "Student, Test":
            continue
        ids = {"canvas": canvas, "sis": _value(row, sis), "login": _value(row, login)}
        key = ids["login"] or ids["sis"] or f"canvas-{canvas}"
        email = ids["login"] if "@" in ids["login"] else ""
        students.append(_student(key, name, email, name if "," in name else "", _value(row, section), ids))
    return students


def _moodle(header: Sequence[str], rows: Sequence[Row]) -> list[Student]:
    """A grading worksheet."""
    email, number, group = column(header, *_EMAILS), column(header, "id number"), column(header, *_SECTIONS)
    students = []
    for row in rows:
        participant = re.sub(r"\D", "", _value(row, 0))
        ids = {"moodle": participant, "sis": _value(row, number)}
        key = ids["sis"] or _value(row, email) or (f"moodle-{participant}" if participant else "")
        students.append(_student(key, _value(row, column(header, "full name")), _value(row, email), "", _value(row, group), ids))
    return students


def _value(row: Row, at: int) -> str:
    return plain(undone(row.value(at)), limit=200).strip()


def _student(key: str, name: str, email: str, sortable: str, section: str, ids: Mapping[str, str]) -> Student:
    family, comma, given = name.partition(",")
    shown = f"{given.strip()} {family.strip()}".strip() if comma else name
    told = {system: value for system, value in ids.items() if value}
    return Student(id=key, name=shown, email=email, sortable=sortable or (name if comma else ""), section=section, ids=told)
