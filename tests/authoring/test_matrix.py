"""The matrix out of results; and the one in docs/validation.md lists the operators and rewrites that there are."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from grader.authoring.equivalents import REWRITES
from grader.authoring.matrix import BEGIN, END, SUMMARY, json_of, markdown, matrix, summary, tally, within, written
from grader.authoring.mutants import OPERATORS, mutants_of
from grader.authoring.syntax.work import work_of
from grader.authoring.trying import Case, Result
from grader.authoring.validating import cases_of
from grader.authoring.verdicts import of_equivalent, of_mutant
from grader.catalog import Course
from grader.model.report import Finding

ROOT = Path(__file__).parents[2]
COURSE = Course(root=ROOT)
PAGE = (ROOT / "docs" / "validation.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def cases():
    return {case.name: case for case in cases_of(COURSE.load("slope-and-bias"))}


@pytest.fixture
def results(cases, report):
    def result(name, verdict, *shortfalls):
        return Result(case=cases[name], report=report, shortfalls=shortfalls, verdict=verdict, got="1 of 4, wrong-learning-rate")

    return [
        Result(case=cases["right"], report=report, shortfalls=()),
        result("drop-backward", "named"),
        result("drop-one-zero-grad", "named"),
        result("drop-one-zero-grad-2", "misnamed", "slope-and-bias: got a | b; must get <b>"),
        result("uphill", "equivalent"),
        result("while-for-for, seed 1", "kept"),
    ]


def test_results_are_counted(results):
    total = tally(results)
    assert (total.trials, total.declared, total.mutants, total.named, total.misnamed, total.missed, total.same) == (1, 1, 4, 2, 1, 0, 1)
    assert (total.equivalents, total.kept) == (1, 1)
    assert total.share == pytest.approx(2 / 3)
    assert str(total) == "1 of 1 as declared; 3 of 3 mutants caught, 2 rightly named, 1 equivalent; 1 of 1 right rewrites kept every point"


def test_each_place_has_its_mark(results):
    rows = dict(re.findall(r"^\| `([a-z-]+)` [^|]+ \| (\S*) *\|$", matrix(results), re.MULTILINE))
    assert rows["drop-backward"] == "✓"
    assert rows["drop-one-zero-grad"] == "✓~"
    assert rows["uphill"] == "="
    assert rows["adam"] == ""
    assert len(rows) == len(OPERATORS)


def test_the_page_tells_what_is_wrong_as_text(results):
    page = markdown(results)
    assert page.startswith("## ✗ Is the grader right?\n\n1 of 1 as declared; ")
    assert "- `slope-and-bias::mutant[drop-one-zero-grad-2]`: slope-and-bias: got a \\| b; must get &lt;b>" in page
    assert "evidence: `slope-and-bias::mutant[uphill]`." in page


def test_a_page_takes_its_place_between_markers_and_the_rest_stays():
    text = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    assert within(text, "new\n") == f"before\n{BEGIN}\nnew\n{END}\nafter\n"
    assert within(within(text, "new\n"), "new\n") == within(text, "new\n")
    assert within("no markers", "new\n") == "new\n"


def test_the_record_holds_every_case(results):
    record = json.loads(json_of(results))
    assert record["format"] == 1
    assert record["counts"]["named"] == 2
    assert [case["id"] for case in record["cases"]] == [one.case.id for one in results]
    assert record["cases"][3]["shortfalls"] == ["slope-and-bias: got a | b; must get <b>"]


def test_points_that_wait_are_not_lost(report, cases):
    """The fixture's report has lost points under wrong-learning-rate and made a remark."""
    import dataclasses

    wanted = cases["rate-times-ten"].of.site.must
    assert of_mutant(report, wanted) == "named"
    assert of_mutant(report, cases["drop-step"].of.site.must) == "misnamed"
    assert of_mutant(dataclasses.replace(report, pending=3.0), wanted) == "missed"
    assert of_equivalent(report) == "lost"
    free = dataclasses.replace(report, score=4.0, findings=tuple(one for one in report.findings if one.remark))
    assert of_mutant(free, cases["tensors-recorded"].of.site.must) == "named"
    assert of_mutant(dataclasses.replace(free, findings=()), cases["tensors-recorded"].of.site.must) == "misnamed"
    assert of_mutant(dataclasses.replace(free, findings=()), wanted) == "missed"
    assert of_equivalent(free) == "kept"
    named = (Finding(rule="wrong-loss", task="practice", certainty=1.0, message="", hint=""),)
    assert of_equivalent(dataclasses.replace(free, findings=named)) == "lost"


