"""Each module of the package can be imported first, and the command line starts light."""

import json
import pkgutil
import subprocess
import sys

import pytest

import grader

MODULES = sorted(
    found.name for found in pkgutil.walk_packages(grader.__path__, "grader.") if not found.name.endswith("__main__")
)  # fmt: skip
HEAVY = {
    "IPython", "alembic", "asyncio", "dask", "distributed", "jupyter_client", "jupytext", "matplotlib", "nbclient", "nbformat", "numpy",
    "pandas", "psycopg", "rich", "scipy", "sklearn", "sqlalchemy", "torch", "zmq",
}  # fmt: skip
VERBS = [
    "grade", "batch", "rescore", "overview", "attention", "override", "late", "roster", "audit", "demo", "validate", "show", "release",
    "submit", "export", "doctor",
]  # fmt: skip

# Forks a child for each module, so that what all of them need (numpy, torch, rich) is read from disk once.
ALONE = """
import importlib, json, os, sys, traceback
import numpy, rich.console, rich.table, logging, asyncio
SHARED = "torch pytest zmq nbformat IPython jupyter_client nbclient libcst libcst.matchers sqlalchemy.orm alembic.command jinja2 yaml"
for name in SHARED.split():
    try:
        importlib.import_module(name)
    except ImportError:
        pass
failed = {}
for name in json.loads(sys.argv[1]):
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        said = b""
        try:
            importlib.import_module(name)
        except BaseException:
            said = traceback.format_exc().encode() or b"?"
        os.write(writing, said[-4000:])
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read().decode()
    os.waitpid(child, 0)
    if said:
        failed[name] = said
print(json.dumps(failed))
"""


@pytest.mark.slow
def test_each_module_imports_alone():
    """No module relies on another having been imported before it (an import circle shows only from some doors)."""
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", ALONE, json.dumps(MODULES)], capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    failed = json.loads(ran.stdout)
    assert not failed, "\n".join(f"{name}: {said}" for name, said in failed.items())
    assert len(MODULES) > 20


def loaded(*command):
    ran = subprocess.run([sys.executable, "-X", "importtime", *command], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-2000:]
    names = (line.rpartition("|")[2].strip() for line in ran.stderr.splitlines() if line.startswith("import time:"))
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize("verb", [[], *([verb] for verb in VERBS)], ids=lambda verb: "".join(verb) or "grader")
def test_help_is_light(verb):
    assert loaded("-m", "grader.cli", *verb, "--help") & HEAVY == set()


def test_the_plugin_is_light():
    """It is imported by every pytest run of the environment, whatever that run is about."""
    own = loaded("-c", "import grader.plugin") - loaded("-c", "import pytest")
    assert own == {"grader"}
