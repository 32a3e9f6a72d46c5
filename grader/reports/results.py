"""A report as Gradescope's results.json (https://gradescope-autograders.readthedocs.io/en/latest/specs)."""

from __future__ import annotations

import json
from typing import Any

from grader.model.report import CheckResult, Report
from grader.reports.words import amount, check_name, comparison, place, plain

__all__ = ["gradescope"]


def gradescope(report: Report) -> str:
    """The text of results.json.

    Checks that students may not see yet appear after the due date.  While points are pending the whole result stays hidden
    from the student: the score waits for a person.
    """
    results = {
        "score": report.score,
        "execution_time": round(report.run.seconds, 2),
        "output": _output(report),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "hidden" if report.pending else "visible",
        "stdout_visibility": "hidden",
        "extra_data": {"pending": report.pending, "digests": dict(report.digests), "run": report.run.status},
        "tests": [_test(check, number, report) for number, check in enumerate(report.checks, 1)],
    }
    return json.dumps(results, indent=2, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace").decode() + "\n"


def _output(report: Report) -> str:
    lines = []
    if report.pending:
        lines.append(f"{amount(report.pending)} points wait for a person to look.")
    if report.run.status != "completed":
        lines.append(f"The run ended early ({report.run.status}). {plain(report.run.detail)}".strip())
    for finding in report.findings:
        head = "Remark" if finding.remark else finding.rule
        where = place(finding)
        lines.append(f"{head}{f' ({where})' if where else ''}: {plain(finding.message)}\n{plain(finding.hint)}".rstrip())
    return "\n\n".join(lines)


def _test(check: CheckResult, number: int, report: Report) -> dict[str, Any]:
    told = "\n".join(line for line in (plain(check.message), comparison(check)) if line)
    return {
        "name": f"{check_name(check, report)}: {check.title}" if check.title else check_name(check, report),
        "number": str(number),
        "score": check.points,
        "max_score": check.max_points,
        "status": "passed" if check.outcome == "passed" else "failed",
        "output": told,
        "visibility": "visible" if check.visible else "after_due_date",
        "tags": [check.outcome],
    }
