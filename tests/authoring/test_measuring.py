"""Two runs measured the same, or how they differ."""

import dataclasses

import numpy as np
import pytest

from grader.authoring.measuring import differences
from grader.model.evidence import Axes, CellOutcome, Curve, Evidence, FigureData, LeafState, Named, Steps


def steps(loss, seq=None):
    n = len(loss)
    numbers, one = np.arange(n) if seq is None else np.array(seq), np.ones((n, 2))
    return Steps(
        graph=0, seq=numbers, cell=np.zeros(n, int), site=np.zeros(n, int), loss=np.array(loss), tokens=np.zeros((n, 2), int), theta=one,
        stale=0 * one, grad=2 * one, fresh=one > 0, array=np.zeros((n, 0), int), scalar=np.zeros((n, 0)),
    )  # fmt: skip


def named(name, values, shape=None, **more):
    values = np.array(values, float)
    return Named(
        cell=1, seq=9, name=name, kind="array", type="Tensor", dtype="float32", shape=values.shape if shape is None else shape,
        values=values.reshape(-1), **more,
    )  # fmt: skip


@pytest.fixture
def evidence():
    return Evidence(
        cells=(CellOutcome(cell=1, status="ok"),),
        steps=(steps([4.0, 2.0, 1.0]),),
        leaves=(LeafState(cell=1, seq=3, token=5, values=np.array([0.5])),),
        values=(named("loss", [1.0], shape=()), named("predictions", [1.0, 2.0])),
        figures=(FigureData(cell=1, axes=(Axes(curves=(Curve(label="a", x=np.arange(2.0), y=np.arange(2.0)),)),)),),
    )


def test_a_run_is_like_itself(evidence):
    assert differences(evidence, evidence, ()) == ()


def test_a_last_bit_is_no_difference_and_more_is(evidence):
    near = dataclasses.replace(evidence, steps=(steps([4.0, 2.0, 1.0 + 1e-7]),))
    far = dataclasses.replace(evidence, steps=(steps([4.0, 2.0, 1.0 + 1e-5]),))
    assert differences(evidence, near, ()) == ()
    assert differences(evidence, far, ()) == ("loss differs",)


def test_steps_are_compared_in_the_order_of_time_whatever_graph_they_belong_to(evidence):
    apart = dataclasses.replace(evidence, steps=(steps([4.0, 1.0], [0, 2]), steps([2.0], [1])))
    assert differences(evidence, apart, ()) == ()


def test_a_step_more_is_told(evidence):
    assert differences(dataclasses.replace(evidence, steps=(steps([4.0, 2.0]),)), evidence, ())[0] == "loss: 2 against 3"


def test_the_shape_counts_where_the_name_is_asked_for(evidence):
    column = dataclasses.replace(evidence, values=(named("loss", [1.0], shape=(1,)), named("predictions", [1.0, 2.0], shape=(2, 1))))
    assert differences(column, evidence, ()) == ()
    assert differences(column, evidence, ("predictions",)) == ("values of predictions",)


def test_values_of_a_name_count_whoever_asked_for_it(evidence):
    other = dataclasses.replace(evidence, values=(named("loss", [1.5], shape=()), evidence.values[1]))
    assert differences(other, evidence, ()) == ("values of loss",)
    assert differences(dataclasses.replace(evidence, values=evidence.values[1:]), evidence, ()) == ("values of loss",)


@pytest.mark.parametrize(
    ("part", "changed", "told"),
    [
        ("cells", (CellOutcome(cell=1, status="error", error="NameError"),), "cells end otherwise"),
        ("leaves", (LeafState(cell=1, seq=3, token=5, values=np.array([0.25])),), "parameters at the end of a cell differs"),
        ("figures", (), "figures"),
    ],
)
def test_every_kind_of_evidence_counts(evidence, part, changed, told):
    assert differences(dataclasses.replace(evidence, **{part: changed}), evidence, ()) == (told,)
