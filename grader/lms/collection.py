"""What was handed in: the submissions to grade, and every other file with the reason why it is not one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, get_args

from grader.model.grade import Student

__all__ = ["LAYOUTS", "RULES", "Collection", "HandedIn", "Layout", "Limits", "Reason", "SetAside", "Source"]

Layout = Literal["folders", "canvas", "moodle", "gradescope", "nbgrader", "classroom", "dropbox"]
"""`folders`: `<student>/<anything>.ipynb`, and single files by their names.  `dropbox`: what `grader submit` makes."""
LAYOUTS: tuple[Layout, ...] = get_args(Layout)

Reason = Literal[
    "wrong-type", "by-product", "older-attempt", "same-bytes", "other-exercise", "several-files", "unreadable", "not-on-roster",
    "same-name", "no-student", "damaged", "encrypted", "method", "link", "outside", "too-large", "bomb", "too-many", "too-deep",
    "entry-twice",
]  # fmt: skip
"""Why a file is not graded; `RULES` states the rule behind each."""

RULES: Mapping[Reason, str] = {
    "wrong-type": "notebooks (.ipynb) and percent scripts (.py) are graded, and zips of them one level deep",
    "by-product": "what systems and editors leave behind is no submission",
    "older-attempt": "of several attempts the newest counts",
    "same-bytes": "of files with the same content one is graded",
    "other-exercise": "where one of a student's files is for the exercise asked for, the others are not graded for it",
    "several-files": "of a student's files, the one that matches the exercise by content counts, else by name",
    "unreadable": "a file that can't be read as a notebook gives way to one of the same student that can",
    "not-on-roster": "with a roster, only its students are graded",
    "same-name": "a name alone joins nobody where two students have it",
    "no-student": "a file is graded only where it can be told whose it is",
    "damaged": "what can't be unpacked or read is kept where it is",
    "encrypted": "what needs a password is not read",
    "method": "zips are read where they are stored or deflated, as platforms make them",
    "link": "links, pipes and devices are not followed",
    "outside": "a name that leads outside its archive is not read",
    "too-large": "a file beyond the limit of size is not read further",
    "bomb": "what unpacks to far more than it takes in the archive is not read further",
    "too-many": "beyond the limit of files or bytes in all, the rest is not read",
    "too-deep": "a zip inside a student's zip is not opened",
    "entry-twice": "of entries with one name in an archive the last counts, as when it is unpacked",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much is read, in bytes and files; measured while reading.

    file: of one file, unpacked.  student: of one student's files together.  total: of everything in one call.
    members: files and folders in one source.  student_members: files of one student.
    ratio: unpacked to packed bytes, for files beyond `small` bytes.  directory: bytes of a zip's table of contents.
    """

    file: int = 128 * 2**20
    student: int = 256 * 2**20
    total: int = 8 * 2**30
    members: int = 200_000
    student_members: int = 500
    ratio: int = 200
    small: int = 2**20
    directory: int = 32 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One path that was given, what it was taken for, and why."""

    path: str
    layout: Layout
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedIn:
    """One submission to be graded.  Names are a stranger's text; they are kept apart from every path.

    student: the course's key (`Student.id`).  name: as it is shown.  system and lms_id: who that is where it came from.
    attempt: from 1, oldest first, among what was handed in here.  late: the platform's mark, None where it gives none.
    handed_in: when, with a zone; None where nothing trustworthy says so.  file: the student's own name of the file.
    source: where it lay, from the path given down to the name in its archive.  exercise: the slug that it is for, '' unknown.
    note: one sentence for a person where something was decided or doubtful, else ''.
    """

    student: str
    name: str
    file: str
    data: bytes = field(repr=False)
    source: str
    system: str = ""
    lms_id: str = ""
    email: str = ""
    attempt: int = 1
    late: bool | None = None
    handed_in: datetime | None = None
    exercise: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """A file that is not graded: where it lies, whose it is ('' unknown), and why.  data: its bytes where they were read."""

    source: str
    reason: Reason
    detail: str
    student: str = ""
    name: str = ""
    size: int = 0
    data: bytes | None = field(default=None, repr=False)

    @property
    def rule(self) -> str:
        """The rule that decided."""
        return RULES[self.reason]


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """All that was found: in order of student, exercise and attempt; every file is in `handed_in` or in `aside`.

    students: everybody: the roster's, or, without one, whoever handed something in.  missing: those of whom there is nothing to
    grade: nothing was handed in, or all of it was set aside.  notes: one sentence for each thing that a person should know.
    """

    sources: tuple[Source, ...] = ()
    handed_in: tuple[HandedIn, ...] = ()
    aside: tuple[SetAside, ...] = ()
    students: tuple[Student, ...] = ()
    missing: tuple[Student, ...] = ()
    notes: tuple[str, ...] = ()
