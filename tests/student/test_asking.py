"""What a student is told, in a shell that knows cells by name (as JupyterLab does) and in one that does not."""

import json

import pytest
import torch

import grader
from grader.student import asking

ZERO = ("practice", "    w.grad.zero_()\n    b.grad.zero_()", "    pass")
RATE = ("practice", "lr = 0.2", "lr = 0.1")


def plain(shown):
    return " ".join(shown["text/plain"].split())


@pytest.mark.parametrize("named", [True, False])
def test_right_work_passes_and_what_remains_is_said(watched, entry, named):
    watched.cells(entry, named=named)
    said = plain(watched.ask())
    assert said.startswith("✓ All 10 checks that can be made here pass (9 of 9 points)")
    assert "1 more point judged after handing in, when the same notebook runs again on data" in said
    assert "On another line and other noise the notebook trains just as well" in said
    assert "This is no grade" in said
    assert "✗" not in said


def test_a_cause_is_told_more_plainly_each_time_it_is_asked_for(watched, entry):
    watched.cells(entry, [ZERO])
    first, second, third, fourth = (plain(watched.ask()) for _ in range(4))
    assert "Old gradients are kept In [10], line" in first
    assert "Nothing is" not in first
    assert ("Hint:" in first, "Hint:" in second, "Hint:" in third) == (False, True, True)
    assert ("> " in second, "> " in third, "docs.pytorch.org" in third) == (False, True, True)
    assert "Run this cell again for a hint." in first
    assert third == fourth


def test_another_cause_begins_with_what_was_seen(watched, entry):
    watched.cells(entry, [ZERO])
    watched.ask()
    assert "Hint:" in plain(watched.ask())
    watched.cells(entry, [RATE])
    said = plain(watched.ask())
    assert "Another learning rate" in said
    assert "Hint:" not in said


def test_a_cell_that_was_mended_and_run_again_counts_as_it_is_now(watched, entry):
    watched.cells(entry, [ZERO])
    assert "✗" in plain(watched.ask())
    practice = next(c for c in _right(entry) if c.metadata["nbgrader"]["grade_id"] == "practice")
    plot = next(c for c in _right(entry) if c.metadata["nbgrader"]["grade_id"] == "plot")
    watched.run(practice.source, "practice")
    watched.run(plot.source, "plot")
    assert plain(watched.ask()).startswith("✓ All 10 checks")


def test_a_cell_run_twice_is_told_as_that_and_judged_as_a_clean_run(watched, entry):
    watched.cells(entry)
    practice = next(c for c in _right(entry) if c.metadata["nbgrader"]["grade_id"] == "practice")
    watched.run(practice.source, "practice")
    said = plain(watched.ask())
    assert said.startswith("✓ All 10 checks")
    assert "are one cell that ran twice. Told is what a clean run gives, where it runs once: judged was the" in said


SPLIT = (
    "w = torch.tensor(-15.0, requires_grad=True)\nb = torch.tensor(-10.0, requires_grad=True)\nLOSS2 = []",
    """\
for i in range(15):
    loss = criterion(forward(X), Y)
    LOSS2.append(loss.item())
    loss.backward()
    w.data = w.data - 0.2 * w.grad.data
    b.data = b.data - 0.2 * b.grad.data
    w.grad.data.zero_()
    b.grad.data.zero_()
""",
)


@pytest.mark.parametrize("named", [True, False])
def test_a_loop_run_twice_goes_on_where_it_ended_and_a_clean_run_would_not(watched, entry, named):
    for cell in _right(entry):
        name = cell.metadata["nbgrader"]["grade_id"]
        if name == "practice":
            watched.run(SPLIT[0], "practice" if named else None)
            watched.run(SPLIT[1], "mine" if named else None)
        elif cell.kind == "code" and name != "outcome":
            watched.run(cell.source, name if named else None)
    assert plain(watched.ask()).startswith("✓ All 10 checks")
    again = watched.run(SPLIT[1], "mine" if named else None)
    assert again.success
    said = plain(watched.ask())
    assert said.startswith("✓ All 10 checks")
    assert "judged was the first, since later ones went on where it ended" in said


def test_a_cell_that_ran_before_one_above_it_is_named(watched, entry):
    watched.cells(entry, [RATE])
    data = next(c for c in _right(entry) if c.metadata["nbgrader"]["grade_id"] == "data")
    watched.run(data.source, "data")
    said = plain(watched.ask())
    assert "but ran before it, so it may show an older state. Restart and Run All settles it." in said


def test_loaded_after_training_it_asks_for_a_clean_run_and_blames_nothing(shell, entry):
    shell.cells(entry)
    shell.run("%load_ext grader")
    for source in ("%grade", "x = 1"):
        shown = shell.ask(source) if source == "%grade" else (shell.run(source), shell.ask())[1]
        assert plain(shown).startswith("↻ Restart and Run All")
        assert "✗" not in plain(shown)
        assert 'class="grader-card restart"' in shown["text/html"]


def test_loaded_late_it_still_passes_what_it_saw_whole(shell, entry):
    shell.run("x = 1")
    shell.run("%load_ext grader")
    shell.cells(entry)
    assert plain(shell.ask()).startswith("✓ All 10 checks")


def test_not_loaded_at_all(shell):
    shell.run("import grader")
    assert plain(shell.ask("grader.check()")).startswith("↻ Restart and Run All The check is not loaded")


