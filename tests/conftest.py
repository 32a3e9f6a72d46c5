"""Records that several rooms' tests start from, the course of this checkout, and an executor that starts no kernel."""

from pathlib import Path

import pytest

from grader.catalog import Course
from grader.model.evidence import CellOutcome, Evidence
from grader.model.report import CellError, CheckResult, Finding, Report, Run
from grader.model.run import Outcome

ROOT = Path(__file__).parents[1]


class Silent:
    """An executor whose every run leaves no trace of training: cells that ended well, and nothing else.

    jobs: what was run, in order.  raising: an exception to raise instead.  Like the real ones it can't be used once closed.
    """

    def __init__(self, raising=None):
        self.jobs, self.raising, self.closed = [], raising, False

    def run(self, job):
        assert not self.closed
        self.jobs.append(job)
        if self.raising is not None:
            raise self.raising
        cells = tuple(CellOutcome(cell=cell.index, status="ok") for cell in job.notebook.code())
        return Outcome(status="completed", isolation="L0", seconds=0.01, evidence=Evidence(cells=cells, complete=True))

    def close(self):
        self.closed = True


@pytest.fixture
def silent():
    return Silent


@pytest.fixture(scope="session")
def course():
    return Course(root=ROOT)


@pytest.fixture(scope="session")
def entry(course):
    return course.load("slope-and-bias")


@pytest.fixture
def report():
    """A report that lost points: one cause, one blocked check, one remark, one cell that raised."""
    checks = (
        CheckResult(id="data", task="practice", title="trained on the data given", outcome="passed", points=1.0, max_points=1.0),
        CheckResult(
            id="update", task="practice", title="every step moves the parameters as asked", outcome="failed", points=0.0, max_points=2.0,
            actual=0.1, expected=0.2, deviation=0.1, tolerance=2e-5, message="The steps were made with a learning rate of 0.1.",
        ),
        CheckResult(
            id="learned", task="practice", title="the final weight and bias are right", outcome="blocked", points=0.0, max_points=1.0,
            visible=False, message="Can't be judged until `update` holds.",
        ),
    )
    findings = (
        Finding(
            rule="wrong-learning-rate", task="practice", certainty=0.99, cell=41, line=4,
            message="The learning rate was 0.1; the exercise asks for 0.2.", hint="Look at the line that moves w.data.",
        ),
        Finding(
            rule="tensors-not-floats", task="practice", certainty=1.0, cell=41, message="LOSS2 holds tensors.",
            hint="Append loss.item().", remark=True,
        ),
    )
    run = Run(
        status="completed", isolation="L0", seconds=0.31, cells=18,
        errors=(CellError(cell=37, type="RuntimeError", message="Can't call numpy()", line=2, scaffold=True),),
    )
    return Report(
        exercise="slope-and-bias", notebook="anna.ipynb", student="anna", run=run, score=1.0, max_score=4.0, pending=0.0,
        checks=checks, findings=findings, digests={"execution": "e" * 64, "judging": "j" * 64}, environment={"python": "3.11"},
    )


@pytest.fixture(scope="session")
def cluster():
    """A PostgreSQL server that the tests start themselves; skipped where it is not installed."""
    from tests.gradebook import cluster as clusters

    if clusters.programs() is None:
        pytest.skip(clusters.MISSING)
    made = clusters.Cluster()
    yield made
    made.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """Where a gradebook may be made: what holds must hold on both."""
    if request.param == "sqlite":
        return str(tmp_path / "book.sqlite")
    return request.getfixturevalue("cluster").url()
