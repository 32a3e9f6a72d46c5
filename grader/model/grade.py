"""What a student has for an exercise: the automatic score, what a person said, what lateness took, and what counts in the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from grader.model.report import Report

__all__ = ["Grade", "GradeStatus", "Student"]

GradeStatus = Literal["graded", "waiting", "missing", "excused"]
"""`graded`: final is a number.  `waiting`: withheld until a person has looked (points pending, a fault, not graded yet).
`missing`: nothing was handed in.  `excused`: a person said that none is needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Student:
    """One student of the roster.  All of it is a stranger's text.

    id: the course's own key, unique in it.  name: as it is shown, 'Given Family'.  sortable: 'Family, Given', '' where not known.
    section: '' where there is one only.
    ids: what other systems know them by: system -> identifier (`canvas`, `sis`, `login`, `moodle`, `gradescope`, …).
    """

    id: str
    name: str = ""
    email: str = ""
    sortable: str = ""
    section: str = ""
    ids: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """One student's grade for one exercise, ready to be written out.  Points have two decimals.

    score: what the work earned before lateness (a person's score where there is one, else the automatic); None where nothing
    counts yet.  automatic: the grader's own score, None where there is none or it is withheld.
    pending: points that wait for a person.  late_deduction: points taken for lateness, never below 0.
    final: score - late_deduction, never below 0; None unless `status` is `graded`.
    overridden: score is a person's.  comment: a person's words to the student, '' where there are none.
    attempt: which of the student's attempts counts, from 1; 0 where none was handed in.  handed_in and due: None where not known.
    report: the judgement of the attempt that counts, None where there is none.
    """

    student: Student
    exercise: str
    title: str
    status: GradeStatus
    max_score: float
    score: float | None = None
    automatic: float | None = None
    pending: float = 0.0
    late_deduction: float = 0.0
    final: float | None = None
    overridden: bool = False
    comment: str = ""
    attempt: int = 0
    notebook: str = ""
    handed_in: datetime | None = None
    due: datetime | None = None
    report: Report | None = None

    @property
    def excused(self) -> bool:
        """Whether a person said that none is needed."""
        return self.status == "excused"
