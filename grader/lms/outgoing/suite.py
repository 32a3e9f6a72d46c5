"""JUnit XML of a class: the reports' own document, with what counts in the end as properties of each suite."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from grader.lms.outgoing.export import Export, why, withheld
from grader.lms.outgoing.points import amount
from grader.model.grade import Grade
from grader.model.harmless import plain

__all__ = ["junit_of_class"]


def junit_of_class(grades: Sequence[Grade], document: str) -> Export:
    """document: the JUnit XML that `reports` makes of the reports of those grades that have one, in the same order.

    A grade without a report is a suite of one case: skipped where nothing was handed in or none is needed, an error where it
    waits for a person.
    """
    root = ET.fromstring(document)  # noqa: S314 - our own document, made a moment ago
    suites = iter(root.findall("testsuite"))
    ordered: list[ET.Element] = []
    for grade in grades:
        suite = next(suites) if grade.report is not None else _without_report(grade)
        _properties(suite, grade)
        ordered.append(suite)
    for suite in root.findall("testsuite"):
        root.remove(suite)
    root.extend(ordered)
    for key in ("tests", "failures", "errors", "skipped"):
        root.set(key, str(sum(int(suite.get(key, "0")) for suite in ordered)))
    ET.indent(root)
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'
    return Export(data=text.encode(), written=sum(1 for one in grades if one.final is not None), notes=tuple(withheld(grades)))


def _without_report(grade: Grade) -> ET.Element:
    waiting = grade.status == "waiting"
    title = plain(f"{grade.exercise} {grade.student.id}", limit=300)
    counts = {"tests": "1", "failures": "0", "errors": str(int(waiting)), "skipped": str(int(not waiting))}
    suite = ET.Element("testsuite", {"name": title, "time": "0", **counts})
    ET.SubElement(suite, "properties")
    case = ET.SubElement(suite, "testcase", classname=grade.exercise, name="handed in", time="0")
    said = {"missing": "nothing was handed in", "excused": "excused", "graded": "a person's score"}.get(grade.status) or why(grade)
    ET.SubElement(case, "error" if waiting else "skipped", message=plain(said), type=grade.status)
    return suite


def _properties(suite: ET.Element, grade: Grade) -> None:
    """What counts, beside what the report says."""
    properties = suite.find("properties")
    if properties is None:
        properties = ET.Element("properties")
        suite.insert(0, properties)
    told = {"student": plain(grade.student.id, limit=200), "status": grade.status}
    if grade.final is not None:
        told["final"] = amount(grade.final)
    if grade.late_deduction:
        told["late_deduction"] = amount(grade.late_deduction)
    if grade.overridden:
        told["overridden"] = "yes"
    if grade.status == "waiting":
        told["withheld"] = why(grade)
    for name, value in told.items():
        ET.SubElement(properties, "property", name=name, value=value)
