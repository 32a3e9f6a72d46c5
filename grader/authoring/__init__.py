"""What authors do with an exercise: release what students receive, make a new one, validate the grader on it.

For: `stub_bytes`, `release`, `release_zip` and `leaks` (from a reference notebook to a stub with nothing that gives an answer away).
May import: `catalog`, `notebooks`, `grading` and what stands below.
Side of the trust line: trusted; it reads and writes the author's own files and meets no submission.
"""

from grader.authoring.release import leaks, release, release_zip, released, stub_bytes

__all__ = ["leaks", "release", "release_zip", "released", "stub_bytes"]
