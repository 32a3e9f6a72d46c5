"""The folder of reports: one JSON record for each submission, and one sheet for the class."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from pathlib import Path

from grader import reports
from grader.model.errors import UsageError
from grader.model.report import Report

__all__ = ["Shelf"]


class Shelf:
    """Reports on disk.  Every file is written whole or not at all, so that a batch can be stopped at any moment."""

    SHEET = "grades.csv"

    def __init__(self, folder: Path) -> None:
        """Make the folder.  Raises UsageError where it can't be made."""
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"no folder for reports: {error.strerror}", where=str(folder), remedy="name another one") from error

    def place(self, student: str, exercise: str) -> Path:
        """Where the report on this student's submission lies.  Different names never share a file."""
        return self.folder / f"{_file_name(student)}.{_file_name(exercise)}.json"

    def keep(self, report: Report) -> Path:
        """Write the report; returns where."""
        return self._write(self.place(report.student or "", report.exercise), reports.to_json(report))

    def sheet(self, of: Sequence[Report]) -> Path:
        """Write the class as one CSV; returns where."""
        return self._write(self.folder / self.SHEET, reports.csv(of))

    def _write(self, path: Path, text: str) -> Path:
        half = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            half.write_text(text, encoding="utf-8", newline="")
            half.replace(path)
        except OSError as error:
            half.unlink(missing_ok=True)
            remedy = "make room, or name another folder"
            raise UsageError(f"a report can't be written: {error.strerror}", where=str(path), remedy=remedy) from error
        return path


def _file_name(of: str) -> str:
    """`of` where that is a safe name for a file, else the safe part of it and enough of its digest to tell it from others."""
    safe = re.sub(r"[^A-Za-z0-9_-]+", "-", of).strip("-")[:60]
    return safe if safe == of and safe else f"{safe}-{hashlib.sha256(of.encode('utf-8', 'surrogatepass')).hexdigest()[:10]}".lstrip("-")