def test_nothing_has_run(watched):
    assert "no cell of yours has run yet" in plain(watched.ask())


def test_the_untouched_stub_is_nothing_to_judge_yet(watched, entry):
    from grader.authoring import stub_bytes
    from grader.notebooks import read

    for cell in read(stub_bytes(entry), "stub.ipynb").code()[1:-1]:
        watched.run(cell.source, cell.grade_id)
    shown = watched.ask()
    assert plain(shown).startswith("○ Nothing to judge yet")
    assert 'class="grader-card open"' in shown["text/html"]


def test_an_error_is_told_with_cell_and_line(watched, entry):
    watched.cells(entry, [("practice", "loss.backward()", "los.backward()")])
    said = plain(watched.ask())
    assert "A cell stopped with an error In [10], line" in said
    assert "NameError: name 'los' is not defined" in said


def test_a_cell_that_python_cannot_read(watched, entry):
    watched.cells(entry, [("practice", "loss.backward()", "loss.backward(")])
    assert "Python can't read a cell In [10], line" in plain(watched.ask())


def test_asking_is_no_work_and_what_stands_beside_it_is_not_looked_at(watched, entry):
    watched.cells(entry)
    for _ in range(3):
        watched.ask()
    assert not [one for one in asking._listening[0].session.ran if "%grade" in one.source]
    said = plain(watched.ask("y = 2\n%grade"))
    assert "Put %grade into a cell of its own" in said
    assert "All 10 checks" in said
    assert plain(watched.ask("import grader\ngrader.check()")).startswith("✓ All 10 checks")


def test_loading_twice_is_harmless_and_unloading_leaves_everything_as_it_was(watched):
    import matplotlib.pyplot as plt

    patched, show = torch.Tensor.item, plt.show
    watched.run("%load_ext grader")
    grader.load_ipython_extension(watched.shell)
    assert torch.Tensor.item is patched
    watched.run("%unload_ext grader")
    assert torch.Tensor.item is not patched
    assert plt.show is not show
    assert plt.show.__module__ == "matplotlib.pyplot"
    assert "grade" not in watched.shell.magics_manager.magics["line"]
    assert not [f for all_of in watched.shell.events.callbacks.values() for f in all_of if "Session" in repr(f)]
    assert watched.run("x = 1").success


# ---- what came with the exercise --------------------------------------------------------------------------------------------


def test_without_its_claims_it_says_what_to_do(watched, tmp_path):
    watched.run("x = 1")
    (tmp_path / "grader.json").rename(tmp_path / "away.json")
    assert "! The check could not be made" in (said := plain(watched.ask()))
    assert "there is no grader.json beside the notebook. It came with the exercise: put it there." in said
    (tmp_path / "aside").mkdir()
    (tmp_path / "away.json").rename(tmp_path / "aside" / "grader.json")
    assert "Nothing" in plain(watched.ask("%grade aside")) or "could not be made" in plain(watched.ask("%grade aside"))
    assert "there is no grader.json" in plain(watched.ask("%grade nowhere"))


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"format": 9}', b'{"format": 1, "claims": {}}', b"\xff\xfe"])
def test_claims_that_cannot_be_read_are_one_sentence(watched, tmp_path, data):
    watched.run("x = 1")
    (tmp_path / "grader.json").write_bytes(data)
    said = plain(watched.ask())
    assert said.startswith("! The check could not be made")
    assert "Traceback" not in said


def test_data_that_was_changed_is_not_judged_on(watched, tmp_path, course):
    from grader.authoring import released

    for name, data in released(course.load("cars-from-scratch")).items():
        (tmp_path / name).write_bytes(data)
    watched.run("x = 1")
    (tmp_path / "cars.csv").write_bytes((tmp_path / "cars.csv").read_bytes().replace(b"2", b"3", 1))
    assert "cars.csv: the data file is not as it was handed out" in plain(watched.ask())
    (tmp_path / "cars.csv").unlink()
    assert "cars.csv: the data file is not here" in plain(watched.ask())


def test_another_exercises_claims_are_told_as_that(watched):
    watched.run("print('something else')")
    told = "belongs to the exercise “Slope and bias: gradient descent from scratch”, and none of its cells is in it"
    assert told in plain(watched.ask())


def test_so_are_those_of_one_whose_cells_have_the_same_names(watched, course):
    watched.cells(course.load("pytorch-way"))
    assert "belongs to the exercise “Slope and bias" in plain(watched.ask())


def test_nothing_that_a_student_wrote_is_markup(watched, entry):
    evil = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    watched.cells(entry, [("practice", "LOSS2 = []", f"raise ValueError({evil!r})")])
    for _ in range(3):
        html = watched.ask()["text/html"]
        assert "<script" not in html
        assert "<img" not in html
    assert "&lt;script&gt;" in html


def test_a_failure_of_ours_is_one_sentence_and_says_nothing_about_the_work(watched, entry, tmp_path):
    """A declaration that the judge can't work with: whatever that raises stays out of the notebook."""
    watched.cells(entry)
    tree = json.loads((tmp_path / "grader.json").read_text())
    task = tree["claims"]["exercise"]["tasks"][0]
    task["training"]["batches"]["size"] = 10**9
    task["training"]["epochs"] = 10**12
    (tmp_path / "grader.json").write_text(json.dumps(tree))
    said = plain(watched.ask())
    assert "Traceback" not in said


def _right(entry):
    from tests.exercises.students import right

    return right(entry)
