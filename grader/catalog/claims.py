"""What students may hold of a declaration: the claims that their own check tests, and how much is left for after handing in.

Visible claims are the parts of a declaration that a visible check is judged by.  Hidden checks and the judge's variants are counted,
and nothing else is said of them; there is no solution to leave out, since a declaration holds none.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from grader.catalog.course import Entry
from grader.catalog.declaration import PARTS, validate_declaration
from grader.catalog.records import plain, record
from grader.model.errors import AuthorError
from grader.model.exercise import Check, Exercise, FirstEpoch, OwnModule, Task, Verdicts
from grader.notebooks import Scaffold, ScaffoldCell

__all__ = ["BUNDLE", "Claims", "Later", "claims_of", "content_digest", "decode_claims", "encode_claims", "tables_of", "visible"]

BUNDLE = "grader.json"
"""The name of the file beside a stub that holds its claims."""
FORMAT = 1
MAX_BYTES = 4 * 2**20
_DEFAULTS: Mapping[str, Any] = {"recorded": (), "answers": ()}
"""What a part of a Task is where it is left out; None for all others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """Checks of one task that are judged after handing in alone.

    why: `again` (the notebook runs again on data, a seed or a start that the judge draws), `hidden` (not shown before the deadline),
    `left` (they rest on code of the author's own).  titles: of those that students may know of.
    """

    why: Literal["again", "hidden", "left"]
    task: str
    count: int
    points: float
    titles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """One exercise as students may hold it.

    exercise: its visible part.  cells: the scaffold's.  files: name of each data file -> its content_digest, as it was handed out.
    """

    exercise: Exercise
    cells: tuple[ScaffoldCell, ...]
    files: Mapping[str, str] = field(default_factory=dict)
    later: tuple[Later, ...] = ()

    @property
    def scaffold(self) -> Scaffold:
        """The exercise's cells, to align a notebook with."""
        return Scaffold(cells=self.cells)


def claims_of(entry: Entry) -> Claims:
    """What students may hold of an exercise."""
    exercise, later = visible(entry.exercise)
    data = _data(entry)
    named = (*exercise.files, *(name for name in tables_of(exercise) if name not in exercise.files))
    digests = {name: content_digest(data[name]) for name in named}
    return Claims(exercise=exercise, cells=entry.scaffold.cells, files=digests, later=later)


def content_digest(data: bytes) -> str:
    """SHA-256 in hex of a data file; line ends do not count, since copying may change them."""
    return hashlib.sha256(data.replace(b"\r\n", b"\n")).hexdigest()


def tables_of(exercise: Exercise) -> tuple[str, ...]:
    """Names of the tables that the exercise's trainings and surfaces rest on, in order."""
    trainings = (*exercise.given, *(task.training for task in exercise.tasks))
    found = [t.data for t in trainings if t is not None] + [task.surface.data for task in exercise.tasks if task.surface is not None]
    flat = [getattr(data, "of", data) for data in found]
    return tuple(dict.fromkeys(data.file for data in flat if hasattr(data, "file")))


def _data(entry: Entry) -> Mapping[str, bytes]:
    served = {name: entry.served[url] for url, name in entry.exercise.served.items() if url in entry.served}
    return {**served, **entry.files}


# ---- what is visible --------------------------------------------------------------------------------------------------------


def visible(exercise: Exercise) -> tuple[Exercise, tuple[Later, ...]]:
    """The part of a declaration that visible checks are judged by on the student's own run, and what is left out of it."""
    parted = [_parted(task) for task in exercise.tasks]
    kept = [task for task, _ in parted if task is not None]
    later = [one for _, all_of in parted for one in all_of]
    gone = {task.id for task in exercise.tasks} - {task.id for task in kept}
    for task in list(kept):
        if gone and _leans_on(task, gone):
            kept.remove(task)
            later.append(_later("left", task.id, list(task.checks)))
    given = tuple(t for t in exercise.given if not isinstance(t.model, OwnModule))
    return replace(exercise, tasks=tuple(kept), variants=(), given=given), tuple(later)


def _leans_on(task: Task, gone: set[str]) -> bool:
    """Whether a task that trains nothing speaks of runs that others, now left out, were to find."""
    if task.training is not None or task.surface is not None:
        return False
    named = {one for answer in task.answers for one in _tasks_of(answer)}
    return task.figure is not None or bool(named & gone)


def _tasks_of(answer: Verdicts | FirstEpoch) -> tuple[str, ...]:
    return tuple(answer.tasks.values()) if isinstance(answer, Verdicts) else (answer.task,)


def _parted(task: Task) -> tuple[Task | None, list[Later]]:
    """The task with its visible checks and the parts that these are judged by (None where nothing is left), and the rest."""
    hidden = [c for c in task.checks if not c.visible]
    again = [c for c in task.checks if c.visible and c.id == "generalises"]
    own = task.training is not None and isinstance(task.training.model, OwnModule)
    shown = [c for c in task.checks if c.visible and c.id != "generalises"]
    left, checks = (shown, []) if own else ([], shown)
    later = [_later("again", task.id, again), _later("hidden", task.id, hidden), _later("left", task.id, left)]
    if not checks:
        return None, [one for one in later if one.count]
    ids = {c.id for c in checks}
    parts: dict[str, Any] = {part: _DEFAULTS.get(part) for check, part in PARTS.items() if check not in ids}
    return replace(task, checks=tuple(checks), **parts), [one for one in later if one.count]


def _later(why: Literal["again", "hidden", "left"], task: str, checks: list[Check]) -> Later:
    titles = () if why == "hidden" else tuple(c.title for c in checks if c.title)
    return Later(why=why, task=task, count=len(checks), points=round(sum(c.points for c in checks), 2), titles=titles)


# ---- as a file --------------------------------------------------------------------------------------------------------------


def encode_claims(claims: Claims) -> bytes:
    """The claims as the bytes of a JSON file, the same bytes each time.  Raises AuthorError for what can't be written down."""
    tree = {"format": FORMAT, "claims": plain(claims, claims.exercise.slug)}
    return (json.dumps(tree, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def decode_claims(data: bytes, where: str) -> Claims:
    """The claims in a file's bytes; `where` names it.  Raises AuthorError for anything but what `encode_claims` writes."""
    remedy = "take a fresh copy of the file"
    if len(data) > MAX_BYTES:
        raise AuthorError(f"the file has {len(data)} bytes, more than {MAX_BYTES}", where=where, remedy=remedy)
    try:
        tree = json.loads(data)
    except (ValueError, RecursionError):
        raise AuthorError("not the file that came with the exercise: it is no JSON", where=where, remedy=remedy) from None
    if not isinstance(tree, dict) or tree.get("format") != FORMAT:
        written = tree.get("format") if isinstance(tree, dict) else None
        newer = isinstance(written, int) and written > FORMAT
        mend = "update this grader" if newer else remedy
        raise AuthorError("written for a newer grader" if newer else "not the file that came with the exercise", where=where, remedy=mend)
    claims = record(tree.get("claims"), Claims, where)
    validate_declaration(claims.exercise, where=where, whole=False)
    if foreign := sorted(claims.files.keys() - {*claims.exercise.files, *claims.exercise.served.values()}):
        raise AuthorError(f"{foreign[0]!r:.60} is no data file of the exercise", where=where, remedy=remedy)
    return claims
