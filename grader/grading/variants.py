"""A variant made concrete: which notebook, seed and files the judge's run has, and what the exercise asks in that run."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from grader.grading.draws import Draw
from grader.model.errors import AuthorError, EvidenceError
from grader.model.exercise import Data, Exercise, Line, OtherLine, OtherSeed, OtherTable, Split, Table, Task, Training, Variant
from grader.model.run import Drawn, Job
from grader.notebooks import replace_source

__all__ = ["JudgesRun", "prepare", "seen"]


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgesRun:
    """A second run, ready to execute: its job, the exercise as it is in this run, its data files (name -> bytes), what was drawn."""

    variant: Variant
    job: Job
    exercise: Exercise
    files: Mapping[str, bytes]
    drawn: Drawn


def prepare(variant: Variant, exercise: Exercise, first: Job, files: Mapping[str, bytes], draw: Draw) -> JudgesRun | None:
    """The judge's run after the first one, or None where this variant can't be applied to this submission.

    files: every data file of the exercise by name, laid or served.  Raises AuthorError where declaration and files disagree.
    """
    first = replace(first, chance=draw.integer("chance", 2**31))  # what the notebook draws unseeded is not the first run's again
    match variant:
        case OtherSeed():
            seed = draw.integer("seed", 2**31)
            drawn = Drawn(kind="OtherSeed", seed=seed)
            return JudgesRun(variant=variant, job=replace(first, seed=seed), exercise=exercise, files=files, drawn=drawn)
        case OtherLine():
            return _other_line(variant, exercise, first, files, draw)
        case OtherTable():
            return _other_table(variant, exercise, first, files, draw)


def seen(drawn: Drawn, exercise: Exercise, files: Mapping[str, bytes]) -> tuple[Variant, Exercise, Mapping[str, bytes]]:
    """What `prepare` made of a draw, once more: the variant, the exercise and the data files as they were in that run.

    Raises EvidenceError where the exercise knows no such variant (any more).
    """
    variant = next((one for one in exercise.variants if type(one).__name__ == drawn.kind), None)
    if variant is None:
        raise EvidenceError(f"a run with {drawn.kind or 'no variant'}, which the exercise does not know", where=exercise.slug)
    if drawn.slope is not None and drawn.intercept is not None:
        exercise = _on_line(exercise, drawn.slope, drawn.intercept)
    return variant, exercise, {**files, **drawn.files}


# ---- another line ----------------------------------------------------------------------------------------------------


def _other_line(variant: OtherLine, exercise: Exercise, first: Job, files: Mapping[str, bytes], draw: Draw) -> JudgesRun | None:
    lines = [line for line in map(_line, _data(exercise)) if line is not None]
    if not lines:
        raise AuthorError("OtherLine, but no training has a Line as data", where=exercise.slug, remedy="declare another variant")
    slope = draw.number_away("slope", *variant.slope, avoid=lines[0].slope)
    intercept = draw.number_away("intercept", *variant.intercept, avoid=lines[0].intercept)
    seed = draw.integer("seed", 2**31)
    try:
        source = variant.template.format(slope=slope, intercept=intercept, seed=seed)
    except (KeyError, IndexError, ValueError) as error:
        remedy = "only {slope}, {intercept} and {seed} are known; write {{ and }} for braces"
        raise AuthorError(f"the template of OtherLine can't be filled: {error}", where=exercise.slug, remedy=remedy) from error
    notebook = replace_source(first.notebook, variant.grade_id, source)
    if notebook is None:
        return None
    moved = _on_line(exercise, slope, intercept)
    drawn = Drawn(kind="OtherLine", seed=seed, slope=slope, intercept=intercept)
    return JudgesRun(variant=variant, job=replace(first, notebook=notebook), exercise=moved, files=files, drawn=drawn)


def _data(exercise: Exercise) -> tuple[Data, ...]:
    trainings = (*(task.training for task in exercise.tasks), *exercise.given)
    return (*(t.data for t in trainings if t is not None), *(task.surface.data for task in exercise.tasks if task.surface is not None))


def _line(data: Data) -> Line | None:
    inner = data.of if isinstance(data, Split) else data
    return inner if isinstance(inner, Line) else None


def _on_line(exercise: Exercise, slope: float, intercept: float) -> Exercise:
    def data(of: Data) -> Data:
        if isinstance(of, Split):
            return replace(of, of=replace(of.of, slope=slope, intercept=intercept)) if isinstance(of.of, Line) else of
        return replace(of, slope=slope, intercept=intercept) if isinstance(of, Line) else of

    def training(of: Training) -> Training:
        return replace(of, data=data(of.data))

    def task(of: Task) -> Task:
        surface = replace(of.surface, data=data(of.surface.data)) if of.surface is not None else None
        return replace(of, training=training(of.training) if of.training is not None else None, surface=surface)

    return replace(exercise, tasks=tuple(task(one) for one in exercise.tasks), given=tuple(training(one) for one in exercise.given))


# ---- another table ---------------------------------------------------------------------------------------------------


def _other_table(variant: OtherTable, exercise: Exercise, first: Job, files: Mapping[str, bytes], draw: Draw) -> JudgesRun:
    inner = [one.of if isinstance(one, Split) else one for one in _data(exercise)]
    table = next((one for one in inner if isinstance(one, Table)), None)
    if table is None or table.file not in files:
        raise AuthorError("OtherTable, but no training has a Table whose file is there", where=exercise.slug, remedy="declare its file")
    drawn = _redrawn(files[table.file], table, variant, draw, exercise.slug)
    urls = {url for url, name in exercise.served.items() if name == table.file}
    job = replace(
        first,
        files={name: drawn if name == table.file else data for name, data in first.files.items()},
        served={url: drawn if url in urls else data for url, data in first.served.items()},
    )
    told = Drawn(kind="OtherTable", files={table.file: drawn})
    return JudgesRun(variant=variant, job=job, exercise=exercise, files={**files, table.file: drawn}, drawn=told)


def _redrawn(original: bytes, table: Table, variant: OtherTable, draw: Draw, slug: str) -> bytes:
    """The CSV with feature and target along a line of the judge's, the other columns as they were, floats in full."""
    header, *rows = list(csv.reader(io.StringIO(original.decode("utf-8"), newline="")))
    if table.feature not in header or table.target not in header:
        raise AuthorError(f"{table.file} has no columns {table.feature} and {table.target}", where=slug, remedy="mend the Table")
    at_feature, at_target = header.index(table.feature), header.index(table.target)
    rows = [row for row in rows if row]
    features, targets = _points(len(rows), variant, draw)
    for row, feature, target in zip(rows, features, targets, strict=True):
        row[at_feature], row[at_target] = repr(float(feature)), repr(float(target))
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    return text.getvalue().encode("utf-8")


def _points(count: int, variant: OtherTable, draw: Draw) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], ...]:
    """Features and targets, each (count,) float64: target = slope * feature + intercept + noise."""
    slope, intercept = draw.number("slope", *variant.slope), draw.number("intercept", *variant.intercept)
    generator = draw.generator()
    features = generator.uniform(*variant.feature, size=count)
    return features, slope * features + intercept + variant.noise * generator.standard_normal(count)
