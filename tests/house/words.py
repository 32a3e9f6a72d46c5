"""Which technical words a message may use in a lab: a glossary, and what stands in a lab's terms.toml.

A term is a word of one lesson: a lab knows it where its text or given code uses it, or its task needs it.  What every lab
knows (loss, gradient, parameter, step, learning rate, tensor, shape, list …) is no term.
"""

import ast
import re
import tomllib
from pathlib import Path

from grader.catalog import Course
from grader.judging.adding import phrases
from grader.model.exercise import Split
from grader.reports.pages.rules import told

ROOT = Path(__file__).parents[2]
FILE = "terms.toml"
TERMS = {
    "optimizer": r"\boptimizers?\b", "SGD": r"\bSGD\b", "Adam": r"\bAdam\b", "momentum": r"\bmomentum\b", "weight decay": r"weight.decay",
    "scheduler": r"\bschedulers?\b", "zero_grad()": r"\bzero_grad\b", ".grad": r"\.grad\b", "backward()": r"\bbackward\b",
    "autograd": r"\bautograd\b", "requires_grad": r"requires_grad|requires? a gradient", "no_grad": r"no_grad|inference_mode",
    "detach": r"\bdetach", "loader": r"(?i)loader\b", "batch": r"(?i)\bbatch(?:es|[ _]size)?\b", "epoch": r"(?i)\bepochs?\b",
    "iteration": r"(?i)\biterations?\b", "Module": r"\b[Mm]odules?\b", "layer": r"\blayers?\b", "eval mode": r"\beval\b|evaluation mode",
    "train()": r"\btrain\(\)|training mode", "state_dict": r"state_dict", "criterion": r"\bcriterion\b",
    "Huber loss": r"Huber", "scikit-learn": r"scikit-learn|LinearRegression\b|least squares", "column": r"\bcolumns?\b",
    "in place": r"in place", "forward pass": r"forward pass", "held out": r"held out|test (?:data|rows|set|loss)",
    "grid": r"\bgrid\b", "samples": r"samples?\b", "feature": r"\bfeatures?\b", "seed": r"seed", "shuffle": r"shuffl",
    ".item()": r"\.item\(", "broadcast": r"\bbroadcast",
}  # fmt: skip
"""Term -> how it is written, in a message as in a lab."""

OWN_WORK = {
    "stale-optimizer": {"optimizer"},
    "trained-in-eval-mode": {"eval mode", "train()"},
    "zero-grad-before-step": {"backward()"},
    "backward() runs twice in every step": {"backward()"},
    "zero_grad() is called, but on an optimizer or model that holds other parameters.": {"zero_grad()", "optimizer"},
    "a Huber loss": {"Huber loss"},
}
"""Phrases and sentences that are told only where the student's own cells brought a term in, which they then know."""

SENTENCES = {
    "training": set(), "naming": set(), "datasets": set(), "diagnosis": set(), "handed_in": {"shape", "recorded"}, "lists": {"recorded"},
    "figures": {"plotted"}, "fits": {"fitted", "parity"}, "surfaces": {"surface"}, "answers": {"answered"}, "verdict": {"generalises"},
}  # fmt: skip
"""Modules of the judge that word what was seen -> the checks that they word, any check of a training where none stands here."""


def terms_in(text):
    """The terms that a text uses."""
    return {term for term, written in TERMS.items() if re.search(written, text)}


def entries():
    """Every exercise of the course."""
    course = Course(root=ROOT)
    return [course.load(slug) for slug in course.exercises()]


def known(entry):
    """The terms that a lab has introduced, as its author says."""
    with (entry.reference.parent / FILE).open("rb") as file:
        return frozenset(tomllib.load(file)["terms"])


def occurs(key, entry):
    """Whether a phrase can be told in a lab: what it explains is checked there."""
    checks = {check.id for task in entry.exercise.tasks for check in task.checks}
    explained = told(phrases()[key].rule or key).checks
    split = any(task.training is not None and isinstance(task.training.data, Split) for task in entry.exercise.tasks)
    return (not explained or bool(explained & checks)) and (split or key != "train-test-swapped")


def sentences(module):
    """Each text of several words that a module of the judge holds, without docstrings, what authors are told, and what fills its braces."""
    tree = ast.parse((ROOT / "grader" / "judging" / f"{module}.py").read_text(encoding="utf-8"))
    raised = [one for node in ast.walk(tree) if isinstance(node, ast.Raise) for one in ast.walk(node)]
    notes = {id(one) for one in raised} | {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    texts = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str) and id(n) not in notes]
    return [text for text in texts if len(text.split()) > 2]
