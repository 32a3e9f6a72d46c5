"""The exercise's data as the judge knows them, and which of their rows a run has used."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from grader.judging.trace import Trace
from grader.model.errors import AuthorError
from grader.model.evidence import Array
from grader.model.exercise import Data, Line, Split, Table

__all__ = ["SPREAD", "Dataset", "Used", "dataset", "each_whole", "used_rows"]

QUANTILE = 5.0
"""How many standard errors the mean of the noise may stand from 0 (a right notebook in two million fails it)."""
SPREAD = (0.5, 1.6)
"""Range of the noise's sample deviation over its true one (beyond it: one in a million at 60 rows)."""

ANEW = 0.3
"""Targets of one row that lie further apart from step to step (in units of the noise) were drawn anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """n rows: x (n,), and y (n,) where the exercise fixes them; else the line they scatter around with standard deviation noise.

    held_x, held_y: the rows held out for a test, where there are any.
    """

    x: Array
    y: Array | None
    slope: float = 0.0
    intercept: float = 0.0
    noise: float = 0.0
    held_x: Array = field(default_factory=lambda: np.empty(0))
    held_y: Array = field(default_factory=lambda: np.empty(0))

    def expected(self, x: Array) -> Array:
        """Targets for any features, up to noise: the row with the nearest feature, or the line."""
        if self.y is None:
            return np.asarray(self.slope * x + self.intercept, np.float64)
        return np.asarray(self.y[np.argmin(np.abs(np.asarray(x)[:, None] - self.x[None]), axis=1)], np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """The rows behind a run, as far as it is looked at.

    rows: (M,) index into the dataset of every row of every step, -1 where it is none of the exercise's.
    y: (n,) the student's own targets by row (NaN where a row was never used).
    why: '' where the data are the exercise's, else one clause that says what is off.
    held: the run used the rows held out for the test, and only those.  whole: every step has every row, once.
    missing: rows never used.  foreign: how many of the M are not the exercise's.  seen: the targets could be read.
    """

    rows: NDArray[np.int64]
    y: Array
    why: str
    missing: int
    foreign: int
    seen: bool
    held: bool = False
    whole: bool = False


def dataset(data: Data, files: Mapping[str, bytes]) -> Dataset:
    """The rows that a declaration means.  Raises AuthorError where a table lacks its file or columns."""
    if isinstance(data, Split):
        whole = dataset(data.of, files)
        if whole.y is None:
            raise AuthorError("rows are held out of a line with noise, whose targets nobody knows", remedy="set its noise to 0")
        train, test = list(data.train), list(data.test)
        return Dataset(x=whole.x[train], y=whole.y[train], held_x=whole.x[test], held_y=whole.y[test])
    if isinstance(data, Line):
        x = np.arange(data.first, data.stop, data.step)
        x = x[x < data.stop - 1e-9]
        y = None if data.noise else data.slope * x + data.intercept
        return Dataset(x=x, y=y, slope=data.slope, intercept=data.intercept, noise=data.noise)
    return _table(data, files)


def _table(data: Table, files: Mapping[str, bytes]) -> Dataset:
    raw = files.get(data.file)
    if raw is None:
        raise AuthorError(f"the exercise has no file '{data.file}'", remedy="add it to the exercise's data folder and to its `files`")
    try:
        rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8"))))
        x, y = (np.array([float(row[name]) for row in rows]) for name in (data.feature, data.target))
    except (KeyError, ValueError, TypeError, UnicodeDecodeError) as error:
        raise AuthorError(f"'{data.file}' has no numeric columns '{data.feature}' and '{data.target}': {error}") from None
    return Dataset(x=x, y=y)


def used_rows(trace: Trace, known: Dataset) -> Used:
    """Which rows a run used, and whether they are the exercise's."""
    rows = _all_closest(trace, known)
    count = len(known.x)
    own = rows >= 0
    visits = np.bincount(rows[own], minlength=count)
    y = _sharpest(trace, rows, visits)
    used = visits > 0
    seen = bool(np.isfinite(y[used]).all()) and bool(own.any() or np.isfinite(trace.y).any())
    missing = int(np.isnan(y).sum()) if seen else int(count - used.sum())
    foreign, total = int((~own).sum()), trace.x.size
    held = bool(foreign == total and known.held_x.size and _among(trace.x, known))
    why = "the run used the rows held out for the test" if held else _why(known, rows, y, missing, foreign, trace, seen)
    whole = each_whole(rows, len(trace), count)
    return Used(rows=rows, y=y, why=why, missing=missing, foreign=foreign, seen=seen or held, held=held, whole=whole)


