"""The ladder: what makes a level, and how a lower one is asked for."""

import pytest

from grader.execution.confinement.level import LEVELS, Confinement, at_most

FULL = Confinement(own_uid=True, namespaces=True, landlock=7, seccomp=True, cgroup=True)


@pytest.mark.parametrize(
    ("lacking", "level"),
    [
        ({}, "L3"), ({"cgroup": False}, "L2"), ({"own_uid": False}, "L2"), ({"namespaces": False}, "L1"), ({"landlock": 0}, "L1"),
        ({"landlock": 0, "namespaces": False}, "L0"), ({"seccomp": False}, "L0"), ({"forked": False}, "L0"),
        ({"namespaces": False, "reachable": False}, "L0"), ({"reachable": False}, "L3"),
    ],
)  # fmt: skip
def test_what_is_lacking_decides(lacking, level):
    facts = {"own_uid": True, "namespaces": True, "landlock": 7, "seccomp": True, "cgroup": True}
    assert Confinement(**{**facts, **lacking}).level == level


@pytest.mark.parametrize("level", LEVELS)
def test_at_most_gives_that_level_and_never_a_higher_one(level):
    assert at_most(FULL, level).level == level
    assert at_most(at_most(FULL, "L1"), level).level == min(level, "L1")


def test_a_lower_level_keeps_the_user_id_and_says_why_it_is_lower():
    lower = at_most(FULL, "L1")
    assert lower.own_uid
    assert not lower.namespaces
    assert any("asked" in reason for reason in lower.reasons())
    assert FULL.reasons() == ()


def test_signals_are_scoped_by_a_namespace_or_by_a_new_landlock():
    assert FULL.signals_scoped
    assert Confinement(landlock=6).signals_scoped
    assert not Confinement(landlock=5).signals_scoped
