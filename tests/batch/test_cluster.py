"""A class on a Dask cluster of worker processes: the same gradebook as here, whoever dies on the way."""

import dataclasses
import os
import socket
import subprocess
import sys

import pytest

pytest.importorskip("distributed", reason="Dask is not installed: pip install 'torch-grader[cluster]'")

from benchmarks.group import SLUGS, group
from grader.batch import Here, grade_class, plan_of, taken_in
from grader.batch.cluster import scheduled
from grader.batch.cluster.scheduled import Cluster
from grader.batch.place import Work, failed
from grader.execution.choosing import choose
from grader.gradebook import Gradebook
from grader.grading import Edition
from grader.model.errors import UsageError
from grader.wire import from_json
from tests.batch.machines import ROOT, Machines, alive
from tests.gradebook.snapshot import snapshot

SECRET = b"s" * 32


@pytest.fixture(scope="module")
def editions(course):
    return {slug: Edition.of(course.load(slug)) for slug in SLUGS}


@pytest.fixture
def machines(tmp_path):
    """A factory of clusters, all of which are ended, and looked after that they are."""
    made = []

    def start(**told):
        folder = tmp_path / f"cluster-{len(made)}"
        folder.mkdir()
        made.append(Machines(folder, **told))
        return made[-1]

    yield start
    assert [left for one in made for left in one.close()] == []


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """A scheduler with two workers; one of them is killed by one of the tests."""
    made = Machines(tmp_path_factory.mktemp("pair"))
    yield made
    assert made.close() == []


@pytest.fixture
def graded(tmp_path, course, editions):
    """Grade a class in a place into a book of its own: the book as plain data, the tally, and what `progress` heard."""

    def run(name, submissions, place, progress=lambda _: None):
        heard = []

        def both(one):
            heard.append(one)
            progress(one)

        with Gradebook.open(str(tmp_path / f"{name}.sqlite"), create=True, secret=SECRET) as book:
            of = taken_in(book, submissions, editions)
            tally = grade_class(book, of, plan_of(book, of), place, progress=both, who="ada", begin=0)
            return snapshot(book), tally, heard

    return run


def here(editions):
    return Here(editions, executor=lambda: choose(trusted=True, ready=2), secret=SECRET, jobs=2)


def elsewhere(at, editions, **told):
    return Cluster(at.address, editions, course=ROOT, secret=SECRET, unconfined=True, **told)


def killing(at, after):
    """Progress that kills the first worker when so many are graded; and the processes that this ended."""
    ended = []

    def progress(graded):
        if graded.done == after:
            ended.extend(at.kill(at.workers[0]))

    return progress, ended


def test_a_worker_is_killed_and_the_gradebook_is_that_of_a_class_graded_here(pair, graded, course, editions):
    said, submissions = [], group(course, 8)
    progress, ended = killing(pair, 3)
    there, tally, heard = graded("there", submissions, elsewhere(pair, editions, tell=said.append), progress)
    assert (tally.ran, tally.faults, len(heard)) == (8, [], 8)
    assert len(said) == 2
    assert all("1 side by side, kernels confined at L" in line for line in said)
    assert len(ended) > 1
    assert alive(ended, 10) == []  # the dead worker's warm parent and kernels have gone with it
    assert there == graded("here", submissions, here(editions))[0]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_sixty_submissions_and_a_killed_worker_that_is_started_again(machines, graded, course, editions):
    at, said, submissions = machines(nanny=True), [], group(course, 60)
    progress, ended = killing(at, 20)
    there, tally, _ = graded("there", submissions, elsewhere(at, editions, tell=said.append), progress)
    assert (tally.ran, tally.faults) == (60, [])
    assert len(said) == 3  # the third is the one that was started in the place of the killed one
    assert alive(ended, 10) == []
    assert there == graded("here", submissions, here(editions))[0]


@pytest.mark.slow
def test_what_workers_die_of_waits_for_a_person_and_the_next_batch_tries_it_again(machines, graded, course, editions):
    at, submissions = machines(scheduler__allowed_failures=0), group(course, 12)
    progress, _ = killing(at, 3)
    _, tally, heard = graded("there", submissions, elsewhere(at, editions), progress)
    assert tally.ran == 12
    assert 1 <= len(tally.faults) <= 4
    (said,) = {one.report.run.detail for one in heard if one.report.run.status == "fault"}
    assert said == "1 workers died while they graded it"
    _, tally, heard = graded("there", submissions, elsewhere(at, editions))
    assert (tally.faults, {one.report.run.status for one in heard} & {"fault"}) == ([], set())
    assert sum(one.fresh for one in heard) == tally.ran >= 1


@pytest.mark.slow
def test_a_scheduler_that_dies_is_one_line_and_what_came_back_is_kept(machines, graded, course, editions, capfd):
    at, submissions, heard = machines(), group(course, 12), []

    def progress(one):
        heard.append(one)
        if one.done == 3:
            at.end_scheduler()

    with pytest.raises(UsageError, match=r"can't be reached any more: .*the same command goes on"):
        graded("there", submissions, elsewhere(at, editions), progress)
    assert "Traceback" not in capfd.readouterr().err
    assert 3 <= len(heard) < 12
    _, tally, _ = graded("there", submissions, here(editions))
    assert (tally.kept, tally.ran) == (len(heard), 12 - len(heard))


def test_what_a_cluster_cannot_do_is_one_line(machines, graded, course, editions, monkeypatch):
    monkeypatch.setattr(scheduled, "_REACH", 2.0)
    submissions = group(course, 2)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        silent = f"tcp://127.0.0.1:{nobody.getsockname()[1]}"
        for address, said in ((silent, "no scheduler answers"), ("paper://x", "no address of a scheduler")):
            with pytest.raises(UsageError, match=said):
                graded("none", submissions, Cluster(address, editions, course=ROOT, secret=SECRET))
    with pytest.raises(UsageError, match="no worker came in 1 s"):
        graded("none", submissions, elsewhere(machines(workers=0), editions, patience=1.0))


def test_another_course_than_the_clients_is_one_line(pair, graded, course, editions):
    changed = {slug: dataclasses.replace(edition, judging="other") for slug, edition in editions.items()}
    with pytest.raises(UsageError, match=r"no worker can take part.*is another one there than here"):
        graded("none", group(course, 2), elsewhere(pair, changed))


def test_one_command(pair, tmp_path):
    ran = subprocess.run(
        [sys.executable, "-m", "grader.cli", "batch", "reference/slope-and-bias/specimens/right.ipynb", "--exercise", "slope-and-bias",
         "--gradebook", tmp_path / "book.sqlite", "--scheduler", pair.address, "--allow-unconfined"],
        cwd=ROOT, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert "1 side by side, kernels confined at L" in ran.stderr
    assert "1 graded" in ran.stdout


def test_no_submissions_need_no_cluster(editions):
    assert list(Cluster("tcp://127.0.0.1:1", editions, course=ROOT, secret=SECRET).grade([])) == []


def test_a_report_of_a_fault_has_every_point_pending(course, editions):
    work = Work(key=1, student="a", exercise="slope-and-bias", name="a.ipynb", data=b"{}")
    report = from_json(failed(work, editions["slope-and-bias"], "x").report)
    assert (report.run.status, report.pending, report.student) == ("fault", report.max_score, "a")
    assert report.digests == editions["slope-and-bias"].digests(b"{}")
