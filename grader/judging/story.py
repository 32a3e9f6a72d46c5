"""What a submission's trainings did beside what was asked for, as numbers to draw.  Nothing is decided here."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from grader.judging.facts import Facts, asked_loss, asked_path
from grader.judging.laws import Law, gradient_of
from grader.judging.optimizers import expected_moves
from grader.judging.predictors import predictions
from grader.judging.reading import named_targets
from grader.judging.replay import least_squares, rows_of
from grader.judging.source import read_source
from grader.judging.view import View, look
from grader.judging.walking import walked
from grader.model.evidence import Array
from grader.model.exercise import AbsoluteError, Exercise, Loss
from grader.model.notebook import Notebook
from grader.model.run import Observed
from grader.model.story import Chapter, Fitted, Landscape, LawSteps, Story, Trajectory, Unit

__all__ = ["story", "story_of"]

POINTS = 600
"""Points of one series at most."""
FEWEST = 4
"""Epochs that make a curve of their own."""
WINDOW = 40
"""Steps of a broken law that are shown."""
FURTHEST = 50.0
"""By how much the sizes in one window may differ: what grows beyond would press all before it flat."""
GRID = 25
"""Weights, and biases, of a landscape."""
WALKED = 5000
"""Steps of a model that is no line which are followed one by one, where the student's own path is not the right one anyway."""
SOURCE = 20_000
"""Characters of a cell that are kept."""


def story(exercise: Exercise, notebook: Notebook, runs: tuple[Observed, ...]) -> Story:
    """The story of the first run, as handed in; the judge's own runs stay untold."""
    return story_of(exercise, notebook, look(exercise, notebook, runs[0], read_source(notebook)))


@np.errstate(all="ignore")
def story_of(exercise: Exercise, notebook: Notebook, views: Mapping[str, View]) -> Story:
    """See `story`; views: of the first run, for one who has looked at it already."""
    return Story(
        title=exercise.title,
        chapters=tuple(_chapter(view) for view in views.values()),
        sources={cell.index: cell.source[:SOURCE] for cell in notebook.code()},
    )


def _chapter(view: View) -> Chapter:
    words = dict(view.task.terms)
    f = view.facts
    if f is None or not len(f.trace):
        landscape, drawn = _surfaces(view)
        return Chapter(task=view.task.id, words=words, landscape=landscape, drawn=drawn)
    unit, line = _unit(f, len(view.known.x)), f.trace.model.line
    known = bool(f.used.seen) and not f.used.held
    x, y = _rows(view, f) if known else (np.empty(0), np.empty(0))
    path, losses = _asked_path(view, f) if known else (None, None)
    own = _own(f, unit)
    asked = _asked(view, f, unit, path, losses) if path is not None and losses is not None else None
    return Chapter(
        task=view.task.id,
        words=words,
        unit=unit,
        own=own,
        asked=asked,
        x=x,
        y=y,
        gradient=_gradient(f),
        update=_update(f),
        fit=_fit(view, x, y),
        fitted=None if line or not len(x) else _fitted(f, x, path),
        landscape=_landscape(f, x, y, own, asked) if line and len(x) else None,
    )


# ---- the training, and the one asked for ------------------------------------------------------------------------------------


def _unit(f: Facts, count: int) -> Unit:
    """Epochs, but where there are so few of them that steps say more."""
    per_epoch = len(rows_of(count, f.training.batches.size, 1))
    return "epoch" if per_epoch == 1 or f.wanted >= FEWEST * per_epoch or max(len(f.trace), f.wanted) > POINTS else "step"


