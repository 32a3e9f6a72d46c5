"""Which pictures a chapter has, what they say, and that no number breaks one."""

import json
from dataclasses import replace
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from grader.model.story import Chapter, Fitted, Landscape, LawSteps, Trajectory
from grader.reports.pages.figures import figures_json
from grader.reports.pages.picture import number
from grader.reports.pages.pictures import pictures
from grader.reports.pages.scales import scale_of
from grader.reports.pages.svg import drawing

BROKEN = frozenset({"gradient", "update"})


def subjects(made):
    return [(p.subject, p.kind) for p in made]


def caption(made, subject, kind="curves"):
    return next(p.caption for p in made if (p.subject, p.kind) == (subject, kind))


def test_a_run_has_all_its_pictures_the_plainest_first(chapter):
    made = pictures(chapter, broken=BROKEN)
    assert subjects(made) == [
        ("loss", "curves"), ("line", "curves"), ("gradient", "curves"), ("gradient", "curves"), ("update", "curves"), ("update", "curves"),
        ("weight", "curves"), ("bias", "curves"), ("path", "contour"), ("path", "relief"),
    ]  # fmt: skip


def test_laws_that_hold_or_wait_are_not_shown(chapter):
    assert {"gradient", "update"}.isdisjoint(p.subject for p in pictures(chapter))
    assert {p.subject for p in pictures(chapter, broken=frozenset({"update"}))} >= {"update"}


def test_captions_hold_the_numbers_that_matter_in_the_labs_words(chapter):
    made = pictures(chapter, broken=BROKEN)
    assert caption(made, "loss") == "Your loss goes from 90 to 30 in 3 iterations. Right training from your start ends at 0.9."
    assert caption(made, "weight") == "Your w goes from −5 to 2. Right training ends at 1."
    assert caption(made, "line") == "Your line is y = 2 x + 1; scikit-learn's line is y = 1 x + 0."
    assert caption(made, "gradient") == "Step 2 is the first that is off: its gradient is 2, where 1 is right; 2 of 3 steps break the rule."
    assert "Yours ends at (2, 1), right training at (1, 1)." in caption(made, "path", "contour")
    assert caption(pictures(replace(chapter, own=chapter.asked)), "weight") == "Your w goes from −5 to 1. Right training ends there too."


def test_a_reference_or_a_fit_that_may_not_be_shown_is_nowhere(chapter):
    made = pictures(chapter, reference=False, fit=False, broken=BROKEN)
    laws = [p for p in made if p.subject in ("gradient", "update")]
    rest = [p for p in made if p not in laws]
    assert {c.role for p in rest for c in p.curves} == {"own", "data"}
    assert not any("ight training" in p.caption or "scikit" in p.caption for p in rest)


def test_a_model_of_other_parameters_shows_its_losses_alone(chapter):
    own = replace(chapter.own, theta=np.empty((4, 0)))
    bare = replace(chapter, own=own, asked=None, landscape=None, gradient=None, update=None)
    assert subjects(pictures(bare, broken=BROKEN)) == [("loss", "curves")]


def test_a_model_that_is_no_line_is_drawn_over_its_data_and_its_steps_by_their_length(chapter):
    own = replace(chapter.own, theta=np.empty((4, 0)))
    law = replace(chapter.gradient, seen=np.full((3, 1), 5.0), asked=np.full((3, 1), 1.0))
    fitted = Fitted(x=chapter.x, own=chapter.x + 0.5, asked=chapter.x)
    net = replace(chapter, own=own, fitted=fitted, fit=None, landscape=None, gradient=law, update=law)
    made = pictures(net, broken=BROKEN)
    assert [(p.subject, p.title) for p in made] == [
        ("loss", "The loss over the iterations"), ("line", "Your model over the data"), ("gradient", "The gradient at each step"),
        ("update", "How far the parameters move at each step"),
    ]  # fmt: skip
    assert caption(made, "line") == "Your model is 0.5 off the data on average; model of right training is 0 off the data on average."
    assert "its size is 5, where 1 is right" in caption(made, "gradient")
    assert {c.role for c in pictures(net, reference=False)[1].curves} == {"own", "data"}


def test_a_task_without_a_run_shows_its_surface_or_nothing(chapter):
    drawn = replace(chapter, own=None, drawn=chapter.landscape)
    assert subjects(pictures(drawn)) == [("surface", "contour")] * 2 + [("surface", "relief")] * 2
    assert [p.title for p in pictures(drawn, reference=False)] == ["Your surface", "Your surface in 3-D"]
    assert pictures(Chapter(task="practice")) == ()


def test_a_path_that_runs_away_is_drawn_to_the_edge_and_says_so(chapter):
    theta = np.array([(-5, -4), (0, 0), (40, 0), (41, 0)])
    above = next(p for p in pictures(replace(chapter, own=replace(chapter.own, theta=theta))) if p.kind == "contour")
    path = next(c for c in above.curves if c.role == "own")
    assert (path.x[-1], path.y[-1]) == (6.0, 0.0)
    assert "Yours ends at (41, 0), right training at (1, 1). Your path leaves the picture." in above.caption


