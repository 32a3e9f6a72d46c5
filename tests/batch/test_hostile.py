"""A class with every attack among right submissions, through `grader batch`: each right one gets its right grade.

What an attack may reach is looked at from outside: canaries in files and on a socket, and the processes that are left.
"""

import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest

from grader.execution.choosing import confined
from grader.execution.confinement.probing import probe_level
from grader.gradebook import Gradebook
from grader.gradebook.attention import attention
from grader.gradebook.counting import grades
from grader.gradebook.standing import held, runs
from grader.wire import unpack
from tests.execution.attacks.conftest import canaries  # noqa: F401 - a fixture
from tests.execution.attacks.payloads import FLOODS, HELPERS, PROBES
from tests.lms.classes import entry, folder, written
from tests.lms.test_hostile_archives import BROKEN, HOSTILE

ROOT = Path(__file__).parents[2]
SLUG = "slope-and-bias"
LIMITS = """
from dataclasses import replace
from grader.model.exercise import Limits
EXERCISE = replace(EXERCISE, limits=Limits(cell_seconds=10.0, memory_bytes=700_000_000, output_bytes=2_000_000))
"""
QUICK = ("exit", "kill-group", "print", "big-display", "daemon", "at-exit")
NAMES = ("=cmd|' C calc'!A0", "<script>alert(1)", "..%2f..%2fetc", "con", "anna", "Anna", "x" * 200)


@pytest.fixture
def course(tmp_path):
    """The exercise with limits that a flood soon runs into."""
    for part in ("reference", "exercises"):
        shutil.copytree(ROOT / part / SLUG, tmp_path / "course" / part / SLUG)
    with (tmp_path / "course" / "reference" / SLUG / "exercise.py").open("a", encoding="utf-8") as file:
        file.write(LIMITS)
    shutil.rmtree(tmp_path / "course" / "reference" / SLUG / "specimens")
    return tmp_path / "course"


RIGHT = (ROOT / "reference" / SLUG / "specimens" / "right.ipynb").read_bytes()


def right(number):
    """Right work, in bytes of its own."""
    return RIGHT + b"\n" * number


def attacking(*sources):
    """Right work, and then an attack."""
    notebook = json.loads(RIGHT)
    notebook["cells"] += [
        {"cell_type": "code", "metadata": {}, "source": source, "outputs": [], "execution_count": None, "id": f"attack-{at}"}
        for at, source in enumerate((HELPERS, *sources))
    ]
    return json.dumps(notebook).encode()


class Watch:
    """Every process that was ever seen below one, looked for again when it has ended."""

    def __init__(self, process):
        self._process, self._seen, self._done = psutil.Process(process.pid), {}, threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def _look(self):
        while not self._done.wait(0.05):
            try:
                self._seen.update({one.pid: one for one in self._process.children(recursive=True)})
            except psutil.NoSuchProcess:
                return

    def left(self):
        self._done.set()
        self._thread.join()
        assert self._seen  # a warm parent at least, or nothing was watched
        return psutil.wait_procs(list(self._seen.values()), timeout=5)[1]


def graded(where, course, *paths):
    """`grader batch` of these paths: the process's end, and what it left running."""
    command = [
        sys.executable, "-m", "grader.cli", "batch", *map(str, paths), "--exercise", SLUG, "--course", course,
        "--gradebook", where / "book.sqlite", "--reports", where / "reports",
    ]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "GRADER_TEST_SECRET": "CANARY-environment"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=where, env=environment) as process:
        watch = Watch(process)
        out, err = process.communicate()
    left = watch.left()
    assert process.returncode == 0, out + err
    return left


def hold(tmp_path, course, canaries, floods, probes, good, zips):  # noqa: F811 - the fixture's name
    """Grade such a class, and hold it to what must be so."""
    if not confined(probe_level()):
        pytest.skip("no kernel can be confined here, so nothing may be attacked")
    facts = {"folder": str(canaries.folder), "abstract": canaries.abstract, "grader": os.getpid(), "parent": os.getpid()}
    sources = {name: FLOODS[name][0] for name in floods}
    files = {f"right-{at:02}/lab.ipynb": right(at) for at in range(good)}
    files |= {f"{name}/lab.ipynb": right(100 + at) for at, name in enumerate(NAMES)}
    files |= {f"flood-{name}/lab.ipynb": attacking(text.format(**facts) if "{folder" in text else text) for name, text in sources.items()}
    files |= {f"probe-{name}/lab.ipynb": attacking(text.format(**facts)) for name, text in probes.items()}
    for at, (name, hostile) in enumerate(zips.items()):
        files[f"zip-{name}/work.zip"] = written([*hostile, entry("lab.ipynb", right(200 + at))])
    files |= {f"broken-{name}/work.zip": data for name, data in BROKEN.items()}
    folder(tmp_path / "class", files)
    every = [one for hostile, _ in HOSTILE.values() for one in hostile]
    among = [entry("first/lab.ipynb", right(300)), *every, entry("last/lab.ipynb", right(301))]
    (tmp_path / "all.zip").write_bytes(written(among))

    assert graded(tmp_path, course, tmp_path / "class", tmp_path / "all.zip") == []

    assert canaries.state() == canaries.before
    assert {path.name for path in tmp_path.iterdir()} == {"course", "class", "all.zip", "book.sqlite", "reports"}
    with Gradebook.open(str(tmp_path / "book.sqlite")) as book, book.reading() as session:
        found = {grade.student.id: grade for grade in grades(session)}
        count = len(held(session))
        stored = {one.student: [unpack(run.data) for run in runs(session, one.id, found[one.student].report.digests["execution"])]
                  for one in held(session)}  # fmt: skip
        waiting = {item.student: item.reason for item in attention(session)}
    just = [f"right-{at:02}" for at in range(good)] + [f"zip-{name}" for name in zips] + ["first", "last"]
    strangely = [name for name in found.keys() - set(just) if not name.startswith(("flood-", "probe-", "broken-"))]
    assert len(strangely) == len(NAMES)
    assert {name: found[name].final for name in (*just, *strangely) if found[name].final != 10.0} == {}
    for name in floods:
        report = found[f"flood-{name}"].report
        assert report.run.status in FLOODS[name][1], (name, report.run)
        assert report.checks
    for name in probes:
        assert found[f"probe-{name}"].report.run.status == "completed", name
        first = stored[f"probe-{name}"][0].outcome.evidence
        said = {value.name: float(value.values[0]) for value in first.values if value.name in PROBES}
        assert said
        assert set(said.values()) == {1.0}, said
        assert "CANARY-" not in repr([value for value in first.values if value.text])
    assert {f"broken-{name}" for name in BROKEN} <= found.keys() | waiting.keys()
    assert (tmp_path / "reports" / "index.html").is_file()
    pages = [path.name.casefold() for path in (tmp_path / "reports").glob("*.html")]
    assert len(pages) == len(set(pages)) == count + 1


def test_a_few_attacks_among_right_submissions(tmp_path, course, canaries):  # noqa: F811
    together = {"all": [one for hostile, _ in HOSTILE.values() for one in hostile]}
    hold(tmp_path, course, canaries, QUICK, {"all": "\n".join(PROBES.values())}, 3, together)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_every_attack_among_right_submissions(tmp_path, course, canaries):  # noqa: F811
    zips = {name: hostile for name, (hostile, _) in HOSTILE.items()}
    hold(tmp_path, course, canaries, FLOODS, PROBES, 20, zips)