def _own(f: Facts, unit: Unit) -> Trajectory:
    theta = np.vstack([f.trace.theta, f.trace.final[None]]) if f.trace.model.line else np.empty((len(f.trace) + 1, 0))
    rows = len(f.used.y)
    size = max(1, int(np.median(f.trace.sizes)))
    return _trajectory(theta, f.trace.loss, max(1, -(-rows // size)) if unit == "epoch" else 1)


def _asked_path(view: View, f: Facts) -> tuple[Array | None, Array | None]:
    """Parameters (K + 1, P) and losses (K,) of the training asked for; None twice where it would take too long to follow."""
    if f.trace.model.line or f.right:
        return asked_path(f, view.known)
    if f.wanted > WALKED:
        return None, None
    y = np.where(np.isfinite(f.used.y), f.used.y, view.known.expected(view.known.x))
    batches = (rows_of(len(view.known.x), f.training.batches.size, f.training.epochs or 1) * f.wanted)[: f.wanted]
    return walked(f.trace.model, f.trace.theta[0], view.known.x, y, batches, f.training.optimizer, asked_loss(f.training))


def _asked(view: View, f: Facts, unit: Unit, path: Array, losses: Array) -> Trajectory:
    per_epoch = len(rows_of(len(view.known.x), f.training.batches.size, 1))
    return _trajectory(path if f.trace.model.line else path[:, :0], losses, per_epoch if unit == "epoch" else 1)


def _trajectory(theta: Array, losses: Array, every: int) -> Trajectory:
    """theta (K + 1, P), and losses (K,) gathered over `every` steps, both thinned."""
    k = len(losses)
    starts = np.arange(0, k, every)
    means = np.add.reduceat(losses, starts) / np.diff(np.append(starts, k)) if every > 1 else losses
    some = _some(len(starts))
    ends = np.append(np.arange(k) if k <= POINTS else starts[some], k)
    return Trajectory(
        steps=k,
        every=every,
        at=some.astype(np.float64),
        losses=np.asarray(means[some], np.float64),
        theta_at=ends / every,
        theta=np.asarray(theta[ends], np.float64),
    )


def _some(count: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """At most POINTS of the indices below count: the first and the last, closer together where the training is young."""
    if count <= POINTS:
        return np.arange(count)
    early = POINTS // 4  # a curve bends most at its beginning
    return np.unique(np.concatenate([np.arange(early), np.linspace(early, count - 1, POINTS - early).round().astype(np.int64)]))


def _rows(view: View, f: Facts) -> tuple[Array, Array]:
    """The rows whose targets were seen."""
    seen = np.isfinite(f.used.y)
    return np.asarray(view.known.x[seen], np.float64), np.asarray(f.used.y[seen], np.float64)


def _fit(view: View, x: Array, y: Array) -> tuple[float, float] | None:
    if (view.task.parity is None and view.task.fit is None) or len(x) < 2 or np.ptp(x) == 0:
        return None
    slope, intercept = least_squares(x, y)
    return float(slope), float(intercept)


def _fitted(f: Facts, x: Array, path: Array | None) -> Fitted:
    """Both models at their ends, over the range of the data; the student's where it was last seen."""
    ends = np.vstack([f.trace.theta, f.trace.final[None]])
    last = ends[np.isfinite(ends).all(axis=1)][-1:]
    grid = np.linspace(float(x.min()), float(x.max()), 2 * GRID)
    asked = predictions(f.trace.model, path[-1:], grid)[0] if path is not None else None
    return Fitted(x=grid, own=predictions(f.trace.model, last, grid)[0] if len(last) else np.full(len(grid), np.nan), asked=asked)


# ---- broken laws ------------------------------------------------------------------------------------------------------------


def _gradient(f: Facts) -> LawSteps | None:
    if f.gradient.kept:
        return None
    t = f.trace.head
    return _law_steps(f.gradient, t.grad, f.factor * gradient_of(t, f.base or asked_loss(f.training)))


def _update(f: Facts) -> LawSteps | None:
    if f.moves in ("kept", "unseen"):
        return None
    t = f.trace.head
    return _law_steps(f.update, t.moves, expected_moves(f.training.optimizer, t.theta, t.grad))


def _law_steps(law: Law, seen: Array, asked: Array) -> LawSteps | None:
    """The steps around the first that breaks the law, as far as their numbers can be drawn together; of many parameters the lengths."""
    if seen.shape[1] != 2:
        seen, asked = (np.linalg.norm(of, axis=1, keepdims=True) for of in (seen, asked))
    broken = np.flatnonzero(~law.holds)
    if not len(broken):
        return None
    first = int(broken[0])
    low = max(0, first - WINDOW // 4)
    rows = slice(low, low + WINDOW)
    size = np.nan_to_num(np.maximum(np.abs(seen[rows]), np.abs(asked[rows])).max(axis=1), nan=np.inf, posinf=np.inf)
    drawable = size <= FURTHEST * max(float(np.min(size)), float(size[0]), 1e-12)
    width = max(first - low + 1, int(np.argmin(drawable)) if not drawable.all() else len(size))
    rows = slice(low, low + width)
    return LawSteps(
        at=np.arange(low, low + len(seen[rows]), dtype=np.float64),
        seen=np.asarray(seen[rows], np.float64),
        asked=np.asarray(asked[rows], np.float64),
        broken=first,
        count=len(broken),
        steps=len(seen),
    )


# ---- surfaces ---------------------------------------------------------------------------------------------------------------


def _landscape(f: Facts, x: Array, y: Array, own: Trajectory, asked: Trajectory | None) -> Landscape:
    """The loss asked for over a box that holds both paths and the lowest point; what runs away is left out of the box."""
    low = least_squares(x, y) if np.ptp(x) else own.theta[0]
    box = np.stack([own.theta[0], np.asarray(low)])
    paths = np.vstack([own.theta, *([asked.theta] if asked is not None else [])])
    paths = paths[np.isfinite(paths).all(axis=1)]
    middle, reach = box.mean(axis=0), np.maximum(np.ptp(box, axis=0), 0.05 * (1 + np.abs(box).max(axis=0)))
    near = paths[(np.abs(paths - middle) <= 1.5 * reach).all(axis=1)]
    box = np.vstack([box, near])
    first, last = box.min(axis=0), box.max(axis=0)
    margin = np.maximum(0.15 * (last - first), 0.05 * (1 + np.abs(box).max(axis=0)))
    weights, biases = (np.linspace(a, b, GRID) for a, b in zip(first - margin, last + margin, strict=True))
    return _loss_over(weights, biases, x, y, f.training.loss)


def _loss_over(weights: Array, biases: Array, x: Array, y: Array, loss: Loss) -> Landscape:
    r = weights[None, :, None] * x + biases[:, None, None] - y
    mean = (np.abs(r) if isinstance(loss, AbsoluteError) else r**2).mean(axis=2)
    return Landscape(weights=weights, biases=biases, loss=np.asarray(mean, np.float64))


def _surfaces(view: View) -> tuple[Landscape | None, Landscape | None]:
    """For a task that asks for a surface: what it should be, and the student's own, as far as they are there."""
    asked = view.task.surface
    if asked is None:
        return None, None
    expected = drawn = None
    given = next((f.used.y for f in view.given if np.all(np.isfinite(f.used.y))), None)
    y = view.known.y if view.known.y is not None else given if given is not None else named_targets(view.evidence, view.known)
    if y is not None:
        weights, biases = (np.linspace(first, last, GRID) for first, last, _ in (asked.weights, asked.biases))
        expected = _loss_over(weights, biases, view.known.x, y, asked.loss)
    own = next((n for n in reversed(view.evidence.values) if n.name == asked.name and len(n.shape) == 2 and not n.truncated), None)
    if own is not None and min(own.shape) > 1 and own.values.size == own.shape[0] * own.shape[1]:
        z = own.values.reshape(own.shape)[:: -(-own.shape[0] // (2 * GRID)), :: -(-own.shape[1] // (2 * GRID))]
        weights, biases = np.linspace(*asked.weights[:2], z.shape[1]), np.linspace(*asked.biases[:2], z.shape[0])
        drawn = Landscape(weights=weights, biases=biases, loss=np.asarray(z, np.float64))
    return expected, drawn
