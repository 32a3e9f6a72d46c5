"""What `%load_ext grader`, `%grade` and `grader.check()` do.  Whatever goes wrong is one quiet sentence in the notebook."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from typing import Any

from grader.model.errors import ExecutionError, GraderError, UsageError
from grader.student.answer import Answer
from grader.student.hints import Hints

__all__ = ["ask", "load", "unload"]

_LOG = logging.getLogger(__name__)
MORE = ("Run this cell again for a hint.", "Run it once more to be shown where, and where to read.")
_listening: list[_Listening] = []


class _Listening:
    """The session of this kernel (there is one), and what was told in it."""

    def __init__(self, session: Any) -> None:
        self.session, self.hints = session, Hints()


def load(shell: Any) -> None:
    """`%load_ext grader`: listen from here on, and know `%grade`.  Again: nothing."""
    shell.register_magic_function(ask, "line", "grade")
    if _listening:
        return
    from grader.student import card, judged, session, telling  # noqa: F401 - loaded now, so that %grade answers at once

    try:
        _listening.append(_Listening(session.Session(shell)))
    except GraderError as error:
        _show(telling.trouble(error))


def unload(shell: Any) -> None:
    """`%unload_ext grader`: stop listening, and leave the kernel as it was."""
    shell.magics_manager.magics["line"].pop("grade", None)
    while _listening:
        _listening.pop().session.close()


def ask(line: str = "") -> None:
    """`%grade [FOLDER]`: show what this kernel has trained so far, judged on what a student may see."""
    if _shell() is None:
        sys.stdout.write("This works in a notebook: put %load_ext grader in its first cell and %grade in its last.\n")
        sys.stdout.write("At a terminal: grader check NOTEBOOK\n")
        return
    _show(_answered(lambda: _answer(str(line or "").split("#")[0].strip().strip("'\""))))


def _answered(make: Callable[[], Answer]) -> Answer:
    """The answer, or what kept us from giving one."""
    from grader.student import telling

    try:
        return make()
    except GraderError as error:
        return telling.trouble(error)
    except Exception as error:  # noqa: BLE001 - our own failure, in somebody else's notebook: it costs one sentence
        _LOG.exception("while checking")
        what = f"the check itself failed ({type(error).__name__}); it says nothing about your work"
        return telling.trouble(ExecutionError(what, remedy="show this notebook to whoever gave you the exercise"))


def _answer(named: str) -> Answer:
    from grader.student import bundle, telling
    from grader.student.judged import judged

    if not _listening:
        return telling.restart("The check is not loaded: %load_ext grader has to stand in the first cell.")
    listening = _listening[0]
    session = listening.session
    path = bundle.find(named, bundle.folders(session.shell))
    held = bundle.read(path)
    if not session.ran:
        if session.late:
            return telling.restart("The check was loaded after cells had run already, so it did not see what they did.", held.claims)
        raise UsageError("no cell of yours has run yet", remedy="run all cells of the notebook, this one last")
    found = judged(session.ran, session.snapshot(), held, "this notebook")
    plainness = listening.hints.plainness(found.report.cause)
    notes = ("Put %grade into a cell of its own: what else stands in this one is not looked at.",) if session.mixed else ()
    return telling.told_of(
        found, held.claims, plainness=plainness, more=MORE[min(plainness, len(MORE)) - 1], place=telling.in_brackets, late=session.late,
        notes=notes,
    )  # fmt: skip


def _show(answer: Answer) -> None:
    """Inline, as HTML with the same words beside it for those who see no HTML."""
    from IPython.display import display

    from grader.student.card import card
    from grader.student.lines import lines

    display({"text/html": card(answer), "text/plain": lines(answer)}, raw=True)


def _shell() -> Any:
    ipython = sys.modules.get("IPython")
    return None if ipython is None else ipython.get_ipython()
