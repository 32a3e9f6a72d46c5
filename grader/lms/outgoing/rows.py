"""Whose row is whose: students of a platform's table and grades, by number, then address, then name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from grader.lms.incoming.identities import folded
from grader.model.grade import Grade, Student
from grader.model.harmless import plain

__all__ = ["Known", "matched", "unmatched"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a row says of its student.  ids: (system, identifier), the surest first."""

    ids: tuple[tuple[str, str], ...] = ()
    email: str = ""
    name: str = ""


def matched(rows: Sequence[Known], grades: Sequence[Grade]) -> list[Grade | None]:
    """The grade of each row, None where there is none.  A name joins only where one row and one student have it."""
    by_id: dict[tuple[str, str], Grade] = {}
    by_key: dict[str, Grade] = {}
    by_email: dict[str, Grade] = {}
    by_name: dict[str, list[Grade]] = defaultdict(list)
    for grade in grades:
        student = grade.student
        for system, value in student.ids.items():
            by_id.setdefault((system, _same(value)), grade)
        by_key.setdefault(_same(student.id), grade)
        if student.email:
            by_email.setdefault(_same(student.email), grade)
        for name in _names(student):
            by_name[name].append(grade)
    often: dict[str, int] = defaultdict(int)
    for row in rows:
        often[folded(row.name)] += 1
    found: list[Grade | None] = []
    for row in rows:
        name = folded(row.name)
        namesakes = by_name[name] if name and often[name] == 1 else []
        found.append(
            next((by_id[system, _same(value)] for system, value in row.ids if (system, _same(value)) in by_id), None)
            or next((by_key[key] for key in _keys(row) if key in by_key), None)
            or by_email.get(_same(row.email) or "\0")
            or (namesakes[0] if len(namesakes) == 1 else None),
        )
    return _once(found, rows)


def unmatched(found: Sequence[Grade | None], grades: Sequence[Grade]) -> list[str]:
    """A sentence for each grade that has no row."""
    there = {one.student.id for one in found if one is not None}
    return [
        f"{plain(one.student.id, limit=100)}: not in the table; nothing was written"
        for one in grades
        if one.student.id not in there and one.status != "missing"
    ]


def _once(found: list[Grade | None], rows: Sequence[Known]) -> list[Grade | None]:
    """The matches, without those by address or name of a grade that another row has by its number."""
    sure = {id(grade) for grade, row in zip(found, rows, strict=True) if grade is not None and _by_number(grade, row)}
    return [
        None if grade is not None and id(grade) in sure and not _by_number(grade, row) else grade
        for grade, row in zip(found, rows, strict=True)
    ]


def _by_number(grade: Grade, row: Known) -> bool:
    return any(_same(grade.student.ids.get(system, "")) == _same(value) for system, value in row.ids)


def _keys(row: Known) -> list[str]:
    """What of the row may be the course's key: an institution's number or login, or a platform's number with its name."""
    return [_same(value) for system, value in row.ids if system in {"sis", "login"}] + [
        _same(f"{system}-{value}") for system, value in row.ids if system in {"canvas", "moodle"}
    ]


def _names(student: Student) -> set[str]:
    family, comma, given = student.sortable.partition(",")
    turned = f"{given} {family}" if comma else ""
    first, _, last = student.name.rpartition(" ")
    return {name for name in map(folded, (student.name, student.sortable, turned, f"{last} {first}")) if name}


def _same(text: str) -> str:
    return text.strip().casefold()