def each_whole(rows: NDArray[np.int64], groups: int, count: int) -> bool:
    """Whether rows (M,) are groups that hold each of so many rows once, in any order; or can't be told, where some are none of these."""
    if len(rows) != groups * count:
        return False
    return bool(np.all(np.sort(rows.reshape(groups, count), axis=1) == np.arange(count)) or (rows < 0).any())


FIRST_SIGHTS = 256
"""How many of the steps with the least rounding are asked for the targets, before all are."""


def _sharpest(trace: Trace, rows: NDArray[np.int64], visits: NDArray[np.int64]) -> Array:
    """(n,) the student's targets by row, of several sights of a row the one with the least rounding; NaN where none was seen."""
    y = np.full(len(visits), np.nan)
    blur = np.maximum.reduceat(trace.rounding, trace.offset[:-1]) if len(trace) else np.empty(0)
    order = np.argsort(-np.nan_to_num(blur, nan=np.inf), kind="stable")
    for steps in (order[-FIRST_SIGHTS:], order):
        at = _rows_of(trace, steps)
        at = at[(rows[at] >= 0) & np.isfinite(trace.y[at])]
        y[rows[at]] = trace.y[at]  # the sharpest is written last
        if np.isfinite(y[visits > 0]).all():
            break
    return y


def _rows_of(trace: Trace, steps: NDArray[np.int64]) -> NDArray[np.int64]:
    """Indices of the rows of these steps, one step after another."""
    sizes = trace.sizes
    if len(sizes) and np.all(sizes == sizes[0]):
        return np.asarray((trace.offset[steps][:, None] + np.arange(sizes[0])).reshape(-1))
    return np.concatenate([np.arange(trace.offset[k], trace.offset[k + 1]) for k in steps.tolist()] or [np.empty(0, np.int64)])


def _among(x: Array, known: Dataset) -> bool:
    """Whether every row of these is one of those held out."""
    gap = np.abs(x[:4096, None] - known.held_x[None])
    return bool(np.all(gap.min(axis=1) < 1e-4 * (1 + np.abs(known.held_x).max())))


def _all_closest(trace: Trace, known: Dataset) -> NDArray[np.int64]:
    """(M,) the row of each row used; where every step has the same rows, looked up once."""
    sizes = trace.sizes
    if len(sizes) < 2 or not sizes[0] or np.any(sizes != sizes[0]):
        return _closest(trace.x, trace.y, trace.rounding, known)
    x, y = (v.reshape(len(sizes), -1) for v in (trace.x, trace.y))
    if np.any(x != x[0]) or np.any(y != y[0]):
        return _closest(trace.x, trace.y, trace.rounding, known)
    clear = np.tile(_closest(x[0], y[0], np.zeros(len(x[0])), known), len(sizes))
    blurred = ~(trace.rounding < _blur(known)) if known.y is not None else np.zeros(len(trace.x), bool)
    if not blurred.any():
        return clear
    if len(x[0]) % len(known.x):
        return _closest(trace.x, trace.y, trace.rounding, known)
    return np.where(blurred, np.tile(_closest(x[0], y[0], np.full(len(x[0]), np.inf), known), len(sizes)), clear)


def _blur(known: Dataset) -> float:
    """Where rounding is beyond this (predictions are huge), residuals no longer tell the target."""
    return 1e-4 * (1 + float(np.abs(known.y).max())) if known.y is not None else np.inf


