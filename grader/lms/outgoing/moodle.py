"""A grading worksheet of Moodle's with grades and feedback comments filled in, and nothing else changed; or a new one."""

from __future__ import annotations

import csv as writer
import io
import re
from collections.abc import Sequence

from grader.lms.outgoing.export import Export, withheld
from grader.lms.outgoing.feedback import as_html
from grader.lms.outgoing.points import number, scaled, two, uses_comma
from grader.lms.outgoing.rows import Known, matched, unmatched
from grader.lms.tables import Row, Table, column, table
from grader.model.errors import UsageError
from grader.model.grade import Grade
from grader.model.harmless import cell, plain

__all__ = ["moodle_fill", "moodle_new"]

_NEW = (
    "Identifier", "Full name", "ID number", "Email address", "Status", "Grade", "Maximum Grade", "Grade can be changed",
    "Last modified (grade)", "Feedback comments",
)  # fmt: skip


def moodle_fill(
    template: bytes, grades: Sequence[Grade], *, name: str = "the template", chosen: str = "", scale: bool = False,
) -> Export:  # fmt: skip
    """The worksheet with the columns Grade and Feedback comments filled, byte for byte the same elsewhere.

    chosen: the title of the grade's column, where Moodle speaks another language.  Rows of who handed in nothing or waits for a
    person stay as they are, and so do those that Moodle says can't be changed.  scale: convert where Moodle counts other points.
    Raises UsageError for what is no worksheet, and for grades of several exercises: a worksheet is for one assignment.
    """
    exercises = {grade.exercise for grade in grades}
    if len(exercises) > 1:
        raise UsageError("a worksheet is for one assignment", where=name, remedy="say which exercise with --exercise")
    found = table(template, name)
    if not found.rows:
        raise UsageError("the worksheet is empty", where=name, remedy="in Moodle, download the grading worksheet again")
    titles = [field.value.strip() for field in found.rows[0].fields]
    at = column(titles, chosen.lower()) if chosen else column(titles, "grade")
    if at < 1 or not titles[0]:
        said = ", ".join(plain(title, limit=60) for title in titles) or "none"
        what = f"no column is called {chosen or 'Grade'!r}"
        raise UsageError(what, where=name, remedy=f"name it with --column; there are: {said}")
    rows = [row for row in found.rows[1:] if any(field.value.strip() for field in row.fields)]
    who = matched([_known(row, titles) for row in rows], grades)
    feedback = column(titles, "feedback comments")
    notes = [*withheld(grades), *unmatched(who, grades)]
    if feedback < 0:
        notes.append("the worksheet has no column Feedback comments: switch that feedback type on in the assignment to give comments")
    written = 0
    comma = uses_comma(row.value(one) for row in rows for one in (at, _most_at(titles)) if one >= 0)
    for row, grade in zip(rows, who, strict=True):
        if grade is None or grade.status in {"waiting", "missing"}:
            continue
        if row.value(column(titles, "grade can be changed")).strip().lower() == "no":
            notes.append(f"{plain(grade.student.id, limit=100)}: Moodle says that the grade can't be changed; left as it is")
            continue
        _put(found, row, at, feedback, grade, _most(found, row, titles), comma=comma, scale=scale)
        written += 1
    return Export(data=found.to_bytes(), written=written, notes=tuple(notes))


def moodle_new(grades: Sequence[Grade]) -> Export:
    """A table that Moodle's gradebook import takes, its columns mapped by hand: keyed on e-mail address or ID number."""
    text = io.StringIO()
    sheet = writer.writer(text, lineterminator="\n")
    sheet.writerow(_NEW)
    for grade in grades:
        one = grade.student
        participant = f"Participant {one.ids['moodle']}" if "moodle" in one.ids else ""
        who = map(cell, (participant, one.name, one.ids.get("sis", "") or one.id, one.email))
        told = grade.status not in {"waiting", "missing"}
        final = two(grade.final) if grade.final is not None else ""
        status = "No submission" if grade.status == "missing" else "Submitted for grading"
        sheet.writerow([*who, status, final, two(grade.max_score), "Yes", "", as_html(grade) if told else ""])
    note = "without a worksheet from Moodle (--template) this goes into the gradebook's own import, its columns mapped by hand"
    done = sum(1 for one in grades if one.final is not None)
    return Export(data=text.getvalue().encode(), written=done, notes=(note, *withheld(grades)))


def _put(found: Table, row: Row, at: int, feedback: int, grade: Grade, most: float | None, *, comma: bool, scale: bool) -> None:
    """Grade and feedback into their cells; a grade that is the same number stays as it was written."""
    if grade.final is not None:
        final = scaled(grade.final, grade.max_score, most, allowed=scale, where=found.name)
        before = number(row.value(at))
        if before is None or abs(before - final) > 1e-9:
            found.put(row, at, two(final, comma=comma))
    if feedback >= 0:
        found.put(row, feedback, as_html(grade))


def _most_at(titles: Sequence[str]) -> int:
    return column(titles, "maximum grade")


def _most(found: Table, row: Row, titles: Sequence[str]) -> float | None:
    """The most points of the row.  Raises UsageError for an assignment that is graded on a scale of words."""
    said = row.value(_most_at(titles)).strip()
    if said and number(said) is None:
        what = f"the assignment is graded on a scale ({plain(said, limit=60)}), not in points"
        raise UsageError(what, where=found.name, remedy="set the assignment's grade to points in Moodle, and download it again")
    return number(said)


def _known(row: Row, titles: Sequence[str]) -> Known:
    participant = re.sub(r"\D", "", row.value(0))
    number_ = row.value(column(titles, "id number")).strip()
    ids = tuple((system, value) for system, value in (("moodle", participant), ("sis", number_)) if value)
    return Known(ids=ids, email=row.value(column(titles, "email address", "email")), name=row.value(column(titles, "full name")))
