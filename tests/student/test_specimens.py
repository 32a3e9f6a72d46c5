"""Every specimen in a student's kernel: what `%grade` sees there is what the grader sees of the same work.

Figures are shown and gone, as a notebook shows them; a shell in this process has no front end to ask for that with `%matplotlib`.
"""

import re
import urllib.request

import pytest

import grader
from grader.authoring import released
from grader.catalog import Course
from grader.model.errors import NotebookError
from grader.notebooks import LOAD, read
from grader.student import asking, bundle
from grader.student.judged import judged
from tests.conftest import ROOT

SLUGS = Course(root=ROOT).exercises()
LATER = ("hard-coded", "seed-dependent")
"""Causes that a second run alone may show."""


def cells_of(specimen):
    """The specimen's code, None where it is about what a kernel does not survive, or can't be read."""
    if specimen.limits or specimen.confined or b"exit" in specimen.data:
        return None
    try:
        return read(specimen.data, specimen.file).code()
    except NotebookError:
        return None


@pytest.mark.slow
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("slug", SLUGS)
def test_a_specimen_is_told_the_same_in_its_own_kernel(shell, course, slug, monkeypatch, tmp_path):
    import matplotlib.pyplot as plt
    import torch

    from grader.probe import serving, standins

    entry = course.load(slug)
    for name, data in released(entry).items():
        (tmp_path / name).write_bytes(data)
    monkeypatch.setattr(plt, "show", lambda *_, **__: plt.close("all"))
    monkeypatch.setattr(urllib.request.OpenerDirector, "open", urllib.request.OpenerDirector.open)
    serving.install({url: str(tmp_path / name) for url, name in entry.exercise.served.items()})  # no network, as in the grading kernel
    standins.install()
    held, wrong, tried = bundle.read(tmp_path / "grader.json"), [], 0
    for one in entry.specimens:
        cells = cells_of(one)
        if cells is None:
            continue
        tried += 1
        shell.shell.reset(new_session=True)
        torch.manual_seed(0)
        shell.run(LOAD.source)
        for cell in cells:
            shell.run(re.sub(r"^%matplotlib .*", "", cell.source, flags=re.MULTILINE))
            plt.close("all")
        session = asking._listening[0].session
        report = judged(session.ran, session.snapshot(), held, one.file).report if session.ran else None
        grader.unload_ipython_extension(shell.shell)
        shell.shell.extension_manager.loaded.clear()
        if report is None:
            continue
        outcomes = {report.called(check): check.outcome for check in report.checks}
        rule = report.cause.rule if report.cause is not None else ""
        other = {name: outcomes[name] for name, asked in one.checks.items() if name in outcomes and outcomes[name] != asked}
        if other or (rule != one.finding and one.finding not in LATER):
            wrong.append((one.name, rule, other))
    assert tried > 20
    assert not wrong
