"""Judges how a linear model was trained with PyTorch, names the cause of what went wrong, and can't be fooled by the code it judges.

The rooms stand on floors; imports go only downward and never sideways (`pyproject.toml` holds the contracts, the tests run them).
Floor 8 `cli`, 7 `authoring`, 6 `batch`, 5 `grading` and `student`, 4 `execution`, `catalog`, `reports`, `gradebook` and `lms`,
3 `judging`, 2 `wire` and `notebooks`, 1 `model`.  `probe` is an island: it runs inside the student's kernel and imports nothing of
the judge.

In a student's notebook: `%load_ext grader`, then `%grade` or `grader.check()`.
"""

from __future__ import annotations

from typing import Any

__all__ = ["__version__", "check", "load_ipython_extension", "unload_ipython_extension"]

__version__ = "0.1.0"


def load_ipython_extension(shell: Any) -> None:
    """`%load_ext grader`."""
    from grader.student import load

    load(shell)


def unload_ipython_extension(shell: Any) -> None:
    """`%unload_ext grader`."""
    from grader.student import unload

    unload(shell)


def check(folder: str = "") -> None:
    """What `%grade` shows.  folder: where grader.json is, '' for beside the notebook."""
    from grader.student import ask

    ask(folder)
