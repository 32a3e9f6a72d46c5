"""Real kernels: the same class with the same secret gives equal gradebooks, with another equal scores for right work; killed or not."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.group import group
from grader.catalog import Course
from grader.gradebook import Gradebook
from grader.gradebook.counting import grades
from tests.gradebook.snapshot import snapshot

ROOT = Path(__file__).parents[2]
COURSE = Course(root=ROOT)
pytestmark = pytest.mark.slow


def handed_in(folder, exercises, each):
    """A class of specimens: half of them right, the others with different mistakes."""
    for slug in exercises:
        specimens = COURSE.load(slug).specimens
        right = [one for one in specimens if one.name.startswith("right")][:each]
        wrong = list({one.finding: one for one in specimens if one.finding not in {"", "timeout", "out-of-memory"}}.values())[:each]
        for one in (*right, *wrong):
            place = folder / f"{slug}-{one.name}"
            place.mkdir(parents=True)
            (place / f"{slug}{one.path.suffix}").write_bytes(one.path.read_bytes())
    return folder


def batch(folder, where, secret=b"s" * 32):
    Gradebook.open(str(where), create=True, secret=secret).close()
    command = [sys.executable, "-m", "grader.cli", "batch", str(folder), "--gradebook", str(where), "--course", str(ROOT), "--by", "ada"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def graded(process):
    out, err = process.communicate(timeout=900)
    assert process.returncode == 0, out + err


def book_of(where):
    with Gradebook.open(str(where)) as book, book.reading() as session:
        return snapshot(book), {grade.student.id: grade.final for grade in grades(session)}


@pytest.mark.timeout(1800)
def test_equal_secrets_give_equal_gradebooks_and_others_equal_scores_for_right_work(tmp_path):
    folder = handed_in(tmp_path / "class", COURSE.exercises(), 2)
    for name, secret in (("one", b"s" * 32), ("two", b"s" * 32), ("other", b"t" * 32)):
        graded(batch(folder, tmp_path / name, secret))
    (one, finals), (two, _), (_, others) = (book_of(tmp_path / name) for name in ("one", "two", "other"))
    assert one.keys() == two.keys()
    for part in one:
        assert one[part] == two[part], part
    right = [student for student in finals if "-right" in student]
    assert len(right) >= len(COURSE.exercises())
    assert {student: finals[student] for student in right} == {student: others[student] for student in right}


@pytest.mark.timeout(1800)
def test_killed_ten_times_with_its_kernels_the_class_goes_on(tmp_path):
    folder = handed_in(tmp_path / "class", ["slope-and-bias", "pytorch-way"], 8)
    graded(batch(folder, tmp_path / "whole"))
    chance, where = random.Random(7), tmp_path / "killed"
    counts = []
    for _ in range(10):
        process = batch(folder, where)
        try:
            process.communicate(timeout=chance.uniform(3, 14))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
        counts.append(sum(final is not None for final in book_of(where)[1].values()))
    assert counts == sorted(counts)
    graded(batch(folder, where))
    assert book_of(where) == book_of(tmp_path / "whole")


RESCORE = """
import sys, resource
sys.addaudithook(lambda name, _: name in {"subprocess.Popen", "os.fork", "os.exec", "os.posix_spawn"} and sys.exit("a process was started"))
from grader.cli import main
try:
    main()
finally:
    print(sum(resource.getrusage(resource.RUSAGE_SELF)[:2]))
"""


@pytest.mark.timeout(900)
def test_two_hundred_are_scored_again_in_five_seconds_with_no_process_started(tmp_path):
    """Forty distinct submissions, really run, and each of them stored for five students."""
    where = tmp_path / "book.sqlite"
    for one in group(COURSE, 40):
        for student in [one.student, *(f"{one.student}-{n}" for n in range(4))]:
            (tmp_path / "class" / student).mkdir(parents=True)
            (tmp_path / "class" / student / one.name).write_bytes(one.data)
    graded(batch(tmp_path / "class", where))
    command = [sys.executable, "-c", RESCORE, "rescore", "--gradebook", str(where), "--course", str(ROOT)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300, cwd=ROOT)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    *told, seconds = ran.stdout.splitlines()
    assert told == ["200 judged again: 200 as before"]
    assert float(seconds) < 5.0  # of processor time, so that a busy machine is not counted
