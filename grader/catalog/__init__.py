"""Exercises on disk: where a course is, what it holds, and whether an author's declaration makes sense.

For: `find_course` (a folder with exercises/ and reference/), `Course.load` (declaration, scaffold, data, specimens of one
exercise), `validate_declaration`, and the two digests that say whether evidence or grades are out of date.
May import: `model`, `notebooks` and what stands below; no torch, nothing that executes a notebook.
Side of the trust line: trusted.  `reference/<slug>/exercise.py` is the author's own code and is imported; nothing of a
student's is ever read here.  What is wrong with a course is one `AuthorError`, a wrong path one `UsageError`.
"""

from grader.catalog.course import Course, Entry, find_course
from grader.catalog.declaration import validate_declaration
from grader.catalog.digest import code_digest, declared, execution_digest, judging_digest
from grader.catalog.specimens import Specimen

__all__ = [
    "Course", "Entry", "Specimen", "code_digest", "declared", "execution_digest", "find_course", "judging_digest", "validate_declaration",
]
