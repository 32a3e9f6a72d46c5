"""What pages say of a cause besides its own message: a headline, the words for a class, its picture, and where to read more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Told", "checks_of", "told"]

LAWS = frozenset({"data", "start", "steps", "loss", "gradient", "update", "trajectory", "learned"})

_TORCH = "https://docs.pytorch.org/docs/stable"
_GUIDE = "https://docs.pytorch.org/tutorials/beginner"

LINKS: Mapping[str, tuple[str, str]] = {
    "autograd": ("PyTorch tutorial: automatic differentiation", f"{_GUIDE}/basics/autogradqs_tutorial.html"),
    "backward": ("PyTorch docs: Tensor.backward", f"{_TORCH}/generated/torch.Tensor.backward.html"),
    "loop": ("PyTorch tutorial: the optimization loop", f"{_GUIDE}/basics/optimization_tutorial.html"),
    "zero": ("PyTorch docs: zero_grad", f"{_TORCH}/generated/torch.optim.Optimizer.zero_grad.html"),
    "grad": ("PyTorch docs: Tensor.grad", f"{_TORCH}/generated/torch.Tensor.grad.html"),
    "optim": ("PyTorch docs: torch.optim", f"{_TORCH}/optim.html"),
    "sgd": ("PyTorch docs: SGD", f"{_TORCH}/generated/torch.optim.SGD.html"),
    "broadcast": ("PyTorch docs: broadcasting", f"{_TORCH}/notes/broadcasting.html"),
    "losses": ("PyTorch docs: loss functions", f"{_TORCH}/nn.html#loss-functions"),
    "data": ("PyTorch docs: DataLoader", f"{_TORCH}/data.html"),
    "reshape": ("PyTorch docs: reshape", f"{_TORCH}/generated/torch.reshape.html"),
    "item": ("PyTorch docs: Tensor.item", f"{_TORCH}/generated/torch.Tensor.item.html"),
    "clone": ("PyTorch docs: Tensor.clone", f"{_TORCH}/generated/torch.Tensor.clone.html"),
    "detach": ("PyTorch docs: Tensor.detach", f"{_TORCH}/generated/torch.Tensor.detach.html"),
    "module": ("PyTorch docs: Module", f"{_TORCH}/generated/torch.nn.Module.html"),
    "seed": ("PyTorch docs: reproducibility", f"{_TORCH}/notes/randomness.html"),
    "fit": ("scikit-learn docs: LinearRegression", "https://scikit-learn.org/stable/modules/generated/sklearn.linear_model.LinearRegression.html"),
    "legend": ("Matplotlib docs: legend guide", "https://matplotlib.org/stable/users/explain/axes/legend_guide.html"),
    "call": ("Python tutorial: defining functions", "https://docs.python.org/3/tutorial/controlflow.html#defining-functions"),
    "errors": ("Python tutorial: errors", "https://docs.python.org/3/tutorial/errors.html"),
    "grid": ("NumPy docs: meshgrid", "https://numpy.org/doc/stable/reference/generated/numpy.meshgrid.html"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """headline: the cause in a few words.  of_class: what so many of a class did, after "14 of 60".

    subject: the picture that shows it.  links: names of LINKS.  checks: ids that this rule can be the cause of; every one where empty.
    """

    headline: str
    of_class: str
    subject: str = ""
    links: tuple[str, ...] = ()
    checks: frozenset[str] = LAWS

    @property
    def reading(self) -> tuple[tuple[str, str], ...]:
        """Text and address of each page to read."""
        return tuple(LINKS[name] for name in self.links)


_RECORDED = frozenset({"recorded"})
_HANDED_IN = frozenset({"recorded", "fitted", "shape", "plotted", "answered"})
_MODEL = frozenset({"learned", "parity"})
_ANY: frozenset[str] = frozenset()

RULES: Mapping[str, Told] = {
    "not-attempted": Told("Nothing to judge yet", "handed in no training of their own", "", ("loop",), _ANY),
    "missing-backward": Told("No gradient is ever computed", "never compute a gradient", "loss", ("backward", "autograd")),
    "missing-zero-grad": Told("Old gradients are kept", "keep old gradients", "gradient", ("zero", "grad")),
    "zero-grad-not-called": Told(
        "Old gradients are kept", "name the clearing of gradients without calling it", "gradient", ("zero", "call")
    ),
    "missing-step": Told("The parameters never move", "never take a step", "update", ("loop", "optim")),
    "step-outside-loop": Told("Too few steps are taken", "take the step outside the loop", "update", ("loop",)),
    "backward-outside-loop": Told("Too few gradients are computed", "compute the gradient outside the loop", "loss", ("loop", "backward")),
    "stale-optimizer": Told(
        "The optimizer moves other parameters", "train with an optimizer of another model", "update", ("optim", "loop")
    ),
    "zero-grad-before-step": Told("Gradients are cleared too early", "clear gradients before the step", "update", ("loop", "zero")),
    "wrong-learning-rate": Told("Another learning rate", "train at another learning rate", "update", ("sgd", "loop")),
    "wrong-step-count": Told("Another number of steps", "take another number of steps", "loss", ("loop",)),
    "wrong-batch-size": Told("Another number of rows in each step", "take another number of rows in each step", "loss", ("data",)),
    "shuffled": Told("The rows come in another order", "shuffle the rows", "loss", ("data",)),
    "wrong-start": Told("Another start", "start elsewhere", "path", ("loop",)),
    "wrong-data": Told("Other data", "use other data", "line", ("data",), LAWS | {"fitted", "shape"}),
    "train-test-swapped": Told("Trained on the test rows", "train on the test rows", "line", ("data",)),
    "wrong-loss": Told("Another loss", "use another loss", "loss", ("losses",)),
    "broadcast-loss": Told("The loss compares every pair", "compare every prediction with every target", "line", ("broadcast", "reshape")),
    "wrong-gradient": Told("Other gradients are used", "use other gradients", "update", ("grad", "autograd")),
    "wrong-update-sign": Told("Steps go uphill", "step uphill", "update", ("loop", "sgd")),
    "wrong-optimizer": Told("Steps of another kind", "take steps of another kind", "update", ("optim", "sgd")),
    "wrong-model": Told("Another model", "train another model", "line", ("module",)),
    "detached-loss": Told(
        "The loss is cut off from the parameters", "cut the loss off from the parameters", "loss", ("autograd", "detach")
    ),
    "not-called": Told("Named, but not called", "name a function without calling it", "", ("call",), _ANY),
    "called-other-function": Told("The lecture's function did the training", "call the lecture's function", "loss", ("call",)),
    "nothing-recorded": Told("What to hand in is missing", "hand in less than is asked for", "loss", (), _HANDED_IN | _MODEL),
    "recorded-elsewhere": Told("The values are in another place", "put the values elsewhere", "loss", (), _RECORDED),
    "recorded-alias": Told(
        "One tensor, recorded again and again", "record the same tensor again and again", "loss", ("item", "clone"), _RECORDED
    ),
    "recorded-after-update": Told("Recorded after the step", "record after the step", "loss", ("loop",), _RECORDED),
    "recorded-before-update": Told("Recorded before the step", "record before the step", "loss", ("loop",), _RECORDED),
    "recorded-at-wrong-interval": Told("Recorded at another interval", "record at another interval", "loss", (), _RECORDED),
    "recorded-other-values": Told("Other values are recorded", "record other values", "loss", ("item",), _RECORDED),
    "tensors-not-floats": Told("Tensors in the list", "record tensors", "loss", ("item",), _RECORDED),
    "diverged": Told("The training runs away", "let the training run away", "loss", ("sgd",)),
    "not-converged": Told(
        "Not close enough yet", "stop before they are close enough", "line", ("loop", "fit"), frozenset({"parity", "learned"})
    ),
    "shape-mismatch": Told("Another shape", "hand in predictions of another shape", "line", ("reshape",), frozenset({"shape"})),
    "hard-coded": Told("Results without a training", "write down results", "", ("loop",), LAWS | {"recorded", "generalises"}),
    "seed-dependent": Told(
        "Right on its own numbers alone", "train rightly on their own numbers alone", "", ("seed",), frozenset({"generalises"})
    ),
    "not-plotted": Told("Another figure", "draw another figure", "", ("legend",), frozenset({"plotted"})),
    "wrong-answer": Told("An answer does not fit", "answer otherwise than their runs", "loss", (), frozenset({"answered"})),
    "wrong-surface": Told("Not the surface of the loss", "draw another surface", "surface", ("grid",), frozenset({"surface"})),
    "samples-ignored": Told("A grid of its own size", "draw on a grid of its own size", "surface", ("grid",), frozenset({"surface"})),
    "trained-in-eval-mode": Told("Trained in eval mode", "train in eval mode", "", ("module",)),
    "unread-training": Told("Not followed step by step", "train in a way that can't be followed", ""),
    "scaffold-changed": Told("Given cells were changed", "change given cells", "", (), _ANY),
    "scaffold-error": Told("A given cell failed", "have a given cell that fails", "", ("errors",), _ANY),
    "cell-error": Told("A cell stopped with an error", "have a cell that stops with an error", "", ("errors",), _ANY),
    "missing-package": Told("A package is missing here", "use a package that is missing here", "", ("errors",), _ANY),
    "syntax-error": Told("Python can't read a cell", "have a cell that Python can't read", "", ("errors",), _ANY),
    "timeout": Told("A cell did not end in time", "have a cell that does not end", "", (), _ANY),
    "out-of-memory": Told("Too much memory", "use too much memory", "", (), _ANY),
    "kernel-died": Told("The kernel died", "end the kernel", "", (), _ANY),
    "too-much-output": Told("Too much output", "print too much", "", (), _ANY),
    "forbidden": Told("Something that is not allowed", "try something that is not allowed", "", (), _ANY),
    "unreadable-notebook": Told("The file can't be read", "hand in a file that can't be read", "", (), _ANY),
}  # fmt: skip
"""A rule that is not here is told by its own name; nothing else depends on the table."""


def told(rule: str) -> Told:
    """What to say of a rule."""
    return RULES.get(rule) or Told(rule.replace("-", " ").capitalize(), f"have {rule.replace('-', ' ')}")


def checks_of(rule: str) -> frozenset[str]:
    """The checks whose failure this rule can explain, where that says anything; else none."""
    return told(rule).checks
