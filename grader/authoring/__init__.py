"""What authors do with an exercise: release what students receive, make a new one, validate the grader on it.

    beginning.py     a new exercise from starter/, ready to edit
    release.py       from a reference notebook to a stub with nothing that gives an answer away
    syntax/          a reference's own cells as syntax trees, and edits of them
    mutants/         every way that students go wrong, and the cause that must be named      (libcst)
    equivalents/     right work in other words, which must lose nothing                      (libcst)
    trying.py        one trial of the grader and what came of it      verdicts.py    what a report says against what it must say
    witness.py       an executor that seeds runs and keeps them       measuring.py   whether two runs left the same evidence
    validating.py    all cases of an exercise, tried side by side     sampling.py    which of them, where not all fit
    resuming.py      a validation written down case by case, and taken up again where it stopped
    straining.py     how near a run came to what is allowed           margins.py     the room between right work and mistakes
    matrix.py        results as a page, a record, a count             changed.py     which exercises a change touches

For: `stub_bytes`, `release`, `release_zip` and `leaks` here; the rest by module, so that only who validates loads libcst.
May import: `batch`, `grading`, `catalog`, `notebooks` and what stands below.
Side of the trust line: trusted; it reads and writes the author's own files and meets no submission.
"""

from grader.authoring.release import leaks, release, release_zip, released, stub_bytes

__all__ = ["leaks", "release", "release_zip", "released", "stub_bytes"]
