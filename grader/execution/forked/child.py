"""The forked child that becomes a kernel: clean descriptors and environment, limits, Landlock, seccomp, seeds; then ipykernel."""

from __future__ import annotations

import gc
import json
import os
import random
import signal
import sys
import tempfile
import time
import traceback
from dataclasses import replace

from grader.execution.confinement import calls, capabilities, ceilings, host, landlock, namespaces, policy, seccomp
from grader.execution.confinement import filter as bpf
from grader.execution.confinement.policy import Places, SystemCalls
from grader.execution.forked import shell
from grader.execution.forked.messages import Request

__all__ = ["EVIDENCE", "become_kernel"]

EVIDENCE = 3
"""The descriptor of the evidence pipe inside every kernel."""

_STUBBED = ("pip", "pip3", "conda", "mamba", "uv", "wget", "curl")
_STUB = "#!/bin/sh\necho 'no network in the grader'\nexit 1\n"
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def _descriptors(say: int, evidence: int) -> int:
    """Keep nothing open but the standard ones (on /dev/null), the evidence at its place, and `say`, whose number is returned."""
    null = os.open("/dev/null", os.O_RDWR)
    say = os.dup2(say, 200)
    os.dup2(evidence, EVIDENCE, inheritable=False)
    for number in (0, 1, 2):
        os.dup2(null, number)
    os.closerange(EVIDENCE + 1, say)
    os.closerange(say + 1, 65536)
    return say


def _environment(places: Places, backend: str) -> None:
    """The variables of a plain kernel, with this kernel's own folders."""
    home = f"{places.temporary}/home"
    programs = f"{places.temporary}/bin"
    for folder in (home, programs):
        os.makedirs(folder, exist_ok=True)
    for name in _STUBBED:
        path = f"{programs}/{name}"
        with open(path, "w", encoding="ascii") as file:
            file.write(_STUB)
        os.chmod(path, 0o755)
    os.environ.clear()
    os.environ.update(
        HOME=home, IPYTHONDIR=f"{home}/.ipython", MPLCONFIGDIR=f"{home}/.matplotlib", JUPYTER_CONFIG_DIR=f"{home}/.jupyter",
        JUPYTER_RUNTIME_DIR=places.temporary, TMPDIR=places.temporary, MPLBACKEND=backend, LANG="C.UTF-8", TERM="dumb",
        PATH=os.pathsep.join((programs, os.path.dirname(sys.executable), "/usr/local/bin:/usr/bin:/bin")),
        PYTHONNOUSERSITE="1", CUDA_VISIBLE_DEVICES="",
    )  # fmt: skip
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    os.chdir(places.box)
    sys.argv[:] = ["ipykernel_launcher"]
    tempfile.tempdir = None


def _search_path() -> None:
    """Python's own folders; the grader's source is not among them."""
    own = (f"{sys.base_prefix}/", f"{sys.prefix}/")
    sys.path[:] = [p for p in sys.path if p.startswith(own) or p.endswith(("-packages", ".zip", "lib-dynload"))]


def _lock(request: Request, places: Places) -> None:
    """Everything that can't be undone, from the mildest to the strictest."""
    c = request.confinement
    shared = not (c.own_uid or c.namespaces)
    ceilings.impose(request.allowance, already=ceilings.tasks_of(os.getuid()) if shared else 0)
    if c.landlock:
        rules = policy.path_rules(host.look(), places, private=c.namespaces)
        if shared:  # what is left in the machine's shared memory could not be told from the user's own
            rules = replace(rules, write=tuple(p for p in rules.write if p != "/dev/shm"))
        landlock.restrict(rules)
    if c.seccomp:
        own = None if c.signals_scoped else os.getpid()
        seccomp.install(bpf.assemble(SystemCalls(own_signals=own), calls.machine()))


def _seed(seed: int | None) -> None:
    """What a fork copied must differ between kernels, or be what was asked for."""
    import numpy as np
    import torch

    value = int.from_bytes(os.urandom(4), "little") if seed is None else seed % 2**32
    random.seed(value)
    np.random.seed(value)  # noqa: NPY002 (the global generator is the one that notebooks use)
    torch.default_generator.manual_seed(value)  # torch.manual_seed would import a compiler first


def become_kernel(request: Request, places: Places, say: int, evidence: int, times: dict[str, float]) -> None:
    """Turn this process into a kernel and serve it until it is told to leave.  Never returns."""
    code = 72
    try:
        times["kernel"] = time.monotonic()
        namespaces.set_parent_death_signal(signal.SIGKILL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        capabilities.set_dumpable(True)
        say = _descriptors(say, evidence)
        _environment(places, request.backend)
        _search_path()
        _lock(request, places)
        times["locked"] = time.monotonic()
        _seed(request.seed)
        gc.enable()
        app = shell.application(places, request.key, request.backend)
        times["shell"] = time.monotonic()
        os.write(say, json.dumps({"event": "ready", "times": times}).encode() + b"\n")
        os.close(say)
        say = -1
        app.start()
        code = 0
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else 0
    except BaseException:  # noqa: BLE001 (the process ends here whatever it was, and the reaper sees nothing but a code)
        if say >= 0:
            os.write(say, json.dumps({"event": "failed", "error": traceback.format_exc()[-4000:]}).encode() + b"\n")
    finally:
        os._exit(code)
