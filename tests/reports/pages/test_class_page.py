"""The class: what its page says, what it weighs, how long it takes, and the files that it becomes."""

import re
import time
from dataclasses import replace

import pytest

from grader.model.errors import UsageError
from grader.model.report import Finding
from grader.model.story import Story
from grader.reports.pages import file_name, write_class, write_page
from grader.reports.pages.course import class_page, entry_of


def entries(report, *scores):
    """A class of these scores, of 4 points; who has full marks has no finding."""
    made = []
    for index, score in enumerate(scores):
        findings = () if score == 4.0 else report.findings
        made.append(entry_of(replace(report, student=f"s{index}", score=score, findings=findings), None, f"s{index}.html"))
    return made


def test_causes_scores_and_checks_are_counted(report):
    page = class_page(entries(report, 4.0, 4.0, 1.0, 0.0, 2.5))
    assert '<strong>3</strong> of 5</span> <span class="said">train at another learning rate' in page
    assert "2 with full marks, 4" in page
    assert "1 with 0.8 to under 1.2" in page
    assert "every step moves the parameters as asked" in page
    assert "5 failed" in page
    assert re.findall(r'<a href="(s\d\.html)">', page) == [f"s{i}.html" for i in range(5)]


def test_what_fails_most_comes_first(report):
    page = class_page(entries(report, 1.0))
    assert page.index("every step moves") < page.index("trained on the data given")


def test_all_losses_lie_over_each_other_and_name_their_student(report, chapter):
    story = Story(title="Slope and bias", chapters=(chapter,))
    page = class_page([entry_of(replace(report, student=name), story, "x.html") for name in ("Ada", "Ben", "Cleo")])
    assert page.count('class="run lost" data-row=') == 3
    assert "<title>Ben</title>" in page
    assert "3 runs." in page


def test_an_empty_class_is_a_page_too(tmp_path):
    assert "No submissions" in write_class(tmp_path, []).read_text(encoding="utf-8")


def test_a_class_of_200_takes_less_than_ten_seconds_and_no_page_weighs_300_kb(told, tmp_path):
    kinds = ["no-zero-grad", "rate-of-the-lecture", "sum-for-mean", "uphill"]
    graded = [told("slope-and-bias", kinds[index % 4]) for index in range(200)]
    started = time.process_time()  # the work alone, however busy the machine is
    index = write_class(tmp_path, ((replace(report, student=f"student {i}"), story) for i, (report, story) in enumerate(graded)))
    assert time.process_time() - started < 10
    sizes = {path.name: path.stat().st_size for path in tmp_path.glob("*.html")}
    assert len(sizes) == 201
    assert max(sizes.values()) < 300_000
    page = index.read_text(encoding="utf-8")
    assert "<strong>50</strong> of 200" in page
    assert all((tmp_path / href).is_file() for href in re.findall(r'<a href="([^"]+)"', page))


def test_several_exercises_have_a_page_each_and_one_over_them(report, tmp_path):
    index = write_class(tmp_path, [(report, None), (replace(report, exercise="other"), None)])
    links = re.findall(r'href="([^"]+\.html)"', index.read_text(encoding="utf-8"))
    assert links == ["class.slope-and-bias.html", "class.other.html"]
    assert 'href="index.html"' in (tmp_path / links[0]).read_text(encoding="utf-8")


def test_scripts_lie_beside_the_pages_once(report, chapter, tmp_path):
    story = Story(title="t", chapters=(chapter,))
    write_class(tmp_path, [(replace(report, student=name), story) for name in "ab"])
    assert sorted(path.name for path in (tmp_path / "assets").iterdir()) == ["class.js", "pages.js", "plotly.min.js"]


def test_single_pages_of_a_class_stand_alone(report, chapter, tmp_path):
    write_class(tmp_path, [(report, Story(title="t", chapters=(chapter,)))], single=True)
    assert not (tmp_path / "assets" / "plotly.min.js").exists()
    assert "<script" not in (tmp_path / file_name("anna", "slope-and-bias")).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["../../etc/passwd", "..", "", "a/b", "a\\b", "con\x00", "=cmd", "Żółć", "x" * 300, "<script>"])
def test_no_name_becomes_a_path(name, report, tmp_path):
    safe = file_name(name, name)
    assert re.fullmatch(r"[A-Za-z0-9_~-][A-Za-z0-9._~-]+\.html", safe)
    assert len(safe) < 200
    write_class(tmp_path / "in", [(replace(report, student=name, exercise=name or "x"), None)])
    assert {path.name for path in tmp_path.iterdir()} == {"in"}


def test_different_students_never_share_a_page(report, tmp_path):
    assert file_name("a b", "x") != file_name("a-b", "x")
    write_class(tmp_path, [(report, None), (report, None), (replace(report, student=None, notebook="index.ipynb"), None)])
    assert len(list(tmp_path.glob("*.html"))) == 4


def test_names_that_differ_only_in_case_have_a_page_each(report, tmp_path):
    write_class(tmp_path, [(replace(report, student=name), None) for name in ("Ada", "ada")])
    names = [path.name.casefold() for path in tmp_path.glob("*.html")]
    assert len(set(names)) == len(names) == 3


def test_a_page_that_is_there_already_is_left_alone(report, chapter, tmp_path):
    graded = [(replace(report, student=name), Story(title="t", chapters=(chapter,))) for name in "ab"]
    write_class(tmp_path, graded)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.*")}
    write_class(tmp_path, [graded[0], (replace(graded[1][0], score=2.0, findings=()), graded[1][1])])
    after = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.*")}
    assert {path.name for path in before if before[path] != after[path]} == {"b.slope-and-bias.html", "index.html"}


def test_a_page_that_cannot_be_written_keeps_none_of_the_others_from_it(report, tmp_path):
    lost = []
    (tmp_path / file_name("a", "slope-and-bias")).mkdir()
    index = write_class(tmp_path, [(replace(report, student=name), None) for name in "ab"], lost=lost.append)
    assert [error.where for error in lost] == [str(tmp_path / "a.slope-and-bias.html")]
    assert (tmp_path / "b.slope-and-bias.html").is_file()
    assert index.read_text(encoding="utf-8").count('<a href="') == 2


def test_what_cannot_be_written_is_one_line(report, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="no folder for pages"):
        write_class(tmp_path / "file", [(report, None)])
    with pytest.raises(UsageError, match="can't be written"):
        write_page(tmp_path / "no" / "page.html", report, single=True)


def test_a_remark_is_no_cause_of_the_class(report):
    remark = Finding(rule="tensors-not-floats", task="practice", certainty=1.0, message="m", hint="h", remark=True)
    page = class_page([entry_of(replace(report, findings=(remark,), score=4.0), None, "x.html")])
    assert "No one lost points to a named cause." in page
