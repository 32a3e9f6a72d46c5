"""Stand-ins for what students' copies import or say and a grading kernel does without.

Helper modules of the labs (`standins.py`), IPython magics that would wait for a network or a window, this grader's own
extension, and `exit()`, which would end the kernel before the cells that follow.
"""

from __future__ import annotations

import sys
from typing import Any

from grader.probe import standins
from grader.probe.serving import NO_NETWORK

__all__ = ["install"]

PACKAGERS = ("pip", "conda", "mamba", "micromamba", "uv")
INERT_EXTENSIONS = ("grader", "nbgrader", "otter")


def install() -> None:
    """Make the stand-ins importable and, where this is an IPython kernel, its magics inert.  May be called again."""
    standins.install()
    shell = _shell()
    if shell is not None:
        _install_magics(shell)
        _install_figures(shell)
        _install_extensions(shell)
        shell.ask_exit = _nothing


def _shell() -> Any:
    ipython = sys.modules.get("IPython")
    return None if ipython is None else ipython.get_ipython()


def _nothing(*args: object, **settings: object) -> None:
    """Accept anything and do nothing."""


def _no_network(line: str = "") -> None:
    sys.stdout.write(f"{NO_NETWORK}\n")


def _install_magics(shell: Any) -> None:
    for name in PACKAGERS:
        shell.register_magic_function(_no_network, "line", name)
    shell.register_magic_function(_nothing, "line_cell", "grade")


def _install_extensions(shell: Any) -> None:
    """`%load_ext grader` in a submission would install a second recorder, or fail; `grader.check()` would judge."""
    package = sys.modules.get("grader")
    if package is not None:
        package.check = _nothing  # type: ignore[attr-defined]
    manager = shell.extension_manager
    for method in ("load_extension", "reload_extension", "unload_extension"):
        setattr(manager, method, _skipping_graders(getattr(type(manager), method).__get__(manager)))


def _skipping_graders(method: Any) -> Any:
    def wrapped(module_str: str) -> Any:
        return None if module_str.partition(".")[0] in INERT_EXTENSIONS else method(module_str)

    return wrapped


def _install_figures(shell: Any) -> None:
    """`%matplotlib …` changes nothing: figures are recorded as data, never rendered or shown."""

    def enable_matplotlib(gui: object = None) -> tuple[str, str]:
        return "agg", "agg"

    shell.enable_matplotlib = enable_matplotlib
    if not any(type(known).__name__ == "InlineBackend" for known in shell.configurables):
        shell.configurables.append(_inline_backend())


def _inline_backend() -> Any:
    """What `%config InlineBackend.figure_format = …` sets; without it that line would raise."""
    from traitlets import Any as Anything
    from traitlets.config import Configurable

    names = ("figure_format", "figure_formats", "rc", "close_figures", "print_figure_kwargs")
    return type("InlineBackend", (Configurable,), {name: Anything().tag(config=True) for name in names})()
