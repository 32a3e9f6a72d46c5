"""Gradescope's results.json: a report's own, with what counts in the end put in."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from grader.lms.outgoing.export import Export, why, withheld
from grader.lms.outgoing.feedback import summary_line
from grader.model.grade import Grade
from grader.model.harmless import plain

__all__ = ["results", "results_of_class"]


def results(grade: Grade, report: str = "") -> dict[str, Any]:
    """The results of one grade.  report: the text of results.json as `reports` makes it, '' where there is no report.

    The score is the final one, and `output` says first what took points off or whose score it is.  While a person has to look,
    the whole result is hidden from the student, as its scores are not the last word.
    """
    found: dict[str, Any] = json.loads(report) if report else {"output": "", "output_format": "text", "tests": []}
    said = [summary_line(grade)]
    if grade.overridden:
        said.append("The score was given by a person.")
    if grade.comment:
        said.append(plain(grade.comment))
    if grade.status == "waiting":
        said.append(f"{why(grade)}.")
    found["score"] = grade.final if grade.final is not None else 0.0
    if grade.status == "waiting":
        # Without a score of its own Gradescope adds up the tests, and hides them like everything else.
        del found["score"]
    found["output"] = "\n\n".join([*said, str(found.get("output", ""))]).rstrip()
    found["visibility"] = "hidden" if grade.status == "waiting" else "visible"
    extra = found.get("extra_data")
    found["extra_data"] = {**(extra if isinstance(extra, dict) else {}), "status": grade.status, "late_deduction": grade.late_deduction}
    return found


def results_of_class(grades: Sequence[Grade], reports: Mapping[int, str]) -> Export:
    """The results of each grade in one JSON document: student -> exercise -> results, or the results alone where there is one.

    reports: the text of results.json by position in `grades`.
    """
    told: dict[str, dict[str, Any]] = {}
    for at, grade in enumerate(grades):
        told.setdefault(grade.student.id, {})[grade.exercise] = results(grade, reports.get(at, ""))
    document: Any = told
    if len(grades) == 1:
        document = told[grades[0].student.id][grades[0].exercise]
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace") + b"\n"
    return Export(data=text, written=sum(1 for one in grades if one.final is not None), notes=tuple(withheld(grades)))
