"""A gradebook exported from Canvas with the exercise's column filled, and nothing else changed; or a new one."""

from __future__ import annotations

import csv as writer
import io
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from grader.lms.incoming.identities import folded
from grader.lms.outgoing.export import Export, withheld
from grader.lms.outgoing.points import number, scaled, two, uses_comma
from grader.lms.outgoing.rows import Known, matched, unmatched
from grader.lms.tables import Row, Table, column, table
from grader.model.errors import UsageError
from grader.model.grade import Grade
from grader.model.harmless import cell, plain

__all__ = ["canvas_fill", "canvas_new"]

_TITLED = re.compile(r"(?P<title>.*\S)\s*\((?P<number>\d+)\)\s*", re.DOTALL)
_POSTING = re.compile(r"\s*(Muted|Manual Posting.*)?\s*", re.IGNORECASE | re.DOTALL)
_LEFT = {"ex": "excused in Canvas", "n/a": "not assigned in Canvas"}


def canvas_fill(
    template: bytes, grades: Sequence[Grade], *, name: str = "the template", chosen: str = "", scale: bool = False,
) -> Export:  # fmt: skip
    """The exported file `template` with the grades in their columns, byte for byte the same elsewhere.

    An exercise's column is the one that is titled like it; chosen: its title or its number in Canvas, where there is one
    exercise.  Cells of who handed in nothing, waits for a person, is excused or not assigned in Canvas stay as they are.
    scale: convert where Canvas counts other points.
    Raises UsageError for what is no such file, a column that is not there, or one that Canvas only reads.
    """
    found = table(template, name)
    header, points, students = _parts(found)
    by_exercise: dict[str, list[Grade]] = defaultdict(list)
    for grade in grades:
        by_exercise[grade.exercise].append(grade)
    if chosen and len(by_exercise) > 1:
        raise UsageError("a column is for one exercise", where=name, remedy="say which with --exercise")
    columns = {slug: _column(header, slug, own[0].title, chosen) for slug, own in by_exercise.items()}
    if grades and all(at < 0 for at in columns.values()):
        titles = ", ".join(plain(field.value, limit=80) for field in header.fields if _TITLED.fullmatch(field.value)) or "none"
        wanted = chosen or ", ".join(dict.fromkeys(own[0].title or slug for slug, own in by_exercise.items()))
        raise UsageError(f"no column is called {wanted!r}", where=name, remedy=f"say which with --column; there are: {titles}")
    comma = uses_comma(row.value(at) for row in students for at in range(len(row.fields)))
    notes: list[str] = []
    written = 0
    for slug, own in by_exercise.items():
        if columns[slug] < 0:
            notes.append(f"{slug}: no column is called so; nothing was written")
            continue
        done, said = _filled(found, columns[slug], header, points, students, own, comma=comma, scale=scale)
        written += done
        notes += said
    return Export(data=found.to_bytes(), written=written, notes=tuple(notes))


