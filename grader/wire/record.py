"""A report as the documented JSON record, and back."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from grader.model.errors import UsageError
from grader.model.report import CellError, CheckResult, Finding, Report, Run, Value

__all__ = ["FORMAT", "from_json", "to_json"]

FORMAT = 1
"""The version of the record; raised when a name changes its meaning or goes."""

_NOT_FINITE = {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}


def to_json(report: Report) -> str:
    """The record as indented JSON text, ending in a line feed.  Numbers that are not finite travel as strings."""
    return json.dumps(_record(report), indent=2, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace").decode() + "\n"


def from_json(text: str | bytes) -> Report:
    """The report that `to_json` wrote.  Raises UsageError where the text is no such record."""
    try:
        raw = json.loads(text)
        if raw["format"] != FORMAT:
            raise UsageError(f"a report of format {raw['format']!r}, where {FORMAT} is read", remedy="grade it again")
        return _report(raw)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError("not a report written by this program", remedy="grade it again") from error


def _number(of: float | None) -> float | str | None:
    return str(of) if isinstance(of, float) and not math.isfinite(of) else of


def _value(of: Value) -> Any:
    if isinstance(of, tuple):
        return [_number(one) for one in of]
    return _number(of) if isinstance(of, float) else of


def _record(report: Report) -> dict[str, Any]:
    run = report.run
    return {
        "format": FORMAT,
        "exercise": report.exercise,
        "digests": dict(report.digests),
        "notebook": report.notebook,
        "student": report.student,
        "run": {
            "status": run.status,
            "isolation": run.isolation,
            "seconds": _number(run.seconds),
            "cells": run.cells,
            "detail": run.detail,
            "errors": [
                {"cell": e.cell, "type": e.type, "message": e.message, "line": e.line, "scaffold": e.scaffold} for e in run.errors
            ],
        },
        "score": report.score,
        "max_score": report.max_score,
        "pending": report.pending,
        "checks": [_check(one) for one in report.checks],
        "findings": [_finding(one) for one in report.findings],
        "environment": dict(report.environment),
    }


def _check(check: CheckResult) -> dict[str, Any]:
    return {
        "id": check.id,
        "task": check.task,
        "title": check.title,
        "outcome": check.outcome,
        "points": check.points,
        "max_points": check.max_points,
        "pending": check.pending,
        "visible": check.visible,
        "actual": _value(check.actual),
        "expected": _value(check.expected),
        "deviation": _number(check.deviation),
        "tolerance": _number(check.tolerance),
        "message": check.message,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    record = {
        "rule": finding.rule,
        "task": finding.task,
        "certainty": finding.certainty,
        "cell": finding.cell,
        "line": finding.line,
        "message": finding.message,
        "hint": finding.hint,
    }
    return {**record, "remark": True} if finding.remark else record


def _read_number(of: Any) -> Any:
    return _NOT_FINITE.get(of, of) if isinstance(of, str) else of


def _read_value(of: Any) -> Value:
    result: Value = tuple(_read_number(one) for one in of) if isinstance(of, list) else _read_number(of)
    return result


def _report(raw: Mapping[str, Any]) -> Report:
    return Report(
        exercise=raw["exercise"],
        notebook=raw["notebook"],
        student=raw["student"],
        run=_run(raw["run"]),
        score=raw["score"],
        max_score=raw["max_score"],
        pending=raw["pending"],
        checks=tuple(_read_check(one) for one in raw["checks"]),
        findings=tuple(Finding(**one) for one in raw["findings"]),
        digests=dict(raw["digests"]),
        environment=dict(raw["environment"]),
    )


def _run(raw: Mapping[str, Any]) -> Run:
    errors = tuple(CellError(**one) for one in raw["errors"])
    return Run(**{**raw, "seconds": _read_number(raw["seconds"]), "errors": errors})


def _read_check(raw: Mapping[str, Any]) -> CheckResult:
    values = {name: _read_value(raw[name]) for name in ("actual", "expected", "deviation", "tolerance")}
    return CheckResult(**{**raw, **values})
