"""Side by side: no task is asked for before there is room for it, and whatever ends a class closes its executor."""

import itertools
import threading

import pytest

from grader.batch.workers import side_by_side


@pytest.fixture
def executors(silent):
    made = []

    def factory():
        made.append(silent())
        return made[-1]

    factory.made = made
    return factory


def test_every_task_once_with_its_index(executors):
    found = side_by_side("abcdef", lambda _, task: task.upper(), executor=executors, secret=b"", jobs=3)
    assert sorted(found) == list(enumerate("ABCDEF"))
    assert [one.closed for one in executors.made] == [True]


def test_a_class_without_end_is_asked_for_as_it_is_graded(executors):
    asked = []

    def tasks():
        for number in itertools.count():
            asked.append(number)
            yield number

    found = side_by_side(tasks(), lambda _, task: task, executor=executors, secret=b"", jobs=2)
    assert {next(found)[0] for _ in range(5)} <= set(range(8))
    assert len(asked) <= 9
    found.close()
    assert executors.made[0].closed


def test_workers_really_work_at_once(executors):
    barrier = threading.Barrier(3)
    assert len(list(side_by_side(range(6), lambda _, task: barrier.wait(10), executor=executors, secret=b"", jobs=3))) == 6


def test_the_first_exception_ends_it(executors):
    def work(grader, task):
        if task == 3:
            raise KeyError(task)
        return task

    with pytest.raises(KeyError):
        list(side_by_side(range(100), work, executor=executors, secret=b"", jobs=2))
    assert executors.made[0].closed


def test_nothing_to_do_needs_no_executor(executors):
    assert list(side_by_side([], lambda _, task: task, executor=executors, secret=b"", jobs=2)) == []
    assert executors.made == []
