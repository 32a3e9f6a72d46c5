from dataclasses import replace

import pytest

from grader.catalog.specimens import load_specimens
from grader.model.errors import AuthorError
from grader.model.exercise import Limits


def test_a_specimen_is_read(course, folder):
    (found,) = course.load("small").specimens
    assert (found.name, found.file, found.path) == ("forgets", "forgets.py", folder / "specimens" / "forgets.py")
    assert (found.title, found.score, found.finding, found.remarks) == (
        "forgets zero_grad", 5.0, "missing-zero-grad", ("tensors-not-floats",),
    )
    assert found.checks == {"gradient": "failed"}
    assert found.data == b"# %%\nx = 1\n"
    assert (found.says, found.limits, found.confined) == ({}, None, False)


def test_a_specimen_may_say_its_messages_and_name_smaller_limits(course, folder):
    path = folder / "specimens" / "forgets.toml"
    more = '[says]\nmissing-zero-grad = "Old gradients."\n[limits]\ncell_seconds = 3\nmemory_bytes = 700_000_000\n'
    path.write_text("confined = true\n" + path.read_text() + more)
    (found,) = course.load("small").specimens
    assert found.says == {"missing-zero-grad": "Old gradients."}
    assert found.limits == Limits(cell_seconds=3.0, memory_bytes=700_000_000)
    assert (type(found.limits.cell_seconds), type(found.limits.memory_bytes)) == (float, int)
    assert found.confined


def test_no_specimens_are_no_error(course, tmp_path):
    assert load_specimens(tmp_path / "nowhere", course.load("small").exercise) == ()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('title = "forgets zero_grad"\n', "", "title is missing"),
        ("score = 5", "score = 11", "score is 11"),
        ("score = 5", "score = true", "score is True"),
        ("score = 5\n", "", "score is None"),
        ('finding = "missing-zero-grad"\n', "", "finding is None"),
        ('"missing-zero-grad"', '"Missing zero"', "not the id of a rule"),
        ('["tensors-not-floats"]', "[3]", "remarks is not a list"),
        ('"failed"', '"fail"', "gradient is 'fail', which is no outcome"),
        ("gradient =", "gradiant =", "no check 'gradiant'"),
        ("remarks", "remark", "no key is called 'remark'"),
        ("score = 5", "score = ", "no TOML"),
        ("[checks]\ngradient =", "checks =", "checks is not a table"),
        ("[checks]", 'says = "x"\n[checks]', "says is not a table"),
        ("[checks]", "[says]\nmissing-step = 3\n[checks]", "says is not a table"),
        ("[checks]", "confined = 1\n[checks]", "confined is 1"),
        ("[checks]", "limits = 3\n[checks]", "limits is not a table"),
        ("[checks]", "[limits]\n[checks]", "limits is not a table"),
        ("[checks]", "[limits]\nseconds = 3\n[checks]", "no limit is called 'seconds'"),
        ("[checks]", "[limits]\ncell_seconds = 0\n[checks]", "cell_seconds is 0, not a number up to the exercise's own 60"),
        ("[checks]", "[limits]\ncell_seconds = 61\n[checks]", "cell_seconds is 61"),
    ],
)
def test_a_wrong_verdict_is_the_authors_error(course, folder, old, new, said):
    path = folder / "specimens" / "forgets.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(AuthorError, match=said) as caught:
        course.load("small")
    assert caught.value.where == str(path)


def test_notebook_and_verdict_come_in_pairs(course, folder):
    (folder / "specimens" / "alone.ipynb").touch()
    with pytest.raises(AuthorError, match=r"no alone\.toml beside it"):
        course.load("small")
    (folder / "specimens" / "alone.ipynb").rename(folder / "specimens" / "forgets.ipynb")
    with pytest.raises(AuthorError, match="specimens of one name"):
        course.load("small")


def test_checks_of_several_tasks_are_named_by_task(course, folder):
    exercise = course.load("small").exercise
    task = exercise.tasks[0]
    both = replace(exercise, tasks=(task, replace(task, id="second")))
    path = folder / "specimens" / "forgets.toml"
    path.write_text(path.read_text().replace("gradient =", '"second.gradient" ='))
    assert load_specimens(path.parent, both)[0].checks == {"second.gradient": "failed"}
    path.write_text(path.read_text().replace('"second.gradient" =', "second.gradient ="))
    assert load_specimens(path.parent, both)[0].checks == {"second.gradient": "failed"}
