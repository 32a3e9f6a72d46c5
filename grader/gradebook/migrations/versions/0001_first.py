"""Course, roster, exercises and their versions, submissions, evidence, reports, scores, a person's words, audit."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _number(name: str = "id") -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=False)


def _digest(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.String(64), nullable=nullable)


def _share(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Double(), nullable=nullable)


def _truth(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean(), nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _bytes(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def _json(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON(), nullable=False)


def _size() -> sa.Column[Any]:
    return sa.Column("size", sa.BigInteger(), nullable=False)


def _table(name: str, *parts: sa.schema.SchemaItem, key: tuple[str, ...] = ("id",), unique: tuple[str, ...] = (), **to: str) -> None:
    """A table with its primary key, a unique constraint, and foreign keys (`column="table.column"`), named as on every database."""
    made: list[sa.schema.SchemaItem] = [sa.PrimaryKeyConstraint(*key, name=f"pk_{name}")]
    if unique:
        made.append(sa.UniqueConstraint(*unique, name=f"uq_{name}_{'_'.join(unique)}"))
    made.extend(sa.ForeignKeyConstraint([column], [target], name=f"fk_{name}_{column}") for column, target in to.items())
    op.create_table(name, *parts, *made)


def upgrade() -> None:
    """Make every table."""
    _table("course", _number(), _text("name"), _bytes("secret"), _moment("made"))
    _table(
        "student", _number(), _text("key"), _text("name"), _text("sortable"), _text("email"), _text("section"), _json("ids"),
        _text("standing"), unique=("key",),
    )  # fmt: skip
    _table(
        "exercise", _number(), _text("slug"), _text("title"), _share("max_score"), _moment("due", nullable=True), _share("grace"),
        _share("per_day"), _share("most"), unique=("slug",),
    )  # fmt: skip
    _table(
        "exercise_version", _number(), _number("exercise_id"), _digest("execution"), _digest("judging"), _text("declared"),
        _moment("made"), unique=("exercise_id", "execution", "judging"), exercise_id="exercise.id",
    )  # fmt: skip
    _table("file", _digest("sha256"), _size(), _bytes("data"), key=("sha256",))
    _table(
        "submission", _number(), _number("student_id"), _number("exercise_id"), _number("attempt"), _digest("sha256"), _text("name"),
        _text("source"), _truth("late", nullable=True), _moment("handed_in", nullable=True), _moment("received"), _text("note"),
        unique=("student_id", "exercise_id", "attempt"), student_id="student.id", exercise_id="exercise.id", sha256="file.sha256",
    )  # fmt: skip
    op.create_index("ix_submission_exercise_id", "submission", ["exercise_id"])
    _table(
        "set_aside", _digest("digest"), _text("source"), _text("reason"), _text("detail"), _text("student"), _size(),
        _digest("sha256", nullable=True), _moment("received"), _truth("settled"), key=("digest",), sha256="file.sha256",
    )  # fmt: skip
    _table(
        "evidence", _number(), _number("submission_id"), _digest("execution"), _number("position"), _truth("damaged"), _bytes("packed"),
        unique=("submission_id", "execution", "position"), submission_id="submission.id",
    )  # fmt: skip
    _table(
        "report", _number(), _number("submission_id"), _number("version_id"), _text("status"), _share("score"), _share("max_score"),
        _share("pending"), _text("record"), _moment("made"), unique=("submission_id", "version_id"),
        submission_id="submission.id", version_id="exercise_version.id",
    )  # fmt: skip
    _table(
        "check_result", _number("report_id"), _number("position"), _text("name"), _text("title"), _text("outcome"), _share("points"),
        _share("max_points"), _share("pending"), key=("report_id", "position"), report_id="report.id",
    )  # fmt: skip
    _table(
        "finding", _number("report_id"), _number("position"), _text("rule"), _text("task"), _text("message"), _truth("remark"),
        key=("report_id", "position"), report_id="report.id",
    )  # fmt: skip
    _table(
        "score", _number("submission_id"), _number("report_id"), key=("submission_id",),
        submission_id="submission.id", report_id="report.id",
    )  # fmt: skip
    op.create_index("ix_score_report_id", "score", ["report_id"])
    _table(
        "override", _number("student_id"), _number("exercise_id"), _share("score", nullable=True), _text("comment"), _truth("excused"),
        sa.Column("seen_report", sa.Integer(), nullable=True), _text("who"), _moment("at"), key=("student_id", "exercise_id"),
        student_id="student.id", exercise_id="exercise.id", seen_report="report.id",
    )  # fmt: skip
    _table(
        "extension", _number("student_id"), _number("exercise_id"), _moment("until", nullable=True), _text("why"), _text("who"),
        _moment("at"), key=("student_id", "exercise_id"), student_id="student.id", exercise_id="exercise.id",
    )  # fmt: skip
    _table(
        "audit", _number(), _moment("at"), _text("who"), _text("what"), _text("student"), _text("exercise"), _json("before"),
        _json("after"), _text("why"),
    )  # fmt: skip
    op.create_index("ix_audit_student", "audit", ["student"])
