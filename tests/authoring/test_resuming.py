"""A validation stopped and taken up again: four cases tried for real once, everything after that read back."""

import dataclasses
import json
import resource
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner

from grader.authoring.matrix import json_of, tally
from grader.authoring.mutants.operator import must
from grader.authoring.resuming import HEADER, Journal
from grader.authoring.trying import Result
from grader.authoring.validating import cases_of, validate
from grader.catalog import Course
from grader.cli import running
from grader.cli.app import app
from grader.model.errors import UsageError

COURSE = Course(root=Path(__file__).parents[2])
SLUG = "slope-and-bias"
EXECUTOR = partial(running.executor, trusted=True, ready=2)
NAMES = ("", "drop-backward", "legend-left-out", "in-a-class, seed 1")


def nobody():
    """An executor that must not be needed."""
    raise AssertionError("a notebook was run")


@pytest.fixture(scope="module")
def cases():
    found = [case for case in cases_of(COURSE.load(SLUG)) if case.kind == "stub" or (case.name in NAMES and case.kind != "reference")]
    named = {case.what: case for case in found}
    return tuple(named[name] for name in ("", "drop-backward", "legend-left-out", "in-a-class"))


@pytest.fixture(scope="module")
def tried(cases, tmp_path_factory):
    """What the four got, and the bytes of the file that was written meanwhile."""
    path, heard = tmp_path_factory.mktemp("tried") / "all.jsonl", []
    with Journal.opened(path, cases) as journal:
        assert journal.results == {}
        done = validate(cases, executor=EXECUTOR, journal=journal, progress=lambda one: heard.append(path.read_bytes().count(b"\n")))
    assert heard == [2, 3, 4, 5], "a result was not in the file when it was told"
    assert [one.shortfalls for one in done] == [()] * 4
    return done, path.read_bytes()


@pytest.fixture
def path(tried, tmp_path):
    """A file of its own for each test, with all four."""
    path = tmp_path / "all.jsonl"
    path.write_bytes(tried[1])
    return path


def known(path, cases, **more):
    with Journal.opened(path, cases, **more) as journal:
        return journal.results


def lines(path):
    """All but the first, by case."""
    read = [json.loads(line) for line in path.read_bytes().splitlines()[1:]]
    return {line["case"]: line for line in read}


def write(path, records):
    path.write_bytes(HEADER + b"".join(json.dumps(record).encode() + b"\n" for record in records))


def test_what_was_tried_is_not_tried_again_and_counts_the_same(path, cases, tried):
    heard = []
    with Journal.opened(path, cases) as journal:
        done = validate(cases, executor=nobody, journal=journal, progress=heard.append)
    assert heard == list(done)
    assert (json_of(done), tally(done)) == (json_of(tried[0]), tally(tried[0]))
    assert [one.report for one in done] == [one.report for one in tried[0]]
    assert path.read_bytes() == tried[1]


def test_a_line_names_its_case_and_what_it_rests_on(path):
    line = lines(path)[f"{SLUG}::mutant[drop-backward]"]
    assert line["exercise"] == SLUG
    assert set(line["of"]) == {"execution", "judging", "code", "tried", "environment"}


def test_only_what_is_missing_is_tried_and_order_stays(path, cases, tried):
    write(path, [line for line in lines(path).values() if line["case"] != cases[0].id])
    with Journal.opened(path, cases) as journal:
        assert list(journal.results) == [1, 2, 3]
        done = validate(cases, executor=EXECUTOR, jobs=1, journal=journal)
    assert [one.case.id for one in done] == [case.id for case in cases]
    assert tally(done) == tally(tried[0])
    assert list(known(path, cases)) == [0, 1, 2, 3]


def test_cases_come_in_any_order(path, cases):
    assert {index: one.case.id for index, one in known(path, cases[::-1]).items()} == dict(enumerate(case.id for case in cases[::-1]))


@pytest.mark.parametrize("cut", [1, 2, 40, 200])
def test_a_torn_last_line_is_tried_again_and_stays_a_line_of_its_own(path, cases, tried, cut):
    path.write_bytes(tried[1][:-cut])
    with Journal.opened(path, cases) as journal:
        (index,) = {0, 1, 2, 3} - set(journal.results) or {None}
        assert (index is None) == (cut == 1), "a whole line without its line feed is whole"
        if index is not None:
            journal.add(index, tried[0][index])
    assert len(known(path, cases)) == 4


def test_a_file_torn_in_its_first_line_is_begun_anew(path, cases, tried):
    path.write_bytes(HEADER[:5])
    with Journal.opened(path, cases) as journal:
        journal.add(3, tried[0][3])
    assert list(known(path, cases)) == [3]
    assert path.read_bytes().startswith(HEADER)


@pytest.mark.parametrize("changed", ["execution", "judging", "code", "tried", "environment"])
def test_a_case_that_rests_on_something_else_is_tried_again(path, cases, changed):
    found = lines(path)
    found[cases[1].id]["of"][changed] += "0"
    write(path, found.values())
    assert list(known(path, cases)) == [0, 2, 3]


def other(case, **changed):
    return dataclasses.replace(case, of=dataclasses.replace(case.of, **changed))


