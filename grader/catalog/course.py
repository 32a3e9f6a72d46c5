"""A course on disk: where it is, which exercises it holds, and one exercise with all that belongs to it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from grader.catalog.author import load_exercise
from grader.catalog.declaration import SLUG, validate_declaration
from grader.catalog.specimens import Specimen, load_specimens
from grader.model.errors import AuthorError, UsageError
from grader.model.exercise import Exercise, OtherLine
from grader.notebooks import Scaffold, scaffold

__all__ = ["VARIABLE", "Course", "Entry", "find_course"]

VARIABLE = "GRADER_COURSE"
"""The environment variable that names a course."""
_REMEDY = f"give --course, set {VARIABLE}, or work inside a course: a folder with exercises/ and reference/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One exercise with all that belongs to it.

    reference and stub: paths of the two notebooks (the stub need not exist yet).  files: data files laid into the kernel's
    working folder, by name.  served: what is answered without network, by URL.
    """

    slug: str
    exercise: Exercise
    reference: Path
    stub: Path
    scaffold: Scaffold
    files: Mapping[str, bytes]
    served: Mapping[str, bytes]
    specimens: tuple[Specimen, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A folder with exercises/ (what students get) and reference/ (what they don't)."""

    root: Path

    def exercises(self) -> tuple[str, ...]:
        """The slugs of the exercises that have a declaration, in alphabetical order."""
        folders = (path.parent.name for path in (self.root / "reference").glob("*/exercise.py"))
        return tuple(sorted(name for name in folders if SLUG.fullmatch(name)))

    @property
    def slugs(self) -> tuple[str, ...]:
        """What `exercises` gives."""
        return self.exercises()

    def load(self, slug: str) -> Entry:
        """Load one exercise: its declaration (validated), scaffold, data and specimens.

        Raises UsageError where the course has no such exercise, AuthorError where something about it is wrong.
        """
        known = self.exercises()
        if slug not in known:
            raise UsageError(f"no exercise is called {slug!r}", where=str(self.root), remedy=_meant(slug, known))
        folder = self.root / "reference" / slug
        declaration = folder / "exercise.py"
        exercise = load_exercise(declaration)
        validate_declaration(exercise, where=str(declaration))
        if exercise.slug != slug:
            raise AuthorError(f"its slug is {exercise.slug!r}, its folder {slug!r}", where=str(declaration), remedy="let them agree")
        reference = folder / f"{slug}.ipynb"
        asked = scaffold(_bytes_of(reference), str(reference))
        _replaceable(exercise, asked, str(declaration))
        return Entry(
            slug=slug,
            exercise=exercise,
            reference=reference,
            stub=self.root / "exercises" / slug / f"{slug}.ipynb",
            scaffold=asked,
            files={name: _bytes_of(folder / "data" / name) for name in exercise.files},
            served={url: _bytes_of(folder / "data" / name) for url, name in exercise.served.items()},
            specimens=load_specimens(folder / "specimens", exercise),
        )


def find_course(start: Path | None = None) -> Course:
    """The course at `start`; without one, at $GRADER_COURSE; else the nearest folder above (or at) the working directory.

    Raises UsageError where that is no folder with exercises/ and reference/.
    """
    named = os.environ.get(VARIABLE, "")
    if start is not None or named:
        root = (start if start is not None else Path(named)).expanduser()
        if not _is_course(root):
            what = "no course: it has no exercises/ and reference/" if root.is_dir() else "no such folder"
            raise UsageError(what, where=str(root) if start is not None else f"{VARIABLE}={root}", remedy=_REMEDY)
        return Course(root=root.resolve())
    here = Path.cwd()
    for folder in (here, *here.parents):
        if _is_course(folder):
            return Course(root=folder)
    raise UsageError("no course here or above", where=str(here), remedy=_REMEDY)


def _is_course(folder: Path) -> bool:
    return (folder / "exercises").is_dir() and (folder / "reference").is_dir()


def _meant(slug: str, known: tuple[str, ...]) -> str:
    """What the user may have meant by an unknown slug."""
    near = get_close_matches(slug, known, n=1)
    if near:
        return f"did you mean {near[0]}?"
    return f"there are {', '.join(known)}" if known else "its reference/ holds no exercise.py"


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise AuthorError(f"can't be read: {error.strerror}", where=str(path), remedy="the declaration needs this file") from None


def _replaceable(exercise: Exercise, asked: Scaffold, where: str) -> None:
    """Raise AuthorError where a variant replaces a cell that the reference does not give."""
    for variant in exercise.variants:
        if not isinstance(variant, OtherLine):
            continue
        cell = asked.find(variant.grade_id)
        if cell is None or cell.owner != "given" or cell.kind != "code":
            what = f"OtherLine replaces {variant.grade_id!r}, which is no given code cell of the reference"
            raise AuthorError(what, where=where, remedy="name a locked cell's grade id")
