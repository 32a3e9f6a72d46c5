"""What the text of the student's cells says: each place, with its line; nothing is executed."""

import pytest

from grader.judging.outcomes import blocked, failed, passed, unobserved, words
from grader.judging.source import Place, read_source
from grader.model.notebook import Cell, Notebook


def source(*texts, owner="asked", **more):
    return read_source(
        Notebook(name="n.ipynb", cells=tuple(Cell(index=i, kind="code", source=t, owner=owner, **more) for i, t in enumerate(texts)))
    )


@pytest.mark.parametrize("verb", ["backward", "step", "zero_grad", "zero_"])
def test_a_verb_named_but_not_called(verb):
    found = source("x = 1", f"for _ in range(3):\n    thing.{verb}")
    assert found.named == {verb: Place(1, 2)}
    assert source(f"thing.{verb}()").named == {}
    assert source(f"thing.{verb}()").called == {verb: Place(0, 1)}


def test_the_exercises_own_cells_say_nothing_unless_changed():
    assert source("thing.backward", owner="given").named == {}
    assert source("thing.backward", owner="given", changed=True).named == {"backward": Place(0, 1)}
    assert source("a", owner="given").own == frozenset()


def test_a_step_after_the_loop():
    loop = "for _ in range(3):\n    loss.backward()\n{}o.step()"
    assert source(loop.format("")).outside == Place(0, 3)
    assert source(loop.format("    ")).outside is None


def test_functions_that_train_and_whether_anything_calls_them():
    text = "def train():\n    loss.backward()\n\ndef plot():\n    pass"
    assert [(f.name, f.trains, f.called) for f in source(text).functions] == [("train", True, False), ("plot", False, False)]
    assert source(text, "train()").functions[0].called
    assert source(text, "run(train)").functions[0].called
    assert source("class M:\n    def forward(self):\n        pass\nm.forward").functions[0].called


@pytest.mark.parametrize("text", ["loss = ((a - b) ** 2).sum()", "torch.nn.MSELoss(reduction='sum')", "torch.sum(x)"])
def test_a_loss_that_is_summed(text):
    assert source(text).sums == Place(0, 1)


def test_lists_of_numbers_and_literals():
    found = source("a = [1, 2, 3]", "LOSS2 = [5.0, 4.0, -3.0, 2.0, 1.0]\nw = -1.5")
    assert found.numbers == Place(1, 1)
    assert {v for v, _ in found.literals} >= {-3.0, -1.5, 5.0}
    assert source("a = [1, 2, 3, 4]").numbers is None
    assert source("a = [x, 1, 2, 3, 4]").numbers is None


def test_gradients_cleared_before_they_are_used():
    loop = "for _ in range(3):\n    loss.backward()\n    {}\n    {}"
    clear, move = "w.grad.zero_()", "w.data = w.data - 0.1 * w.grad"
    assert source(loop.format(clear, move)).early == Place(0, 3)
    assert source(loop.format(move, clear)).early is None


@pytest.mark.parametrize("text", ["loss = f(x).detach()", "loss = torch.tensor(x)", "loss = x.item()"])
def test_a_loss_cut_from_its_graph(text):
    assert source(f"for _ in range(3):\n    {text}\n    loss.backward()").detached == Place(0, 2)
    assert source(f"{text}\nfor _ in range(3):\n    loss.backward()").detached is None  # not in the loop: not the loss's


def test_a_cell_that_does_not_parse_costs_only_itself():
    found = source("x = (\n", "loss.backward")
    assert set(found.broken) == {0}
    assert found.named == {"backward": Place(1, 1)}


@pytest.mark.parametrize(
    "text",
    [
        "%matplotlib inline\nloss.backward()",
        "!pip install torch\nloss.backward()",
        "files = !ls\nloss.backward()",
        "t = %timeit -o 1\nloss.backward()",
        "%%time\nloss.backward()",
        "torch.Tensor?\nloss.backward()",
        "for _ in range(3):\n    %time 1\nloss.backward()",
    ],
)
def test_magics_are_read_around(text):
    found = source(text)
    assert found.broken == {}
    assert "backward" in found.called


def test_other_cell_magics_hold_no_python():
    assert source("%%bash\nrm -rf (").broken == {}


@pytest.mark.parametrize("text", ["\0", "(" * 500 + ")" * 500, "x = " + "-" * 5000 + "1", "é = 1\n\t x", "\ufeffx = 1"])
def test_no_text_makes_the_reader_fail(text):
    assert read_source(Notebook(name="n", cells=(Cell(index=0, kind="code", source=text),))).own == frozenset({0})


def test_outcomes_say_what_they_are():
    assert (passed("data", "m").outcome, failed("data", "m", rule="r").rule) == ("passed", "r")
    assert blocked("data", "the sun shines").message == "can't be judged until the sun shines"
    assert (unobserved("data", "m").outcome, unobserved("data", "m").ours, unobserved("data", "m", ours=False).ours) == (
        "unobserved",
        True,
        False,
    )
    assert (words(0.1), words(1234567.0), words(float("nan"))) == ("0.1", "1.235e+06", "nan")
