"""nbgrader's CSV of grades: every student and assignment, points as they came, nothing quoted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from grader.lms.outgoing.export import Export, withheld
from grader.model.grade import Grade
from grader.model.harmless import cell

__all__ = ["COLUMNS", "nbgrader_csv"]

COLUMNS = (
    "assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email", "raw_score", "late_submission_penalty",
    "score", "max_score",
)  # fmt: skip


def nbgrader_csv(grades: Sequence[Grade]) -> Export:
    """A row for each grade; who handed in nothing has 0.0, as nbgrader has it.

    A grade that waits for a person, or is excused, has blank scores, and a note says so.  Nothing is quoted in this format, so
    what would need a quote becomes a space.
    """
    lines = [",".join(COLUMNS), *(",".join(_row(grade)) for grade in grades)]
    excused = [f"{cell(one.student.id)}: excused from {one.exercise}; left blank" for one in grades if one.excused]
    data = ("\n".join(lines) + "\n").encode()
    return Export(data=data, written=sum(1 for one in grades if one.final is not None), notes=(*withheld(grades), *excused))


def _row(grade: Grade) -> list[str]:
    family, given = _names(grade)
    if grade.status in {"waiting", "excused"}:
        scores = ["", "", ""]
    else:
        scores = [repr(float(grade.score or 0.0)), repr(float(grade.late_deduction)), repr(float(grade.final or 0.0))]
    texts = [grade.student.id, family, given, grade.student.email]
    who = [re.sub(r'[,"\r\n]+', " ", cell(text)).strip() for text in texts]
    return [grade.exercise, _moment(grade.due), _moment(grade.handed_in), *who, *scores, repr(float(grade.max_score))]


def _names(grade: Grade) -> tuple[str, str]:
    """Family and given name."""
    family, comma, given = grade.student.sortable.partition(",")
    if comma:
        return family.strip(), given.strip()
    given, _, family = grade.student.name.rpartition(" ")
    return family, given


def _moment(when: datetime | None) -> str:
    """A moment in UTC without a zone, as nbgrader stores them; '' where none is known."""
    return "" if when is None else str(when.astimezone(UTC).replace(tzinfo=None))
