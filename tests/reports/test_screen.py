import dataclasses
import io

from rich.console import Console

from grader.reports import class_table, terminal


def shown(renderable, width=100):
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(renderable)
    return console.file.getvalue()


def test_the_cause_comes_before_the_checks_and_once(report):
    text = shown(terminal(report))
    assert text.count("wrong-learning-rate") == 1
    assert text.index("1 of 4 points") < text.index("wrong-learning-rate   cell 41, line 4") < text.index("✗ failed")
    assert "seen 0.1, expected 0.2, off by 0.1 (allowed 2e-05)" in text
    assert "remark: tensors-not-floats" in text
    assert "it costs nothing" in text


def test_outcomes_are_words_as_well_as_signs(report):
    text = shown(terminal(report))
    assert all(f"{sign} {word}" in text for sign, word in (("✓", "passed"), ("✗", "failed"), ("·", "blocked")))


def test_markup_and_escapes_of_a_student_are_shown_or_dropped_never_obeyed(report):
    finding = dataclasses.replace(report.findings[0], message="[bold]loss[/nonsense] \x1b[2J")
    text = shown(terminal(dataclasses.replace(report, findings=(finding,), student="[red]x[/]")))
    assert "[bold]loss[/nonsense]" in text
    assert "[red]x[/]" in text
    assert "\x1b" not in text


def test_a_run_that_did_not_end_says_so(report):
    run = dataclasses.replace(report.run, status="timed-out", detail="Cell 12 ran for 60 s.")
    assert "timed-out. Cell 12 ran for 60 s." in shown(terminal(dataclasses.replace(report, run=run)))


def test_a_class_is_a_line_each(report):
    full = dataclasses.replace(report, student="ben", score=4.0, findings=())
    lines = shown(class_table([report, full])).splitlines()
    assert len(lines) == 3
    assert "✗ 1/4" in lines[1]
    assert "wrong-learning-rate" in lines[1]
    assert "✓ 4/4" in lines[2]
