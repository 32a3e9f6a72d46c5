"""The exceptions of the trusted side.

GraderError               what is wrong, where, and how to mend it; the command line shows one line and leaves with 2
├── UsageError            a path that is not there, an option that does not fit
├── AuthorError           an exercise whose declaration or notebook is wrong
├── NotebookError         a submission that can't be read (the student's failure: becomes a report, exit 1)
├── EvidenceError         bytes from a student's kernel that the strict decoder refuses
├── GradebookError        a gradebook that is locked, read-only, full, damaged, of a newer version or not there
└── ExecutionError        the machine could not run a kernel (the grader's own fault: becomes `fault`, exit 3)
"""

from __future__ import annotations

__all__ = ["AuthorError", "EvidenceError", "ExecutionError", "GradebookError", "GraderError", "NotebookError", "UsageError"]


class GraderError(Exception):
    """What is wrong, where it is, and how to mend it.

    >>> str(GraderError("no such notebook", where="a.ipynb", remedy="give the path of a file"))
    'a.ipynb: no such notebook (give the path of a file)'
    """

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        self.what, self.where, self.remedy = what, where, remedy
        super().__init__(what)

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        mend = f" ({self.remedy})" if self.remedy else ""
        return f"{place}{self.what}{mend}"


class UsageError(GraderError):
    """The command was given something that it can't use."""


class AuthorError(GraderError):
    """An exercise's declaration, notebook or folder is wrong."""


class NotebookError(GraderError):
    """A submission that can't be read as a notebook."""


class EvidenceError(GraderError):
    """Bytes that the strict decoder refuses."""


class GradebookError(GraderError):
    """The gradebook can't be opened, read or written; what was stored before is as it was."""


class ExecutionError(GraderError):
    """The machine could not run a kernel: the grader's fault, never the student's."""
