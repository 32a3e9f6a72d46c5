"""What was handed in goes into the book: graded, or set aside with its reason and its bytes."""

from grader.batch import came_in
from grader.gradebook.arriving import bytes_of, roster
from grader.gradebook.attention import attention
from grader.gradebook.standing import held
from grader.grading import Edition
from grader.lms import collect


def test_a_folder_of_students(tmp_path, book, entry):
    data = entry.reference.read_bytes()
    for student in ("anna", "ben"):
        (tmp_path / "class" / student).mkdir(parents=True)
        (tmp_path / "class" / student / "lab.ipynb").write_bytes(data)
    (tmp_path / "class" / "ben" / "notes.pdf").write_bytes(b"%PDF")
    (tmp_path / "class" / "carl").mkdir()
    (tmp_path / "class" / "carl" / "essay.docx").write_bytes(b"PK")
    found = came_in(book, collect([tmp_path / "class"], exercise=entry.slug), {entry.slug: Edition.of(entry)})
    assert [(one.student, one.exercise, one.name) for one in found.held] == [
        ("anna", entry.slug, "lab.ipynb"), ("ben", entry.slug, "lab.ipynb"),
    ]  # fmt: skip
    with book.reading() as session:
        assert bytes_of(session, found.held[0].sha256) == data
        assert [(item.student, item.reason) for item in attention(session)] == [("carl", "set-aside")]
        assert [one.id for one in roster(session, everybody=True)] == ["anna", "ben", "carl"]
        assert roster(session) == ()


def test_a_file_for_no_known_exercise_is_kept_and_told(tmp_path, book, entry):
    (tmp_path / "class" / "anna").mkdir(parents=True)
    (tmp_path / "class" / "anna" / "other.ipynb").write_text('{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}')
    found = came_in(book, collect([tmp_path / "class"], exercises=[entry.slug]), {entry.slug: Edition.of(entry)})
    assert found.held == ()
    with book.reading() as session:
        (item,) = attention(session)
        assert held(session) == ()
    assert "can't tell which exercise" in item.detail
