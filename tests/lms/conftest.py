"""Grades of a small class: one with a report, one late, one by a person, one that waits, one missing, one excused, one with evil names."""

import dataclasses
from datetime import UTC, datetime

import pytest

from grader.model.grade import Grade, Student

STUDENTS = {
    "anna": Student(
        id="alee3", name="Anna Lee", sortable="Lee, Anna", email="anna@example.edu", section="Lab 1",
        ids={"canvas": "1201", "moodle": "1327627", "sis": "s-77", "login": "alee3"},
    ),
    "hans": Student(id="hans", name="Hans Müller", email="hans@example.edu", ids={"canvas": "1202", "moodle": "1327628"}),
    "cem": Student(id="cem", name="Cem Roe", ids={"canvas": "1203", "moodle": "1327629"}),
    "dan": Student(id="dan", name="Dan Poe", ids={"canvas": "1204", "moodle": "1327630"}),
    "eva": Student(id="eva", name="Eva Ito", ids={"canvas": "1205", "moodle": "1327631"}),
    "fay": Student(id="fay", name="Fay Ong", ids={"canvas": "1206", "moodle": "1327632"}),
    "evil": Student(id="=1+1", name='=cmd|" /C calc"!A0', email="@x", section="+7", ids={"canvas": "1207", "moodle": "1327633"}),
}  # fmt: skip


@pytest.fixture
def grades(report):
    """The class, for slope-and-bias of four points."""

    def grade(who, status="graded", score=None, **more):
        taken = more.get("late_deduction", 0.0)
        final = score - taken if status == "graded" else None
        return Grade(
            student=STUDENTS[who], exercise="slope-and-bias", title="Slope and bias", status=status, max_score=4.0, score=score,
            final=final, attempt=1 if status in {"graded", "waiting"} else 0, **more,
        )  # fmt: skip

    evil = dataclasses.replace(report.checks[1], message="=1+1 <script>alert(1)</script>\x1b[31m")
    return [
        grade("anna", score=1.0, automatic=1.0, report=report, handed_in=datetime(2026, 10, 2, 12, tzinfo=UTC)),
        grade("hans", score=4.0, automatic=4.0, late_deduction=0.5, report=dataclasses.replace(report, student="hans")),
        grade("cem", score=3.25, overridden=True, comment="Well seen, but = is no proof"),
        grade("dan", "waiting", pending=2.0, report=dataclasses.replace(report, student="dan", pending=2.0)),
        grade("eva", "missing"),
        grade("fay", "excused"),
        grade("evil", score=2.0, comment="=HYPERLINK(1)", report=dataclasses.replace(report, student="=1+1", checks=(evil,))),
    ]
