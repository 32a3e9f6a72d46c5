"""Reports as JUnit XML, which every CI system shows: a suite for each submission, a case for each check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.etree import ElementTree as ET

from grader.model.report import CheckResult, Report
from grader.reports.words import amount, check_name, comparison, plain, summary

__all__ = ["junit", "junit_of_trials"]


def junit(reports: Sequence[Report]) -> str:
    """One XML document.

    A student's fault is a `<failure>`, the grader's own an `<error>`, a check that can't be judged until another is mended
    `<skipped>`.  Points stand in the properties of each case and suite.
    """
    suites = [_suite(report) for report in reports]
    root = ET.Element("testsuites", {"name": "grader", **_counts([case for suite in suites for case in suite.iter("testcase")])})
    root.extend(suites)
    return _document(root)


def junit_of_trials(trials: Sequence[tuple[str, str, Sequence[str]]], *, skipped: Mapping[str, str] = {}) -> str:
    """One XML document of (exercise, trial, shortfalls): a case for each trial, a failure where there are shortfalls.

    skipped: trial -> why it could not be told here.
    """
    root = ET.Element("testsuites", name="grader validate")
    for exercise in dict.fromkeys(exercise for exercise, _, _ in trials):
        cases = [_trial(*trial, skipped.get(trial[1], "")) for trial in trials if trial[0] == exercise]
        suite = ET.SubElement(root, "testsuite", {"name": exercise, **_counts(cases)})
        suite.extend(cases)
    root.attrib.update(_counts(list(root.iter("testcase"))))
    return _document(root)


def _trial(exercise: str, name: str, shortfalls: Sequence[str], skipped: str) -> ET.Element:
    case = ET.Element("testcase", classname=exercise, name=plain(name), time="0")
    if shortfalls:
        told = [plain(one) for one in shortfalls]
        ET.SubElement(case, "failure", message=told[0], type="validation").text = "\n".join(told)
    if skipped:
        ET.SubElement(case, "skipped", message=plain(skipped))
    return case


def _document(root: ET.Element) -> str:
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _counts(cases: Sequence[ET.Element]) -> dict[str, str]:
    def having(tag: str) -> str:
        return str(sum(case.find(tag) is not None for case in cases))

    return {"tests": str(len(cases)), "failures": having("failure"), "errors": having("error"), "skipped": having("skipped")}


def _suite(report: Report) -> ET.Element:
    title = plain(f"{report.exercise} {report.student or report.notebook}")
    cases = [_case(check, report) for check in report.checks]
    if report.run.status != "completed":
        cases.insert(0, _run_case(report))
    suite = ET.Element("testsuite", {"name": title, "time": f"{report.run.seconds:.3f}", **_counts(cases)})
    _properties(suite, score=amount(report.score), max_score=amount(report.max_score), pending=amount(report.pending))
    suite.extend(cases)
    findings = "\n\n".join(f"{f.rule}: {plain(f.message)}\n{plain(f.hint)}" for f in report.findings)
    if findings:
        ET.SubElement(suite, "system-out").text = findings
    return suite


def _properties(of: ET.Element, **facts: str) -> None:
    properties = ET.SubElement(of, "properties")
    for name, fact in facts.items():
        ET.SubElement(properties, "property", name=name, value=fact)


def _case(check: CheckResult, report: Report) -> ET.Element:
    case = ET.Element("testcase", classname=report.exercise, name=check_name(check, report), time="0")
    _properties(case, points=amount(check.points), max_points=amount(check.max_points), pending=amount(check.pending))
    tag = _tag(check)
    if tag:
        said = plain(check.message or check.title)
        told = ET.SubElement(case, tag, message=said, type=check.outcome)
        told.text = comparison(check) or None
    return case


def _tag(check: CheckResult) -> str:
    match check.outcome:
        case "passed":
            return ""
        case "failed":
            return "failure"
        case "blocked":
            return "skipped"
        case "fault":
            return "error"
        case "unobserved":
            # No evidence is never a pass: pending points wait for a person, others are the student's.
            return "error" if check.pending else "failure"


def _run_case(report: Report) -> ET.Element:
    run = report.run
    case = ET.Element("testcase", classname=report.exercise, name="run", time=f"{run.seconds:.3f}")
    tag = "error" if run.status == "fault" else "failure"
    ET.SubElement(case, tag, message=plain(run.detail or summary(report)), type=run.status)
    return case