def _closest(x_used: Array, y_used: Array, rounding: Array, known: Dataset) -> NDArray[np.int64]:
    """(M,) the row of each feature, and of each target where the exercise fixes them; -1 where there is none."""
    reach = 1e-4 * (1 + np.abs(known.x).max())
    order = np.argsort(known.x, kind="stable")
    x = known.x[order]
    first = np.searchsorted(x, x_used - reach)
    width = int(np.max(np.searchsorted(x, x + 2 * reach, side="right") - np.arange(len(x))))  # rows with all but equal features
    rows, least = np.full(x_used.size, -1, np.int64), np.ones(x_used.size)
    blurred = np.zeros(x_used.size, bool)
    if known.y is not None:
        scale = 1 + np.abs(known.y).max()
        blurred = ~(rounding < _blur(known))
    for j in range(width):
        row = order[np.minimum(first + j, len(x) - 1)]
        with np.errstate(all="ignore"):
            off = np.abs(x_used - known.x[row]) / reach
            if known.y is not None:
                away = np.abs(y_used - known.y[row]) / (2e-4 * scale)
                off = np.maximum(off, np.where(blurred, 0.0, np.nan_to_num(away, nan=np.inf, posinf=np.inf)))
        better = off < least
        rows[better], least[better] = row[better], off[better]
    if not blurred.any():
        return rows
    straight = np.resize(np.arange(len(x)), len(rows))  # rows of equal features can't be told apart there: their place does it
    return np.where(blurred & (np.abs(known.x[straight] - x_used) <= reach), straight, rows)


def _turned(known: Dataset, trace: Trace) -> bool:
    """Whether most rows are the exercise's with feature and target the other way round."""
    some = slice(0, 512)
    x, y = trace.x[some], trace.y[some]
    with np.errstate(all="ignore"):
        nearest = known.x[np.argmin(np.abs(y[:, None] - known.x[None]), axis=1)]
        close = np.abs(y - nearest) <= 1e-4 * (1 + np.abs(known.x).max())
        close &= np.abs(x - known.expected(nearest)) <= 5 * known.noise + 1e-3 * (1 + np.abs(x))
    return bool(np.mean(close) > 0.9)


def _anew(known: Dataset, trace: Trace, rows: NDArray[np.int64], y: Array) -> bool:
    """Whether the targets of most rows are others from step to step, by more than rounding can explain."""
    clear = (rows >= 0) & np.isfinite(trace.y) & (trace.rounding < 0.01 * known.noise)
    if not known.noise or clear.sum() <= len(y):
        return False
    away = np.abs(trace.y[clear] - y[rows[clear]])
    return bool(np.mean(away > ANEW * known.noise) > 0.3)


def _why(known: Dataset, rows: NDArray[np.int64], y: Array, missing: int, foreign: int, trace: Trace, seen: bool) -> str:
    total = trace.x.size
    if foreign and _turned(known, trace):
        return "inputs and targets have changed places"
    if foreign and known.held_x.size and _among(trace.x[rows < 0], known):
        return f"{foreign // max(len(trace), 1)} of the {total // max(len(trace), 1)} rows of every step are held out for the test"
    if foreign:
        return f"{foreign} of {total} rows used are not rows of the exercise's data"
    if missing and total >= len(known.x):
        return f"{missing} of the {len(known.x)} rows {'was' if missing == 1 else 'were'} never used"
    if known.y is None and seen and (trace.anew or _anew(known, trace, rows, y)):
        return "the targets are drawn anew in every step"
    if known.y is None and seen and missing < len(y):
        e = (y - known.slope * known.x - known.intercept)[np.isfinite(y)]
        if known.noise and len(e) > 8:
            mean, spread = float(np.mean(e)), float(np.std(e, ddof=1)) / known.noise
            if abs(mean) > QUANTILE * known.noise / np.sqrt(len(e)):
                return f"the targets stand {mean:+.3f} from the line {known.slope:g} x {known.intercept:+g} on average"
            if not SPREAD[0] <= spread <= SPREAD[1]:
                if spread < 1e-3:
                    return f"the targets lie on the line {known.slope:g} x {known.intercept:+g} itself; the exercise's scatter around it"
                return f"the targets scatter {spread:.2f} times as wide as the exercise's around the line"
    return ""
