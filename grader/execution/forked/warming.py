"""What the parent does once so that no kernel has to: importing, one step with each optimizer, one figure, one shell.

The order matters: first what every ipykernel has imported when it starts, then torch, which the recorder needs in any case;
both stay in sight.  All else is noted by a Ledger and hidden again (`imports`).
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import io
import os
import pkgutil
import sys
import time
import types
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from grader.execution.confinement import calls
from grader.execution.forked import shell
from grader.execution.forked.imports import Hidden, Ledger

__all__ = ["Warmth", "threads", "warm"]

KERNEL = (
    "IPython", "ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.zmqshell", "ipykernel.comm.manager", "ipykernel.embed",
    "ipykernel.subshell_manager", "ipykernel.shellchannel", "zmq", "zmq.eventloop.zmqstream", "IPython.core.completer",
    "IPython.core.debugger", "IPython.core.async_helpers", "IPython.display",
    "IPython.extensions.storemagic", "IPython.core.magics.pylab", "tornado.platform.asyncio", "pexpect", "resource", "faulthandler",
)  # fmt: skip
RECORDER = ("numpy", "numpy.random", "secrets", "torch")
TRAINING = ("torch._dynamo", "torch.optim", "torch.utils.data")
"""The first optimizer and the first seed import these and some 800 modules with them, in any kernel: they stay in sight, because
bringing them back would cost every kernel that trains a fifth of what its training costs."""
EXERCISES = (
    "torch.optim", "torch.utils.data", "torch.nn.functional", "torch._dynamo", "pandas",
    "sklearn", "sklearn.linear_model", "sklearn.model_selection", "sklearn.metrics", "sklearn.preprocessing", "sklearn.datasets",
    "sklearn.pipeline", "matplotlib", "matplotlib.pyplot", "matplotlib.backends.backend_agg", "mpl_toolkits.mplot3d", "seaborn",
    "matplotlib_inline.backend_inline", "multiprocessing.connection", "PIL.Image", "tqdm",
)  # fmt: skip
_HUGE_PAGE = 2 << 20
_MADV_COLLAPSE = 25

Warmth = dict[str, float]
"""What took how many seconds; `hidden`, `collapsed` and `threads` are counts."""


def _import(names: tuple[str, ...]) -> None:
    """Import what is installed; an exercise can't use what is not."""
    for name in names:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


def _stub_debugger() -> None:
    """No debug adapter: importing it costs every kernel a quarter of a second, and nothing here attaches one."""
    stub: Any = types.ModuleType("ipykernel.debugger")
    stub._is_debugpy_available = False  # noqa: SLF001 (the name that ipykernel asks for)
    stub.Debugger = type("Debugger", (), {})
    sys.modules["ipykernel.debugger"] = stub


def _recorder() -> None:
    import grader.probe

    for module in pkgutil.walk_packages(grader.probe.__path__, "grader.probe."):
        importlib.import_module(module.name)


def _train() -> None:
    """One step with every usual optimizer: the first use of one imports a good part of torch."""
    import torch
    from torch.utils.data import DataLoader, TensorDataset

    for kind in (torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW, torch.optim.RMSprop, torch.optim.Adagrad):
        model = torch.nn.Linear(4, 4)
        optimizer = kind(model.parameters(), lr=0.01)
        for _ in range(2):
            optimizer.zero_grad()
            torch.nn.functional.mse_loss(model(torch.ones(8, 4)), torch.zeros(8, 4)).backward()
            optimizer.step()
    for _ in DataLoader(TensorDataset(torch.ones(8, 4)), batch_size=4, shuffle=True):
        pass
    repr(torch.randn(2, 2))


def _draw() -> None:
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots()
    axes.plot([1, 2], label="a")
    axes.set_yscale("log")
    axes.legend()
    figure.savefig(io.BytesIO(), format="png")
    plt.close("all")
    # Every fork would clear this cache of open fonts, and so copy what it clears.
    importlib.import_module("matplotlib.font_manager")._get_font.cache_clear()  # noqa: SLF001


def _fit() -> None:
    import numpy as np

    linear = importlib.import_module("sklearn.linear_model")
    features = np.arange(8.0).reshape(-1, 1)
    linear.LinearRegression().fit(features, features[:, 0]).score(features, features[:, 0])


def _raised(source: str) -> tuple[type[BaseException], BaseException, types.TracebackType | None]:
    """The exception of one of our own snippets."""
    try:
        exec(compile(source, "<warming>", "exec"), {})  # noqa: S102 (our own constants)
    except Exception as error:  # noqa: BLE001 (it is what was asked for)
        return type(error), error, error.__traceback__
    raise AssertionError(source)


