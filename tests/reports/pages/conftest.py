"""Reports and stories of real specimens, run in this process under the real recorder; stories made of numbers; and a browser."""

import os
import shutil
from contextlib import contextmanager
from functools import cache

import numpy as np
import pytest

from grader.grading.editions import data_files
from grader.judging import judge
from grader.judging.story import story
from grader.model.report import CellError, CheckResult, Finding, Report, Run
from grader.model.run import Observed, Outcome
from grader.model.story import Chapter, Landscape, LawSteps, Story, Trajectory
from grader.notebooks import align, read

CHROMIUM = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)


@contextmanager
def standing_in(folder, **environment):
    """This process in another folder, with these variables."""
    before, values = os.getcwd(), {name: os.environ.get(name) for name in environment}  # noqa: PTH109 - what chdir goes back to
    os.chdir(folder)
    os.environ.update(environment)
    try:
        yield
    finally:
        os.chdir(before)
        for name, value in values.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


@pytest.fixture(scope="session")
def told(course, tmp_path_factory):
    """A function (exercise, specimen) -> (report, story); the judge's own run is not made, so `generalises` waits."""
    from tests.probe.recording import kernels

    @cache
    def tell(slug, name):
        entry = course.load(slug)
        path = next(one.path for one in entry.specimens if one.name == name)
        notebook = align(read(path.read_bytes(), path.name), entry.scaffold)
        folder = tmp_path_factory.mktemp(slug)
        for file, data in entry.files.items():
            (folder / file).write_bytes(data)
        # Nothing listens at that proxy, so an address fails at once and the notebook reads the file beside it.
        with standing_in(folder, https_proxy="http://127.0.0.1:9", MPLBACKEND="Agg"), kernels(folder) as make:
            kernel = make()
            for cell in notebook.code():
                kernel.run(cell.source, at=cell.index)
            outcome = Outcome(status="completed", isolation="L0", seconds=0.1, evidence=kernel.evidence())
        runs = (Observed(exercise=entry.exercise, outcome=outcome, files=data_files(entry)),)
        return judge(entry.exercise, notebook, runs), story(entry.exercise, notebook, runs)

    return tell


@pytest.fixture(scope="session")
def browser():
    """Chromium, without a window."""
    if CHROMIUM is None:
        pytest.skip("no Chromium here to look at pages with: apt install chromium (root on Debian: sh .ci/debian)")
    sync_api = pytest.importorskip("playwright.sync_api", reason="no playwright here: pip install 'torch-grader[dev]'")
    with sync_api.sync_playwright() as playwright:
        # Root needs no-sandbox; a small /dev/shm, as containers have it, needs the other.
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield started
        started.close()


# ---- made of numbers --------------------------------------------------------------------------------------------------------


def trajectory(losses, theta):
    """One loss a step."""
    losses, theta = np.asarray(losses, np.float64), np.asarray(theta, np.float64)
    steps = np.arange(len(losses), dtype=np.float64)
    return Trajectory(steps=len(losses), every=1, at=steps, losses=losses, theta_at=np.arange(len(theta), dtype=np.float64), theta=theta)


@pytest.fixture(scope="session")
def chapter():
    """A chapter with everything that can be drawn: a run that went on too fast, and what was asked for."""
    weights, biases = np.linspace(-6, 6, 9), np.linspace(-5, 5, 9)
    law = LawSteps(at=np.arange(3.0), seen=np.full((3, 2), 2.0), asked=np.full((3, 2), 1.0), broken=1, count=2, steps=3)
    return Chapter(
        task="practice", words={"weight": "w", "bias": "b", "epoch": "iteration"}, unit="epoch",
        own=trajectory([90.0, 20.0, 30.0], [(-5, -4), (3, 2), (-2, -1), (2, 1)]),
        asked=trajectory([90.0, 9.0, 0.9], [(-5, -4), (-2, -2), (0, 0), (1, 1)]),
        x=np.linspace(-1, 1, 5), y=np.linspace(-1, 1, 5), gradient=law, update=law, fit=(1.0, 0.0),
        landscape=Landscape(weights=weights, biases=biases, loss=weights[None] ** 2 + biases[:, None] ** 2),
    )  # fmt: skip


@pytest.fixture(scope="session")
def hostile():
    """A function (payload) -> (report, story) with the payload wherever a stranger's or an author's text can stand."""

    def make(payload):
        checks = (
            CheckResult(
                id="update", task=payload, title=payload, outcome="failed", points=0.0, max_points=2.0, actual=payload, expected="0",
                message=payload,
            ),
            CheckResult(id="loss", task="second", title=payload, outcome="passed", points=1.0, max_points=1.0),
        )  # fmt: skip
        cause = Finding(rule="wrong-learning-rate", task=payload, certainty=0.5, cell=3, line=2, message=payload, hint=payload)
        odd = Finding(rule=payload, task=payload, certainty=1.0, message=payload, hint=payload, remark=True)
        run = Run(
            status="timed-out", isolation="L3", seconds=1.0, cells=3, detail=payload,
            errors=(CellError(cell=3, type=payload, message=payload, line=1), CellError(cell=4, type="E", message=payload, scaffold=True)),
        )  # fmt: skip
        report = Report(
            exercise=payload, notebook=payload, student=payload, run=run, score=1.0, max_score=3.0, pending=0.0, checks=checks,
            findings=(cause, odd), environment={payload: payload},
        )  # fmt: skip
        words = dict.fromkeys(("weight", "bias", "loss", "epoch"), payload)
        one = trajectory([9.0, 4.0, 1.0], [(-3, -3), (-2, -2), (-1, -1), (0, 0)])
        grid = np.linspace(-4, 4, 6)
        ground = Landscape(weights=grid, biases=grid, loss=grid[None] ** 2 + grid[:, None] ** 2)
        chapters = (
            Chapter(task=payload, words=words, own=one, asked=one, x=grid, y=grid, landscape=ground),
            Chapter(task="second", words=words, own=one),
        )
        return report, Story(title=payload, chapters=chapters, sources={3: f"first\n{payload}\nthird"})

    return make