def test_a_training_without_bounds_is_said_to_run_away_and_leaves_through_the_edge(chapter):
    own = replace(chapter.own, theta=np.array([(-5, -4), (30, 2), (-900, 2), (np.inf, np.nan)]), losses=np.array([90.0, 1e9, np.inf]))
    made = pictures(replace(chapter, own=own))
    assert caption(made, "loss").startswith("Your loss runs away from 90 to infinite in 3 iterations.")
    assert "Yours runs away; right training ends at (1, 1)." in caption(made, "path", "contour")
    weight = next(c for p in made if p.subject == "weight" for c in p.curves if c.role == "own")
    assert (weight.y[:3] == [-5, 25, np.nan]).tolist() == [True, True, False]
    both = pictures(replace(chapter, own=own, asked=own))
    assert caption(both, "loss").endswith("Right training from your start does the same.")


def test_a_path_that_goes_to_and_fro_is_drawn_as_far_as_the_eye_can_follow(chapter):
    theta = np.resize([(-5.0, 0.0), (5.0, 0.0)], (200, 2))
    own = replace(chapter.own, theta=theta, theta_at=np.arange(200.0))
    above = next(p for p in pictures(replace(chapter, own=own)) if p.kind == "contour")
    assert len(next(c for c in above.curves if c.role == "own").x) < 30
    assert "crosses the valley again and again" in above.caption


def test_losses_over_decades_stand_on_a_logarithmic_axis_and_others_do_not(chapter):
    assert pictures(chapter)[0].log
    own = replace(chapter.own, losses=np.array([3.0, 2.0, 1.0]))
    assert not pictures(replace(chapter, own=own, asked=None))[0].log


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.0, 14.0, ["0", "5", "10"]),
        (-0.3, 0.4, ["−0.2", "0.0", "0.2", "0.4"]),
        (3.0, 3.0, ["2", "3", "4"]),
        (-15.0, 1.0, ["−15", "−10", "−5", "0"]),
    ],
)
def test_ticks_are_round_numbers(low, high, said):
    assert [text for _, text in scale_of([np.array([low, high])], 0.0, 100.0).ticks] == said


def test_decades_are_ticks_of_a_logarithmic_axis():
    assert [text for _, text in scale_of([np.array([0.01, 900.0])], 0.0, 1.0, log=True).ticks] == ["0.01", "0.1", "1", "10", "100", "1000"]


@pytest.mark.parametrize(
    ("value", "said"), [(12345.678, "12350"), (-0.25, "−0.25"), (1e-9, "1e−09"), (float("inf"), "infinite"), (float("nan"), "not a number")]
)
def test_numbers_as_a_person_writes_them(value, said):
    assert number(value) == said


# ---- any number -------------------------------------------------------------------------------------------------------------

ANY = st.floats(width=64) | st.sampled_from([0.0, 1.0, -1.0, 1e300, -1e300, np.inf, -np.inf, np.nan, 5e-324])


def some(count, *more):
    return arrays(np.float64, (count, *more), elements=ANY)


@st.composite
def chapters(draw):
    k, j = draw(st.integers(1, 6)), draw(st.integers(1, 6))

    def way(k):
        at = np.arange(k + 1.0)
        return Trajectory(steps=k, every=1, at=at[:k], losses=draw(some(k)), theta_at=at, theta=draw(some(k + 1, 2)))

    at, broken = np.arange(float(k)), draw(st.integers(0, k - 1))
    law = LawSteps(at=at, seen=draw(some(k, 2)), asked=draw(some(k, 2)), broken=broken, count=1, steps=k)
    ground = Landscape(weights=np.linspace(-1, 1, 4), biases=np.linspace(-2, 2, 5), loss=draw(some(5, 4)))
    return Chapter(
        task="t", own=way(k) if draw(st.booleans()) else None, asked=way(j) if draw(st.booleans()) else None,
        x=draw(some(3)), y=draw(some(3)),
        gradient=law, update=law, fit=(draw(ANY), draw(ANY)) if draw(st.booleans()) else None, landscape=ground,
        drawn=replace(ground, loss=draw(some(5, 4))),
    )  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(chapters())
def test_whatever_the_evidence_claims_gives_pictures_that_can_be_read(story):
    made = pictures(story, broken=BROKEN)
    for picture in made:
        assert picture.caption
        svg = ET.fromstring(drawing(picture, title_id="t", caption_id="c"))
        places = [e.get("d", "") for e in svg.iter()]
        assert not any("nan" in d or "inf" in d for d in places)
    assert len(json.loads(figures_json(made))) == len(made)


def test_words_of_an_author_are_words_in_svg_and_json(chapter):
    payload = "</script><b>&\"'\u2028"
    made = pictures(replace(chapter, words=dict.fromkeys(("weight", "bias", "loss", "epoch"), payload)), broken=BROKEN)
    for picture in made:
        svg = ET.fromstring(drawing(picture))
        assert not list(svg.iter("{http://www.w3.org/2000/svg}b"))
        assert payload in " ".join([svg.get("aria-label"), *svg.itertext()]) or picture.subject == "line"
    text = figures_json(made)
    assert "<" not in text
    assert json.loads(text)[0]["x"] == payload


def test_a_curve_of_many_points_is_thinned_but_keeps_its_peaks(chapter):
    losses = np.ones(5000)
    losses[1234] = 40.0
    own = replace(chapter.own, losses=losses, at=np.arange(5000.0))
    picture = pictures(replace(chapter, own=own, asked=None))[0]
    svg = drawing(picture)
    assert len(svg) < 8000
    heights = {float(place.split(" ")[1]) for place in svg.split('class="line own" d="M')[1].split('"')[0].split("L")}
    assert max(heights) - min(heights) > 200
    assert len(json.loads(figures_json([picture]))[0]["curves"][0]["x"]) <= 160