def test_another_seed_another_notebook_or_another_verdict_wanted_is_another_case(path, cases):
    stub, mutant, remarked, right = cases
    site = mutant.of.site
    others = [
        other(stub, data=stub.of.data + b"\n"),
        other(mutant, site=dataclasses.replace(site, must=must("missing-step"))),
        other(remarked, site=dataclasses.replace(site, must=remarked.of.site.must)),
        other(right, seed=2),
    ]
    assert len(known(path, cases)) == 4
    assert known(path, others) == {}


def test_the_declaration_of_a_specimen_counts(tmp_path, report):
    specimen = next(case for case in cases_of(COURSE.load(SLUG), mutants=False) if case.kind == "specimen")
    with Journal.opened(tmp_path / "f", (specimen,)) as journal:
        journal.add(0, Result(case=specimen, report=report, shortfalls=()))
    assert list(known(tmp_path / "f", (specimen,))) == [0]
    declared = dataclasses.replace(specimen.of.specimen, score=1.25)
    assert known(tmp_path / "f", (other(specimen, specimen=declared),)) == {}


def test_what_was_not_as_it_must_be_is_tried_again_until_it_is(path, cases, tried):
    with Journal.opened(path, cases) as journal:
        journal.add(1, dataclasses.replace(tried[0][1], shortfalls=("got nothing",)))
    with Journal.opened(path, cases) as journal:
        assert list(journal.results) == [0, 2, 3]
        journal.add(1, tried[0][1])
    assert list(known(path, cases)) == [0, 1, 2, 3]


def test_what_this_machine_could_not_show_is_tried_again(path, cases, tried):
    with Journal.opened(path, cases) as journal:
        journal.add(0, dataclasses.replace(tried[0][0], measured="what it shows, a confined kernel alone can show"))
    assert list(known(path, cases)) == [1, 2, 3]


def test_margins_need_lines_with_strains(path, cases, tried):
    assert known(path, cases, strained=True) == {}
    strains = {"practice.update": 0.25, "practice.data": float("inf")}
    with Journal.opened(path, cases, strained=True) as journal:
        journal.add(3, dataclasses.replace(tried[0][3], strains=strains))
    found = known(path, cases, strained=True)
    assert list(found) == [3]
    assert found[3].strains == strains
    assert len(known(path, cases)) == 4


@pytest.mark.parametrize(
    "data",
    [b"hello\n", b"{}", b'{"format": 1, "counts": {}}\n', b"\xff\xfe\x00", HEADER.replace(b"1", b"2"), HEADER.strip() + b" more\n", b"\n"],
)
def test_another_file_is_refused_and_left_as_it_is(tmp_path, cases, data):
    file = tmp_path / "notes.txt"
    file.write_bytes(data)
    with pytest.raises(UsageError) as told:
        Journal.opened(file, cases)
    assert told.value.where == str(file)
    assert told.value.remedy
    assert file.read_bytes() == data


def test_a_place_that_can_not_be_written_is_told_before_anything_is_tried(tmp_path, cases):
    for wrong in (tmp_path / "no" / "f", tmp_path):
        with pytest.raises(UsageError) as told:
            Journal.opened(wrong, cases)
        assert told.value.where == str(wrong)


def test_two_validations_do_not_write_to_one_file(path, cases):
    with Journal.opened(path, cases), pytest.raises(UsageError, match="another grader validate writes to it"):
        Journal.opened(path, cases)
    with Journal.opened(path, cases) as journal:
        assert len(journal.results) == len(cases), "the file is not free again"


def test_a_full_disk_is_told_and_what_was_kept_stays(path, cases, tried):
    before, kept = resource.getrlimit(resource.RLIMIT_FSIZE), path.read_bytes()
    with Journal.opened(path, cases) as journal:
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(kept) + 10, before[1]))
        try:
            with pytest.raises(UsageError, match="written"):
                journal.add(0, tried[0][0])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert path.read_bytes().startswith(kept)
    assert len(known(path, cases)) == 4


def test_lines_that_are_no_results_are_passed_over(path, cases):
    found = lines(path)
    records = [*found.values(), 7, "text", {"case": cases[0].id}, {**found[cases[1].id], "report": {"format": 1}}]
    write(path, records)
    assert list(known(path, cases)) == [2, 3]


def test_the_command_says_how_many_were_tried_before(tmp_path, report):
    file = tmp_path / "all.jsonl"
    of_course = tuple(cases_of(COURSE.load(SLUG), mutants=False))
    with Journal.opened(file, of_course) as journal:
        for index, case in enumerate(of_course):
            journal.add(index, Result(case=case, report=report, shortfalls=(), got="all"))
    before, count = file.read_bytes(), len(of_course)
    call = ["validate", SLUG, "--thorough", "--no-mutants", "--course", str(COURSE.root), "--json", str(tmp_path / "j")]
    told = CliRunner().invoke(app, [*call, "--resume", str(file)])
    assert f"{count} of {count} were tried before ({file})\n" in told.output
    assert f"✓ {SLUG}: {count} of {count} as declared\n" in told.output
    assert len(json.loads((tmp_path / "j").read_text(encoding="utf-8"))["cases"]) == count
    assert file.read_bytes() == before