def _shell() -> None:
    """Build and throw away one IPython shell: classes, traits and lazy imports."""
    import atexit
    import builtins

    from ipykernel.zmqshell import ZMQInteractiveShell
    from traitlets.config import Config

    # The kernel reads every module's __file__ when it starts, which wakes those that are lazy.
    for module in list(sys.modules.values()):
        getattr(module, "__file__", None)
    config = Config()
    config.HistoryManager.enabled = False
    saved = sys.stdout, sys.stderr, sys.displayhook, sys.excepthook
    main, names = sys.modules["__main__"], set(vars(builtins))
    made = ZMQInteractiveShell.instance(config=config)
    made.transform_cell("x = 1\n!ls\n%time 1")
    for source in ("1 / 0", "x = (", "def f():\n    raise KeyError(1)\nf()"):  # the first traceback imports its formatter
        made.InteractiveTB.structured_traceback(*_raised(source))
    ZMQInteractiveShell.clear_instance()
    sys.stdout, sys.stderr, sys.displayhook, sys.excepthook = saved
    sys.modules["__main__"] = main
    for name in set(vars(builtins)) - names:
        delattr(builtins, name)
    atexit.unregister(made.atexit_operations)


def _forget_warnings() -> None:
    """A warning that was shown here must be shown again in a kernel."""
    for module in list(sys.modules.values()):
        with contextlib.suppress(AttributeError, TypeError):
            vars(module).pop("__warningregistry__", None)


def _collapse() -> int:
    """Put the heap on huge pages (Linux 6.1), so that a fork copies few page-table entries; how many there are."""
    if not calls.LINUX:
        return 0
    libc: Any = ctypes.CDLL(None, use_errno=True)
    libc.madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    collapsed = 0
    with open("/proc/self/maps", encoding="utf-8") as file:
        lines = file.read().splitlines()
    for line in lines:
        fields = line.split(maxsplit=5)
        named = fields[5] if len(fields) > 5 else ""
        if fields[1] != "rw-p" or not (named in ("", "[heap]") or named.startswith("[anon")):
            continue
        first, last = (int(word, 16) for word in fields[0].split("-"))
        pages = range(-(-first // _HUGE_PAGE) * _HUGE_PAGE, last // _HUGE_PAGE * _HUGE_PAGE, _HUGE_PAGE)
        collapsed += sum(libc.madvise(page, _HUGE_PAGE, _MADV_COLLAPSE) == 0 for page in pages)
    return collapsed


def threads() -> tuple[str, ...]:
    """The names of this process's threads."""
    found = []
    for task in os.listdir("/proc/self/task"):
        with open(f"/proc/self/task/{task}/comm", encoding="utf-8") as file:
            found.append(file.read().strip())
    return tuple(found)


@contextlib.contextmanager
def _timed(seconds: Warmth, name: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    seconds[name] = round(time.monotonic() - began, 3)


def _hide(ledger: Ledger, visible: set[str]) -> int:
    """Hide all but what was there before, what the recorder and any training bring in, and the grader's own."""
    keep = visible | ledger.closure((*RECORDER, *TRAINING))
    return Hidden(ledger).hide(lambda name: name in keep or name.startswith("grader"))


def warm() -> Warmth:
    """Do all of it.

    Raises RuntimeError where more than one thread is left: a fork would copy locks that nobody holds.
    """
    seconds: Warmth = {}
    ledger = Ledger()
    steps: tuple[tuple[str, Callable[[], None]], ...] = (
        ("recorder", lambda: _import(RECORDER)),
        ("exercises", lambda: _import(EXERCISES)),
        ("probe", _recorder),
        ("train", _train),
        ("draw", _draw),
        ("fit", _fit),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _stub_debugger()
        with _timed(seconds, "kernel"):
            _import(KERNEL)
            _shell()
        visible = set(sys.modules)
        with ledger.recording():
            for name, step in steps:
                with _timed(seconds, name):
                    step()
    import torch

    torch.set_num_threads(1)
    with _timed(seconds, "hide"):
        _forget_warnings()
        seconds["hidden"] = _hide(ledger, visible)
    with _timed(seconds, "shell"):
        shell.prepare()
    gc.collect()
    gc.freeze()
    with _timed(seconds, "collapse"):
        seconds["collapsed"] = _collapse()
    alive = threads()
    if len(alive) != 1:
        raise RuntimeError(f"the warm parent has {len(alive)} threads ({', '.join(alive)}); it must have one to be forked safely")
    seconds["threads"] = 1
    return seconds