def test_the_summary_has_a_row_for_each_exercise_and_one_for_all(results):
    rows = summary(results).splitlines()
    assert rows[2:4] == [
        "| `slope-and-bias` | 1 of 1 | 3 of 3 | 2 of 3 | 1 | 1 of 1 |",
        "| all | 1 of 1 | 3 of 3 | 2 of 3 (66.7 %) | 1 | 1 of 1 |",
    ]
    assert "`slope-and-bias::mutant[drop-one-zero-grad-2]`: 1 of 4, wrong-learning-rate" in "".join(rows)


def test_a_file_gets_what_it_has_markers_for(results):
    short = "\n".join(SUMMARY)
    assert written(f"a\n{short}\nb\n", results) == f"a\n{SUMMARY[0]}\n{summary(results)}{SUMMARY[1]}\nb\n"
    both = written(f"{short}\n{BEGIN}\n{END}\n", results)
    assert summary(results) in both
    assert markdown(results) in both
    assert written("", results) == markdown(results)


def test_a_case_is_called_as_pytest_and_the_matrix_call_it(cases):
    assert cases["drop-backward"].id == "slope-and-bias::mutant[drop-backward]"
    assert cases["drop-one-zero-grad-2"].what == "drop-one-zero-grad"
    assert isinstance(cases["while-for-for, seed 1"], Case)


# ---- docs/validation.md ----------------------------------------------------------------------------------------------


def cells(title):
    """name -> exercise -> marks, of the table whose head begins with the title."""
    found = re.search(rf"^\| {title} \|(.*)\|\n\|[-|]+\|\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    assert found, f"docs/validation.md has no table '{title}': grader validate --minutes 60 --markdown docs/validation.md"
    slugs = [slug.strip() for slug in found[1].split("|")]
    rows = [row.strip("|").split("|") for row in found[2].splitlines()]
    return {row[0].split("`")[1]: dict(zip(slugs, map(str.strip, row[1:]), strict=True)) for row in rows}


@pytest.mark.parametrize("slug", COURSE.exercises())
def test_the_matrix_in_the_docs_has_a_mark_for_each_mutant_that_there_is(slug):
    told, work = cells("a student …"), work_of(COURSE.load(slug))
    assert list(told) == [one.name for one in OPERATORS]
    made = dict.fromkeys(told, 0)
    for one in mutants_of(work, OPERATORS):
        made[one.operator.name] += 1
    assert {name: len(marks[slug]) for name, marks in told.items()} == made
    assert not any("✗" in marks[slug] for marks in told.values())


@pytest.mark.parametrize("slug", COURSE.exercises())
def test_the_rewrites_in_the_docs_are_those_that_there_are(slug):
    told, work = cells("a student who is right …"), work_of(COURSE.load(slug))
    fits = {one.name: one.change(work) is not None for one in REWRITES}
    assert {name: bool(marks[slug]) for name, marks in told.items()} == fits
    assert not any("✗" in marks[slug] for marks in told.values())


# ---- the README's table ----------------------------------------------------------------------------------------------


def counted(text):
    """`5 of 6` -> 6."""
    return int(text.split(" of ")[1].split()[0])


@pytest.mark.parametrize("slug", COURSE.exercises())
def test_the_readmes_table_counts_what_there_is(slug):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(rf"^\| `{slug}` \|(.*)\|$", readme.partition(SUMMARY[0])[2].partition(SUMMARY[1])[0], re.MULTILINE)
    assert found, "grader validate --thorough --seeds 1 --markdown docs/validation.md --markdown README.md"
    declared, caught, named, same, kept = (cell.strip() for cell in found[1].split("|"))
    kinds = Counter(case.kind for case in cases_of(COURSE.load(slug)))
    assert counted(declared) == 2 + kinds["specimen"]
    assert counted(caught) == counted(named) == kinds["mutant"] - int(same)
    assert caught.split(" of ")[0] == caught.split(" of ")[1]
    assert counted(kept) % kinds["equivalent"] == 0  # under one seed, or more