def canvas_new(grades: Sequence[Grade]) -> Export:
    """A table that Canvas takes: it makes a new assignment of each exercise, and finds students by what is known of them."""
    titles = {grade.exercise: grade.title or grade.exercise for grade in grades}
    most = {grade.exercise: grade.max_score for grade in grades}
    by_student: dict[str, dict[str, Grade]] = defaultdict(dict)
    for grade in grades:
        by_student[grade.student.id][grade.exercise] = grade
    text = io.StringIO()
    sheet = writer.writer(text, lineterminator="\n")
    sheet.writerow(["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *(cell(title) for title in titles.values())])
    sheet.writerow(["    Points Possible", "", "", "", "", *(two(most[slug]) for slug in titles)])
    for own in by_student.values():
        one = next(iter(own.values())).student
        who = [one.sortable or one.name or one.id, one.ids.get("canvas", ""), one.ids.get("sis", ""), one.ids.get("login", ""), one.section]
        sheet.writerow([*map(cell, who), *(_cell(own.get(slug)) for slug in titles)])
    note = "without a file exported from Canvas (--template), Canvas makes new assignments of these columns"
    done = sum(1 for one in grades if one.final is not None)
    return Export(data=text.getvalue().encode(), written=done, notes=(note, *withheld(grades)))


def _cell(grade: Grade | None) -> str:
    if grade is not None and grade.excused:
        return "EX"
    return "" if grade is None or grade.final is None else two(grade.final)


def _parts(found: Table) -> tuple[Row, Row | None, list[Row]]:
    """Header, the row of points, and the students' rows.  Raises UsageError for what Canvas would not take."""
    header = found.rows[0] if found.rows else Row(fields=[], end="")
    titles = [field.value.strip() for field in header.fields]
    whole = titles[:2] == ["Student", "ID"] or titles[:3] == ["LastName", "FirstName", "ID"]
    if not whole or column(titles, "section") < 0:
        what = "not a gradebook exported from Canvas: its first columns should be Student, ID, …, Section"
        raise UsageError(what, where=found.name, remedy="in Canvas, open Grades, Export, and give that file")
    points = next((row for row in found.rows[1:] if "Points Possible" in row.value(0)), None)
    others = [row for row in found.rows[1:] if row is not points]
    return header, points, [row for row in others if not all(_POSTING.fullmatch(field.value) for field in row.fields)]


def _column(header: Row, slug: str, title: str, chosen: str) -> int:
    """Where the exercise's column stands, -1 where none or several do."""
    found = {at: _TITLED.fullmatch(field.value) for at, field in enumerate(header.fields)}
    if chosen:
        fit = [at for at, field in enumerate(header.fields) if field.value.strip() == chosen.strip()]
        named = chosen.strip().strip("()")
        fit = fit or [at for at, one in found.items() if one is not None and named in {one["number"], one["title"].strip()}]
    else:
        names = {folded(slug), folded(title)} - {""}
        fit = [at for at, one in found.items() if one is not None and folded(one["title"]) in names]
    return fit[0] if len(fit) == 1 else -1


def _filled(
    found: Table, at: int, header: Row, points: Row | None, students: Sequence[Row], grades: Sequence[Grade], *, comma: bool, scale: bool,
) -> tuple[int, list[str]]:  # fmt: skip
    """Write the grades into their column; returns how many, and what a person should know."""
    titles = [field.value.strip() for field in header.fields]
    most = _most(found, points, at, titles)
    who = matched([_known(row, titles) for row in students], grades)
    notes = [*withheld(grades), *unmatched(who, grades)]
    written = 0
    for row, grade in zip(students, who, strict=True):
        if grade is None or (grade.final is None and not grade.excused):
            continue
        before = row.value(at).strip()
        left = _LEFT.get(before.lower())
        if left is not None and not (grade.excused and before.lower() == "ex"):
            notes.append(f"{plain(grade.student.id, limit=100)}: {left}; left as it is")
            continue
        if grade.excused:
            found.put(row, at, "EX")
        else:
            final = scaled(grade.final or 0.0, grade.max_score, most, allowed=scale, where=f"{found.name}, {titles[at]}")
            if number(before) is None or abs((number(before) or 0.0) - final) > 1e-9:
                found.put(row, at, two(final, comma=comma))
        written += 1
    return written, notes


def _most(found: Table, points: Row | None, at: int, titles: Sequence[str]) -> float | None:
    """The points that Canvas counts for the column.  Raises UsageError for a column that it does not take."""
    said = points.value(at).strip() if points is not None else ""
    if not _TITLED.fullmatch(titles[at]) or (said and number(said) is None):
        what = f"Canvas does not take the column {plain(titles[at], limit=80)!r}: it is read only"
        raise UsageError(what, where=found.name, remedy="name the column of an assignment, with its number in brackets")
    return number(said)


def _known(row: Row, titles: Sequence[str]) -> Known:
    ids: Mapping[str, int] = {
        "canvas": column(titles, "id"), "sis": column(titles, "sis user id"), "login": column(titles, "sis login id"),
    }  # fmt: skip
    login = row.value(ids["login"])
    name = re.sub(r'^="(.*)"$', r"\1", row.value(0)) if column(titles, "id") == 1 else f"{row.value(0)}, {row.value(1)}"
    told = tuple((system, row.value(at).strip()) for system, at in ids.items() if row.value(at).strip())
    return Known(ids=told, email=login if "@" in login else "", name=name)
