"""Reports to hand back: a folder for each student, and zips whose files are called as Canvas and Moodle called theirs."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence

from grader.lms.collection import Limits
from grader.lms.incoming.archives import archive_listing
from grader.lms.incoming.canvas import canvas_parts
from grader.lms.incoming.members import RefusedError
from grader.lms.incoming.moodle import moodle_parts
from grader.lms.outgoing.export import Export, withheld
from grader.lms.outgoing.rows import Known, matched, unmatched
from grader.model.errors import UsageError
from grader.model.filenames import safe_names
from grader.model.grade import Grade

__all__ = ["feedback_zip", "folders"]

_STAMP = (1980, 1, 1, 0, 0, 0)

Files = Mapping[int, Mapping[str, bytes]]
"""Position of a grade -> the files that its student gets, by name (plain names of ours: `report.txt`)."""


def folders(grades: Sequence[Grade], files: Files) -> dict[str, bytes]:
    """`<student>/<exercise>/<file>` for each file.

    Different students never share a folder, on any file system, and no name leads anywhere else.
    """
    students = safe_names(grade.student.id for grade in grades)
    exercises = safe_names(grade.exercise for grade in grades)
    return {
        f"{students[grade.student.id]}/{exercises[grade.exercise]}/{name}": data
        for at, grade in enumerate(grades)
        for name, data in sorted(files.get(at, {}).items())
    }


def feedback_zip(download: bytes, grades: Sequence[Grade], files: Files, *, name: str = "the download") -> Export:
    """A zip to upload as feedback: its files are called as in `download`, the platform's zip of the submissions.

    Canvas gives a file back to the submission whose user and attachment stand in its name; Moodle to the participant in its
    folder's.  Raises UsageError for a zip that is neither's.
    """
    try:
        listing, archive = archive_listing(io.BytesIO(download), Limits())
    except RefusedError as error:
        raise UsageError(error.detail, where=name, remedy="give the zip of submissions as the platform made it") from None
    archive.close()
    paths = [member.path for member in listing.members]
    prefixes = _canvas(paths)
    system = "canvas"
    if not prefixes:
        prefixes, system = _moodle(paths), "moodle"
    if not prefixes:
        raise UsageError("neither Canvas's nor Moodle's zip of submissions", where=name, remedy="download the submissions as a zip")
    numbers = list(prefixes)
    who = matched([Known(ids=((system, number),)) for number in numbers], grades)
    places = {id(grade): at for at, grade in enumerate(grades)}
    made = io.BytesIO()
    written = 0
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as zipped:
        for number, grade in zip(numbers, who, strict=True):
            own = files.get(places[id(grade)], {}) if grade is not None and grade.status != "waiting" else {}
            for file, data in sorted(own.items()):
                zipped.writestr(zipfile.ZipInfo(f"{prefixes[number]}{file}", _STAMP), data, compress_type=zipfile.ZIP_DEFLATED)
            written += bool(own)
    return Export(data=made.getvalue(), written=written, notes=(*withheld(grades), *unmatched(who, grades)))


def _canvas(paths: Sequence[str]) -> dict[str, str]:
    """User -> what the names of feedback files begin with: those of the newest attachment."""
    found: dict[str, tuple[int, str]] = {}
    for path in paths:
        parts = canvas_parts(path) if "/" not in path else None
        if parts is not None:
            user, prefix = parts
            attachment = int(prefix.rstrip("_").rpartition("_")[2])
            found[user] = max(found.get(user, (0, "")), (attachment, prefix))
    return {user: prefix for user, (_, prefix) in found.items()}


def _moodle(paths: Sequence[str]) -> dict[str, str]:
    """Participant -> the folder that feedback files go to, below the one that may hold everything."""
    found: dict[str, str] = {}
    for path in paths:
        parts = moodle_parts(path) or (moodle_parts(path.partition("/")[2]) if "/" in path else None)
        if parts is not None:
            number, prefix = parts
            found.setdefault(number, f"{prefix}_assignsubmission_file/")
    return found
