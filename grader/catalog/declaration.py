"""Does an author's declaration make sense?  Every rule raises one `AuthorError` with a precise sentence."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping

from grader.judging.adding import titles
from grader.model.checks import OUTCOME_CHECKS
from grader.model.errors import AuthorError
from grader.model.exercise import (
    MLP,
    Adam,
    Affine,
    AnyStart,
    At,
    Check,
    Data,
    Exercise,
    Limits,
    OtherLine,
    OtherTable,
    Recorded,
    Split,
    Table,
    Task,
    Training,
    Variant,
)

__all__ = ["MAX_OUTCOME_POINTS", "MAX_POINTS", "PARTS", "SLUG", "validate_declaration"]

MAX_POINTS = 10.0
"""What the checks of one exercise sum to."""
MAX_OUTCOME_POINTS = 3.0
"""What `trajectory`, `learned`, `parity` and `generalises` may carry together."""
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
"""An exercise's or task's name."""
_TASK = re.compile(r"[a-z0-9]+([.-][a-z0-9]+)*")
_ENTRY = re.compile(r"[^\W\d]\w*(\[[^\[\]]+\])?")
"""A name, or one entry of a dict of that name."""
_FILE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_. -]*")

PARTS: Mapping[str, str] = {
    "recorded": "recorded", "plotted": "figure", "shape": "predictions", "fitted": "fit", "parity": "parity",
    "surface": "surface", "answered": "answers",
}
"""The part of a Task that a check is judged by."""


def validate_declaration(exercise: Exercise, *, where: str, whole: bool = True) -> None:
    """Raise AuthorError for the first thing about a declaration that can't be meant; `where` names its file.

    whole: it holds every check, so that the points must sum to ten.
    """
    _require(isinstance(exercise, Exercise), "EXERCISE is no Exercise", where)
    _require(bool(SLUG.fullmatch(exercise.slug)), f"the slug {exercise.slug!r} is not of small letters, digits and hyphens", where)
    _require(bool(exercise.title.strip()), "the exercise has no title", where)
    _require(bool(exercise.tasks), "the exercise has no tasks", where)
    for task_id, count in Counter(task.id for task in exercise.tasks).items():
        _require(bool(_TASK.fullmatch(task_id)), f"the task id {task_id!r} is not of small letters, digits, points and hyphens", where)
        _require(count == 1, f"the task id {task_id!r} is used {count} times", where)
    for task in exercise.tasks:
        _task(task, exercise, f"{where}, task {task.id}")
    for position, training in enumerate(exercise.given):
        _training(training, f"{where}, given[{position}]")
    for variant in exercise.variants:
        _variant(variant, exercise, f"{where}, {type(variant).__name__}")
    if whole:
        _points(exercise, where)
    _files(exercise, where)
    _limits(exercise.limits, f"{where}, limits")


def _require(holds: bool, what: str, where: str, remedy: str = "") -> None:
    if not holds:
        raise AuthorError(what, where=where, remedy=remedy)


def _positive(value: object, name: str, where: str, *, zero: bool = False) -> None:
    """A finite number above 0 (or 0 itself where `zero`)."""
    number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    holds = number and isinstance(value, int | float) and (value > 0 or (zero and value == 0))
    _require(holds, f"{name} is {value!r}, not a number {'of at least' if zero else 'above'} 0", where)


def _count(value: object, name: str, where: str) -> None:
    """A whole number of at least 1."""
    holds = isinstance(value, int) and not isinstance(value, bool) and value >= 1
    _require(holds, f"{name} is {value!r}, not a whole number of at least 1", where)


def _points(exercise: Exercise, where: str) -> None:
    checks = [check for task in exercise.tasks for check in task.checks]
    total = sum(check.points for check in checks)
    _require(round(total, 2) == MAX_POINTS, f"the points sum to {total:g}, not to {MAX_POINTS:g}", where, "change a check's points")
    outcome = [check for check in checks if check.id in OUTCOME_CHECKS and check.points]
    carried = sum(check.points for check in outcome)
    named = ", ".join(dict.fromkeys(check.id for check in outcome))
    what = f"checks of the outcome ({named}) carry {carried:g} points, more than {MAX_OUTCOME_POINTS:g}"
    _require(round(carried, 2) <= MAX_OUTCOME_POINTS, what, where, "give points to the laws of the training")


def _task(task: Task, exercise: Exercise, where: str) -> None:
    if task.training is not None:
        _training(task.training, where)
    _require(bool(task.checks), "the task has no checks", where)
    known = titles()
    for check_id, count in Counter(check.id for check in task.checks).items():
        _require(check_id in known, f"no check is called {check_id!r}", where, f"known are {', '.join(known)}")
        _require(count == 1, f"the check {check_id!r} is used {count} times", where)
    for check in task.checks:
        _check(check, task, exercise, where)
    for recorded in task.recorded:
        _recorded(recorded, where)
    if task.figure is not None:
        _require(bool(task.figure.curves), "the figure shows no curves", where)
    if task.predictions is not None:
        for size in task.predictions.shape:
            _count(size, "a size in the predictions' shape", where)
    if task.fit is not None:
        _positive(task.fit.tolerance, "the fit's tolerance", where)
    if task.parity is not None:
        _positive(task.parity.tolerance, "the parity's tolerance", where)


def _check(check: Check, task: Task, exercise: Exercise, where: str) -> None:
    _positive(check.points, f"points of {check.id}", where, zero=True)
    _require(round(check.points, 2) == check.points, f"points of {check.id} are {check.points!r}, finer than two decimals", where)
    alone = task.training is None and check.id not in ("plotted", "answered", "surface", "generalises", "fitted")
    _require(not alone, f"the check {check.id!r} needs Task.training, which is not given", where)
    part = PARTS.get(check.id)
    if part is not None:
        _require(bool(getattr(task, part)), f"the check {check.id!r} needs Task.{part}, which is not given", where)
    if check.id == "generalises":
        _require(bool(exercise.variants), "the check 'generalises' needs Exercise.variants, of which there are none", where)


def _training(training: Training, where: str) -> None:
    _positive(training.optimizer.lr, "the learning rate", where)
    _positive(training.optimizer.weight_decay, "the weight decay", where, zero=True)
    if isinstance(training.optimizer, Adam):
        for beta in training.optimizer.betas:
            _require(0 <= beta < 1, f"a beta of Adam is {beta!r}, not within [0, 1)", where)
        _positive(training.optimizer.eps, "Adam's eps", where)
    else:
        _positive(training.optimizer.momentum, "the momentum", where, zero=True)
    if training.epochs is not None:
        _count(training.epochs, "the number of epochs", where)
    if training.batches.size is not None:
        _count(training.batches.size, "the batch size", where)
    _start(training, where)
    _data(training.data, where)


def _start(training: Training, where: str) -> None:
    start, model = training.start, training.model
    if isinstance(start, AnyStart):
        _require(start.low < start.high, f"AnyStart has low {start.low!r}, not below high {start.high!r}", where)
    if isinstance(model, Affine):
        _require(model.inputs == 1, f"the model has {model.inputs!r} inputs: the judge reads models of one feature", where)
    if isinstance(model, MLP):
        for width in model.widths:
            _count(width, "a layer's width", where)
        ends = len(model.widths) > 1 and model.widths[0] == model.widths[-1] == 1
        _require(ends, f"the network's widths are {model.widths!r}, not one feature first and one prediction last", where)
    if isinstance(start, At):
        _require(all(math.isfinite(value) for value in start.values), "a start value is not finite", where)
    if isinstance(start, At) and isinstance(model, Affine):
        wanted = model.inputs + 1
        _require(len(start.values) == wanted, f"At has {len(start.values)} values; the model has {wanted} parameters", where)


def _data(data: Data, where: str) -> None:
    if isinstance(data, Split):
        _require(bool(data.train and data.test), "the split leaves no rows to train on, or none to test on", where)
        _require(not set(data.train) & set(data.test), "the split has rows on both sides", where)
        _data(data.of, where)
        return
    if isinstance(data, Table):
        _require(bool(_FILE.fullmatch(data.file)), f"the table's file is {data.file!r}, not a plain file name", where)
        _require(bool(data.feature and data.target), "the table names no feature or no target", where)
        return
    _positive(data.step, "the line's step", where)
    _positive(data.noise, "the line's noise", where, zero=True)
    _require(data.first < data.stop, f"the line goes from {data.first!r} to {data.stop!r}, which holds no points", where)


def _recorded(recorded: Recorded, where: str) -> None:
    _require(bool(_ENTRY.fullmatch(recorded.name)), f"the list to record is called {recorded.name!r}, which is no name in Python", where)
    if not isinstance(recorded.every, str):
        _count(recorded.every, f"the interval of {recorded.name}", where)


def _variant(variant: Variant, exercise: Exercise, where: str) -> None:
    if isinstance(variant, OtherLine):
        for placeholder in ("{slope}", "{intercept}"):
            _require(placeholder in variant.template, f"the template has no {placeholder}", where)
        _range(variant.slope, "slope", where)
        _range(variant.intercept, "intercept", where)
    if isinstance(variant, OtherTable):
        for name in ("slope", "intercept", "feature"):
            _range(getattr(variant, name), name, where)
        _positive(variant.noise, "the noise", where, zero=True)
        _require(bool(exercise.served or exercise.files), "no file is served or laid out that could be replaced", where)


def _range(ends: tuple[float, float], name: str, where: str) -> None:
    _require(len(ends) == 2 and ends[0] < ends[1], f"the range of {name} is {ends!r}, not from low to high", where)


def _files(exercise: Exercise, where: str) -> None:
    for name in (*exercise.files, *exercise.served.values()):
        _require(bool(_FILE.fullmatch(name)), f"{name!r} is not a plain file name", where, "files lie in the exercise's data folder")
    for url in exercise.served:
        _require(url.startswith(("http://", "https://")), f"{url!r} is served, but is no web address", where)
    trainings = (*exercise.given, *(task.training for task in exercise.tasks))
    tables = {t.data.file for t in trainings if t is not None and isinstance(t.data, Table)}
    for name in sorted(tables - {*exercise.files, *exercise.served.values()}):
        _require(False, f"the table {name!r} is neither served nor among the files", where, "add it to served or files")


def _limits(limits: Limits, where: str) -> None:
    for name in ("cell_seconds", "notebook_seconds", "output_bytes", "memory_bytes"):
        _positive(getattr(limits, name), name, where)
