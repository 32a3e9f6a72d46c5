"""The folder of reports: one JSON record for each submission, and one sheet for the class."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from grader import reports
from grader.model.errors import UsageError
from grader.model.filenames import safe_name, safe_names
from grader.model.report import Report

__all__ = ["Shelf"]


class Shelf:
    """Reports on disk.  Every file is written whole or not at all, so that a batch can be stopped at any moment."""

    SHEET = "grades.csv"

    def __init__(self, folder: Path, students: Iterable[str] = ()) -> None:
        """Make the folder.  students: who is in the class, so that names that differ only in case get files that differ in more.

        Raises UsageError where it can't be made.
        """
        self.folder, self._names = folder, safe_names(students)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"no folder for reports: {error.strerror}", where=str(folder), remedy="name another one") from error

    def place(self, student: str, exercise: str) -> Path:
        """Where the report on this student's submission lies.  Different names never share a file."""
        return self.folder / f"{self._names.get(student) or safe_name(student)}.{safe_name(exercise)}.json"

    def keep(self, report: Report) -> Path:
        """Write the report; returns where."""
        return self._write(self.place(report.student or "", report.exercise), reports.to_json(report))

    def sheet(self, of: Sequence[Report]) -> Path:
        """Write the class as one CSV; returns where."""
        return self._write(self.folder / self.SHEET, reports.csv(of))

    def _write(self, path: Path, text: str) -> Path:
        data = text.encode("utf-8")
        half = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            if path.is_file() and path.read_bytes() == data:
                return path
            half.write_bytes(data)
            half.replace(path)
        except OSError as error:
            with suppress(OSError):
                half.unlink()
            remedy = "make room, or name another folder"
            raise UsageError(f"a report can't be written: {error.strerror}", where=str(path), remedy=remedy) from error
        return path
