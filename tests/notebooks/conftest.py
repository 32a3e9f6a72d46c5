"""Notebook files as bytes, for the tests of this room."""

import json
from types import SimpleNamespace

import pytest


def cell(source, grade_id=None, *, kind="code", **flags):
    """A cell as JSON; flags go to its nbgrader metadata (solution, locked, grade, points)."""
    made = {"cell_type": kind, "metadata": {}, "source": source}
    if grade_id is not None:
        defaults = {"grade_id": grade_id, "schema_version": 3, "grade": False, "solution": False, "locked": False}
        made["metadata"]["nbgrader"] = {**defaults, **flags}
    if kind == "code":
        made |= {"outputs": [], "execution_count": None}
    return made


def given(source, grade_id, **more):
    return cell(source, grade_id, locked=True, **more)


def asked(source, grade_id, **more):
    return cell(source, grade_id, solution=True, **more)


def paper(*cells, **top):
    """A notebook file of these cells; `top` overrides its upper level (None drops a key)."""
    tree = {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **top}
    return json.dumps({key: value for key, value in tree.items() if value is not None}).encode()


def bare(found):
    """The same cell with its metadata lost."""
    return {**found, "metadata": {}}


@pytest.fixture(scope="session")
def papers():
    """Functions that write notebook files."""
    return SimpleNamespace(cell=cell, given=given, asked=asked, paper=paper, bare=bare)
