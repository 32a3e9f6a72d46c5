"""What students may hold of a declaration: its visible part, strictly read back, and nothing of what is hidden."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.catalog import Course
from grader.catalog.claims import claims_of, content_digest, decode_claims, encode_claims, tables_of, visible
from grader.catalog.records import plain, record
from grader.model.errors import AuthorError
from grader.model.exercise import MLP, SGD, Adam, Check, Exercise, OwnModule, Recorded, Task, Training
from tests.conftest import ROOT

SLUGS = Course(root=ROOT).exercises()


@pytest.fixture(scope="module")
def loaded():
    course = Course(root=ROOT)
    return {slug: course.load(slug) for slug in SLUGS}


def hiding(exercise, task, *ids):
    """The exercise with these checks of a task hidden."""
    tasks = [
        replace(t, checks=tuple(replace(c, visible=False) if t.id == task and c.id in ids else c for c in t.checks))
        for t in exercise.tasks
    ]
    return replace(exercise, tasks=tuple(tasks))


@pytest.mark.parametrize("slug", SLUGS)
def test_what_is_read_back_is_the_visible_part(loaded, slug):
    entry = loaded[slug]
    claims = claims_of(entry)
    data = encode_claims(claims)
    assert decode_claims(data, "grader.json") == claims
    assert encode_claims(decode_claims(data, "grader.json")) == data
    seen, later = visible(entry.exercise)
    assert (claims.exercise, claims.later, claims.cells) == (seen, later, entry.scaffold.cells)
    assert sum(c.points for t in seen.tasks for c in t.checks) + sum(one.points for one in later) == pytest.approx(10.0)


@pytest.mark.parametrize("slug", SLUGS)
def test_no_variant_and_no_second_run_is_told(loaded, slug):
    exercise = loaded[slug].exercise
    text = encode_claims(claims_of(loaded[slug])).decode()
    assert visible(exercise)[0].variants == ()
    assert "generalises" not in text
    for variant in exercise.variants:
        assert type(variant).__name__ not in text
        assert getattr(variant, "template", "\0") not in text.replace('\\"', '"').replace("\\n", "\n")


@pytest.mark.parametrize("slug", SLUGS)
def test_each_table_that_the_check_needs_is_named_with_its_digest(loaded, slug):
    entry = loaded[slug]
    claims = claims_of(entry)
    assert set(tables_of(claims.exercise)) <= claims.files.keys()
    for name, digest in claims.files.items():
        data = entry.files[name]
        assert digest == content_digest(data) == content_digest(data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
        assert digest != content_digest(data.replace(b"1", b"2", 1))


def test_a_hidden_check_is_counted_and_what_it_is_judged_by_is_gone(loaded):
    exercise = hiding(loaded["slope-and-bias"].exercise, "practice", "recorded", "plotted", "generalises")
    seen, later = visible(exercise)
    (task,) = seen.tasks
    assert {c.id for c in task.checks}.isdisjoint({"recorded", "plotted", "generalises"})
    assert (task.recorded, task.figure) == ((), None)
    (one,) = later
    assert (one.why, one.count, one.points, one.titles) == ("hidden", 3, 2.5, ())
    text = json.dumps(plain(seen))
    for check in exercise.tasks[0].checks:
        assert (check.title in text) == check.visible
    assert "LOSS2" not in text


def test_a_task_whose_checks_are_all_hidden_is_gone_and_so_is_what_speaks_of_its_run(loaded):
    exercise = loaded["learning-rate-and-epochs"].exercise
    first = exercise.tasks[0]
    seen, later = visible(hiding(exercise, first.id, *(c.id for c in first.checks)))
    assert [t.id for t in seen.tasks] == [t.id for t in exercise.tasks[1:-1]]
    assert {(one.why, one.task) for one in later} >= {("hidden", first.id), ("left", exercise.tasks[-1].id)}


def test_a_module_of_the_authors_own_leaves_its_task_to_the_handing_in(loaded):
    exercise = loaded["two-layer"].exercise
    (task,) = exercise.tasks
    own = replace(exercise, tasks=(replace(task, training=replace(task.training, model=OwnModule(build=dict))),))
    seen, later = visible(own)
    assert seen.tasks == ()
    assert {one.why for one in later} == {"again", "left"}
    with pytest.raises(AuthorError, match="can't be written down"):
        plain(own)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t.update(format=2), "newer grader"),
        (lambda t: t.update(format="1"), "not the file"),
        (lambda t: t["claims"].pop("exercise"), "lacks its 'exercise'"),
        (lambda t: t["claims"].update(secret=1), "has no 'secret'"),
        (lambda t: t["claims"]["exercise"].update({"is": "Task"}), "no Exercise stands there"),
        (lambda t: t["claims"]["exercise"].update(slug="../up"), "small letters"),
        (lambda t: t["claims"]["exercise"].update(files=["../up"]), "not a plain file name"),
        (lambda t: t["claims"]["exercise"]["tasks"][0]["training"]["model"].update({"is": "OwnModule", "build": "os.system"}), "OwnModule"),
        (lambda t: t["claims"]["exercise"]["tasks"][0]["training"]["optimizer"].update(lr="0.2"), "no float"),
        (lambda t: t["claims"]["exercise"]["tasks"][0]["training"]["optimizer"].update(lr=True), "no float"),
        (lambda t: t["claims"]["exercise"]["tasks"][0]["training"].update(epochs=1.5), "not what may stand there"),
        (lambda t: t["claims"]["exercise"]["tasks"][0]["checks"][0].update(id="magic"), "no check is called"),
        (lambda t: t["claims"].update(files={"../up": "0"}), "no data file of the exercise"),
        (lambda t: t["claims"]["cells"][0].update(owner="mine"), "is none of given, asked"),
        (lambda t: t["claims"]["cells"][0].update(source=7), "no str"),
    ],
)
def test_anything_else_is_refused_in_one_line(loaded, change, said):
    tree = json.loads(encode_claims(claims_of(loaded["slope-and-bias"])))
    change(tree)
    with pytest.raises(AuthorError, match=said):
        decode_claims(json.dumps(tree).encode(), "grader.json")


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200) | st.recursive(st.none() | st.integers() | st.text(max_size=8), lambda inner: st.lists(inner, max_size=3)
       | st.dictionaries(st.sampled_from(["format", "claims", "is", "exercise"]), inner, max_size=3)).map(lambda v: json.dumps(v).encode()))
def test_arbitrary_bytes_raise_one_error_alone(data):
    with pytest.raises(AuthorError):
        decode_claims(data, "grader.json")


NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=32).map(abs)


@settings(max_examples=60, deadline=None)
@given(NUMBERS, NUMBERS, st.lists(st.integers(1, 9), min_size=2, max_size=4), st.sampled_from(["step", "epoch", 7]), st.text(max_size=9))
def test_records_come_back_as_they_were(lr, decay, widths, every, title):
    for made in (
        MLP(widths=tuple(widths), activation="tanh"),
        SGD(lr=lr, weight_decay=decay),
        Adam(lr=lr, betas=(0.5, 0.25)),
        Recorded(name="x", every=every),
        Task(checks=(Check(id="data", points=lr, title=title, visible=False),), terms={title: title}),
    ):
        assert record(json.loads(json.dumps(plain(made))), type(made)) == made


def test_a_number_that_is_not_finite_is_not_written():
    with pytest.raises(AuthorError, match="can't be written down"):
        plain(SGD(lr=float("inf")))


def test_depth_is_no_trap():
    with pytest.raises(AuthorError):
        decode_claims(b"[" * 200_000, "grader.json")


def test_every_field_of_a_declaration_can_be_read(loaded):
    """A new field or type of the model is met here first."""
    for entry in loaded.values():
        whole = entry.exercise
        assert record(plain(whole), Exercise) == whole
        for task in whole.tasks:
            if task.training is not None:
                assert record(plain(task.training), Training) == task.training
