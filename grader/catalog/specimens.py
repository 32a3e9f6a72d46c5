"""Specimens: example submissions beside an exercise, each with the verdict that it must get."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import get_args

from grader.catalog.declaration import MAX_POINTS
from grader.model.errors import AuthorError
from grader.model.exercise import Exercise, Limits
from grader.model.report import Outcome

__all__ = ["Specimen", "load_specimens"]

_KEYS = {"title", "score", "finding", "remarks", "checks", "says", "limits", "confined"}
_RULE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_NOTEBOOKS = (".ipynb", ".py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Specimen:
    """One example submission.

    title: what the student did.  score: in points of 10.  finding: the first finding that is no remark, '' for none.
    remarks: rules of remarks that must be among the findings.  checks: the outcome of each check named (`task.check` where
    the exercise has several tasks); what is not named is not compared.  says: messages of findings by rule, numbers in them
    standing for any number; each of these rules must be among the findings, remarks or not.
    limits: what its runs may use, None for what the exercise allows.  confined: what it shows can be seen in a confined kernel
    alone.  data: the notebook's bytes.
    """

    name: str
    path: Path
    title: str
    score: float
    finding: str
    remarks: tuple[str, ...]
    checks: Mapping[str, str]
    says: Mapping[str, str]
    limits: Limits | None
    confined: bool
    data: bytes

    @property
    def file(self) -> str:
        """The name of its notebook, with the suffix that says whether it is a percent script."""
        return self.path.name


def load_specimens(folder: Path, exercise: Exercise) -> tuple[Specimen, ...]:
    """Every specimen in a folder, by name; none where there is no folder.

    Raises AuthorError for a verdict without its notebook, a notebook without its verdict, or a verdict that makes no sense.
    """
    if not folder.is_dir():
        return ()
    verdicts = {path.stem: path for path in sorted(folder.glob("*.toml"))}
    notebooks: dict[str, Path] = {}
    for path in sorted(path for path in folder.iterdir() if path.suffix in _NOTEBOOKS and path.name != "conftest.py"):
        if path.stem in notebooks:
            raise AuthorError(f"{path.name} and {notebooks[path.stem].name} are specimens of one name", where=str(folder))
        notebooks[path.stem] = path
    for name in sorted(verdicts.keys() ^ notebooks.keys()):
        alone = verdicts.get(name) or notebooks[name]
        lacking = f"{name}.ipynb or {name}.py" if name in verdicts else f"{name}.toml"
        raise AuthorError(f"the specimen has no {lacking} beside it", where=str(alone), remedy="add it, or delete this one")
    return tuple(_specimen(notebooks[name], verdict, exercise) for name, verdict in verdicts.items())


def _specimen(notebook: Path, verdict: Path, exercise: Exercise) -> Specimen:
    where = str(verdict)
    try:
        stated = tomllib.loads(verdict.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AuthorError(f"no TOML: {error}", where=where) from None
    if unknown := sorted(stated.keys() - _KEYS):
        raise AuthorError(f"no key is called {unknown[0]!r}", where=where, remedy=f"known are {', '.join(sorted(_KEYS))}")
    title, score, finding = stated.get("title"), stated.get("score"), stated.get("finding")
    remarks, says, confined = stated.get("remarks", []), stated.get("says", {}), stated.get("confined", False)
    if not isinstance(title, str) or not title.strip():
        raise AuthorError("title is missing: say what the student did", where=where)
    if isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= MAX_POINTS:
        raise AuthorError(f"score is {score!r}, not a number from 0 to {MAX_POINTS:g}", where=where)
    if not isinstance(finding, str) or (finding and not _RULE.fullmatch(finding)):
        raise AuthorError(f"finding is {finding!r}, not the id of a rule", where=where, remedy='"" where there is none')
    if not isinstance(remarks, list) or not all(isinstance(rule, str) and _RULE.fullmatch(rule) for rule in remarks):
        raise AuthorError("remarks is not a list of ids of rules", where=where)
    if not isinstance(says, dict) or not all(_RULE.fullmatch(rule) and isinstance(said, str) and said for rule, said in says.items()):
        raise AuthorError("says is not a table of rule and message", where=where)
    if not isinstance(confined, bool):
        raise AuthorError(f"confined is {confined!r}, not true or false", where=where)
    return Specimen(
        name=verdict.stem, path=notebook, title=title, score=float(score), finding=finding, remarks=tuple(remarks),
        checks=_outcomes(stated.get("checks", {}), exercise, where), says=says,
        limits=_limits(stated["limits"], exercise.limits, where) if "limits" in stated else None, confined=confined,
        data=notebook.read_bytes(),
    )


def _limits(stated: object, most: Limits, where: str) -> Limits:
    """The [limits] of a verdict: less than the exercise allows, so that what runs into them is seen in seconds."""
    names = [field.name for field in fields(Limits)]
    if not isinstance(stated, dict) or not stated:
        raise AuthorError("limits is not a table of limits", where=where, remedy=f"one of {', '.join(names)}")
    for name, value in stated.items():
        if name not in names:
            raise AuthorError(f"no limit is called {name!r}", where=where, remedy=f"one of {', '.join(names)}")
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= getattr(most, name):
            raise AuthorError(f"{name} is {value!r}, not a number up to the exercise's own {getattr(most, name):g}", where=where)
    return replace(most, **{name: type(getattr(most, name))(value) for name, value in stated.items()})


def _outcomes(stated: object, exercise: Exercise, where: str) -> Mapping[str, str]:
    """The [checks] of a verdict; `[checks.task]` tables and quoted `task.check` keys mean the same."""
    if not isinstance(stated, dict):
        raise AuthorError("checks is not a table of check id and outcome", where=where)
    flat: dict[str, object] = {}
    for key, value in stated.items():
        flat |= {f"{key}.{inner}": outcome for inner, outcome in value.items()} if isinstance(value, dict) else {key: value}
    several = len(exercise.tasks) > 1
    known = {f"{task.id}.{check.id}" if several else check.id for task in exercise.tasks for check in task.checks}
    for check, outcome in flat.items():
        if check not in known:
            raise AuthorError(f"the exercise has no check {check!r}", where=where, remedy=f"it has {', '.join(sorted(known))}")
        if outcome not in get_args(Outcome):
            raise AuthorError(f"{check} is {outcome!r}, which is no outcome", where=where, remedy=f"one of {', '.join(get_args(Outcome))}")
    return {check: str(outcome) for check, outcome in flat.items()}
