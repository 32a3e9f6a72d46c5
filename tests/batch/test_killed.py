"""Killed at any moment, the same batch goes on: nothing is lost, nothing is graded twice; and two at once lose nothing either."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from grader.gradebook import Gradebook
from grader.gradebook.audit import history
from tests.batch import killed
from tests.gradebook.snapshot import snapshot

ROOT = Path(__file__).parents[2]
COUNT = 24


class Batches:
    """Batches as processes: `start` gives the number of a new one, `end` waits for it and gives how many it ran (or the signal)."""

    def __init__(self):
        command = [sys.executable, "-m", "tests.batch.killed"]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def _ask(self, line):
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def start(self, where, begin=0):
        return self._ask(f"{where} {COUNT} {begin}")

    def end(self, number):
        return self._ask(number)

    def kill(self, number, after):
        time.sleep(after)
        os.kill(number, signal.SIGKILL)
        return self.end(number)

    def close(self):
        self._process.communicate(timeout=60)


@pytest.fixture(scope="module")
def batches():
    made = Batches()
    yield made
    made.close()


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    """What a class that was graded in one go has in its book."""
    where = str(tmp_path_factory.mktemp("whole") / "book.sqlite")
    killed.grade(where, COUNT)
    with Gradebook.open(where) as book:
        return snapshot(book)


def same(where, uninterrupted):
    """The book says what that of an uninterrupted class says: every grade was set once, by one row of the audit."""
    with Gradebook.open(where) as book:
        assert snapshot(book) == uninterrupted
        with book.reading() as session:
            assert len(history(session)) == len({row.student for row in history(session)}) == COUNT


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow), pytest.param(2, marks=pytest.mark.slow)])
def test_killed_ten_times_and_resumed(url, batches, uninterrupted, seed):
    chance = random.Random(seed)
    ends = [batches.kill(batches.start(url), chance.uniform(0.0, 0.3)) for _ in range(10)]
    assert -signal.SIGKILL in ends
    assert 0 <= batches.end(batches.start(url)) <= COUNT
    same(url, uninterrupted)


def test_killed_while_the_gradebook_is_made(tmp_path, batches, uninterrupted):
    chance = random.Random(3)
    for at in range(8):
        where = str(tmp_path / f"{at // 4}.sqlite")
        batches.kill(batches.start(where), chance.uniform(0.0, 0.2))
    assert 0 <= batches.end(batches.start(where)) <= COUNT
    same(where, uninterrupted)


def test_two_batches_at_once_lose_nothing_and_set_no_grade_twice(url, batches, uninterrupted):
    both = [batches.start(url), batches.start(url)]
    assert all(0 <= batches.end(one) <= COUNT for one in both)
    same(url, uninterrupted)


def test_two_batches_that_begin_apart_share_the_work(url, batches, uninterrupted):
    both = [batches.start(url), batches.start(url, begin=COUNT // 2)]
    ran = [batches.end(one) for one in both]
    assert COUNT <= sum(ran) <= COUNT + 8  # what one runs while the other does is run twice, and stored once
    assert max(ran) < COUNT
    same(url, uninterrupted)
