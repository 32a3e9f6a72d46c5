"""The nouns of the field as tables.  A change here needs a migration: a test compares both."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, ForeignKey, LargeBinary, MetaData, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

__all__ = [
    "Audit", "Base", "CheckRow", "Course", "Evidence", "Exercise", "ExerciseVersion", "Extension", "File", "FindingRow", "Instant",
    "Override", "Report", "Score", "SetAside", "Student", "Submission", "Words",
]  # fmt: skip


class Instant(TypeDecorator[datetime]):
    """A moment with its zone, kept in UTC (SQLite knows no zones)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """A moment on its way in; one without a zone is a mistake of ours."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - the base's signature
        """A moment on its way out, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Words(TypeDecorator[str]):
    """Text of a stranger: what a database can't hold (NUL, lone surrogates) is replaced."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - the base's signature
        """Text on its way in."""
        return None if value is None else value.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


class Base(DeclarativeBase):
    """What all tables share: names of constraints that are the same on every database."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {str: Words, datetime: Instant, bytes: LargeBinary, dict[str, Any]: JSON}


class Course(Base):
    """The one course of this book.  secret: 32 bytes that the judge's numbers are drawn with."""

    __tablename__ = "course"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    secret: Mapped[bytes]
    made: Mapped[datetime]


class Student(Base):
    """One student.  key: the course's own.  ids: what other systems call them.

    standing: `enrolled` (a roster says so), `seen` (handed something in), `left` (a later roster lacks them).
    """

    __tablename__ = "student"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(default="")
    sortable: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    section: Mapped[str] = mapped_column(default="")
    ids: Mapped[dict[str, Any]] = mapped_column(default=dict)
    standing: Mapped[str] = mapped_column(default="seen")


class Exercise(Base):
    """One exercise and its late rule.  grace in seconds; per_day and most are shares of max_score."""

    __tablename__ = "exercise"
    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    max_score: Mapped[float]
    due: Mapped[datetime | None]
    grace: Mapped[float] = mapped_column(default=0.0)
    per_day: Mapped[float] = mapped_column(default=0.0)
    most: Mapped[float] = mapped_column(default=1.0)


class ExerciseVersion(Base):
    """An exercise as it was declared, under the code of its time.  declared: canonical JSON."""

    __tablename__ = "exercise_version"
    __table_args__ = (UniqueConstraint("exercise_id", "execution", "judging"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    exercise_id: Mapped[int] = mapped_column(ForeignKey("exercise.id"))
    execution: Mapped[str] = mapped_column(String(64))
    judging: Mapped[str] = mapped_column(String(64))
    declared: Mapped[str]
    made: Mapped[datetime]


class File(Base):
    """Bytes as they were handed in, once.  data: zlib."""

    __tablename__ = "file"
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    data: Mapped[bytes]


class Submission(Base):
    """One file of one student for one exercise.  attempt: from 1, as they came.  received: when it last came in.

    late: the platform's own mark.  source: where it lay.  note: one sentence for a person, '' where there is none.
    """

    __tablename__ = "submission"
    __table_args__ = (UniqueConstraint("student_id", "exercise_id", "attempt"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id"))
    exercise_id: Mapped[int] = mapped_column(ForeignKey("exercise.id"), index=True)
    attempt: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64), ForeignKey("file.sha256"))
    name: Mapped[str]
    source: Mapped[str] = mapped_column(default="")
    late: Mapped[bool | None]
    handed_in: Mapped[datetime | None]
    received: Mapped[datetime]
    note: Mapped[str] = mapped_column(default="")


class SetAside(Base):
    """A file that came in and is not graded, and why.

    digest: of source, reason and student.  sha256: of its bytes, where they were read.  settled: a person has looked.
    """

    __tablename__ = "set_aside"
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    source: Mapped[str]
    reason: Mapped[str]
    detail: Mapped[str]
    student: Mapped[str] = mapped_column(default="")
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    sha256: Mapped[str | None] = mapped_column(String(64), ForeignKey("file.sha256"))
    received: Mapped[datetime]
    settled: Mapped[bool] = mapped_column(default=False)


class Evidence(Base):
    """One run of a submission, packed.  execution: the digest of what it depends on.  position: 0 as handed in, then the judge's."""

    __tablename__ = "evidence"
    __table_args__ = (UniqueConstraint("submission_id", "execution", "position"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"))
    execution: Mapped[str] = mapped_column(String(64))
    position: Mapped[int]
    damaged: Mapped[bool]
    packed: Mapped[bytes]


class Report(Base):
    """A judgement.  record: its JSON.  status: how the run ended."""

    __tablename__ = "report"
    __table_args__ = (UniqueConstraint("submission_id", "version_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("exercise_version.id"))
    status: Mapped[str]
    score: Mapped[float]
    max_score: Mapped[float]
    pending: Mapped[float]
    record: Mapped[str]
    made: Mapped[datetime]


class CheckRow(Base):
    """One check of a report, for questions about the class.  name: `task.check` where there are several tasks."""

    __tablename__ = "check_result"
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    title: Mapped[str]
    outcome: Mapped[str]
    points: Mapped[float]
    max_points: Mapped[float]
    pending: Mapped[float]


class FindingRow(Base):
    """One finding of a report, for questions about the class."""

    __tablename__ = "finding"
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    rule: Mapped[str]
    task: Mapped[str]
    message: Mapped[str]
    remark: Mapped[bool]


class Score(Base):
    """The automatic score of a submission: which of its reports holds now.  A person's score is an override, never this."""

    __tablename__ = "score"
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"), primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"), index=True)


class Override(Base):
    """What a person said of a student's exercise.  score: None where only a comment, an excuse or a look was given."""

    __tablename__ = "override"
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id"), primary_key=True)
    exercise_id: Mapped[int] = mapped_column(ForeignKey("exercise.id"), primary_key=True)
    score: Mapped[float | None]
    comment: Mapped[str] = mapped_column(default="")
    excused: Mapped[bool] = mapped_column(default=False)
    seen_report: Mapped[int | None] = mapped_column(ForeignKey("report.id"))
    who: Mapped[str]
    at: Mapped[datetime]


class Extension(Base):
    """More time for one student.  until: the new due moment, None where lateness is waived."""

    __tablename__ = "extension"
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id"), primary_key=True)
    exercise_id: Mapped[int] = mapped_column(ForeignKey("exercise.id"), primary_key=True)
    until: Mapped[datetime | None]
    why: Mapped[str] = mapped_column(default="")
    who: Mapped[str]
    at: Mapped[datetime]


class Audit(Base):
    """One change of one grade.  Student and exercise by name: a row outlives what it speaks of."""

    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    who: Mapped[str]
    what: Mapped[str]
    student: Mapped[str] = mapped_column(index=True)
    exercise: Mapped[str]
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    why: Mapped[str] = mapped_column(default="")
