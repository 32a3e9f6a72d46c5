"""Pages as a browser shows them: nothing complains, nothing leaves, nothing of a stranger's runs, and the cause is what one sees first."""

from dataclasses import replace
from pathlib import Path

import pytest

from grader.reports.pages import file_name, write_class, write_page

KINDS = {
    # a kind of cause -> a specimen that has it
    "missing-backward": ("slope-and-bias", "no-backward"),
    "missing-zero-grad": ("slope-and-bias", "no-zero-grad"),
    "wrong-learning-rate": ("slope-and-bias", "rate-of-the-lecture"),
    "wrong-loss": ("slope-and-bias", "sum-for-mean"),
    "wrong-start": ("slope-and-bias", "goes-on-from-the-lecture"),
    "wrong-gradient": ("slope-and-bias", "bias-moved-by-slope"),
    "step-outside-loop": ("slope-and-bias", "update-after-the-loop"),
    "recorded-elsewhere": ("slope-and-bias", "appended-to-the-lecture-list"),
    "cell-error": ("slope-and-bias", "name-error"),
    "stale-optimizer": ("pytorch-way", "stale-optimizer"),
    "wrong-batch-size": ("pytorch-way", "batches-of-five"),
    "broadcast-loss": ("missing-backward", "flat-targets"),
    "wrong-surface": ("error-surface", "stub"),
}
EVERY_PICTURE = {"missing-zero-grad", "wrong-learning-rate", "stale-optimizer", "broadcast-loss", "wrong-surface"}
"""Kinds whose pages are looked at to their end: between them they have every picture there is (drawing all of a page takes a second)."""
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 720}
SEVERE = {"serious", "critical"}


class Watched:
    """A page whose console, errors, dialogs and requests are kept."""

    def __init__(self, page):
        self.page, self.said, self.asked_for = page, [], []
        page.on("console", lambda message: self.said.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.said.append(f"error: {error}"))
        page.on("dialog", lambda dialog: (self.said.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda request: self.asked_for.append(request.url))

    def open(self, path):
        self.page.goto(path.as_uri())
        return self

    def strangers(self, folder):
        """Requests that leave the folder."""
        return [url for url in self.asked_for if not url.startswith((folder.as_uri(), "data:"))]


@pytest.fixture
def watch(browser):
    """A function (viewport, …) -> Watched."""
    opened = []

    def start(viewport=DESK, **settings):
        opened.append(browser.new_page(viewport=viewport, **settings))
        return Watched(opened[-1])

    yield start
    for page in opened:
        page.close()


@pytest.fixture(scope="module")
def pages(told, tmp_path_factory):
    """The folder with a page for each kind of cause, and the scripts beside them."""
    folder = tmp_path_factory.mktemp("pages")
    for kind, specimen in KINDS.items():
        report, story = told(*specimen)
        assert report.cause.rule == kind
        write_page(folder / f"{kind}.html", replace(report, student="Ada"), story)
    return folder


@pytest.fixture(scope="module")
def axe():
    axe_playwright = pytest.importorskip("axe_playwright_python", reason="no axe-core here: pip install 'torch-grader[dev]'")
    return (Path(axe_playwright.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


def violations(page, axe):
    """What axe-core finds to be serious: rule and the first element that breaks it."""
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']}).then(r => r.violations)")
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found if one["impact"] in SEVERE]


def until(page, expression, seconds=60):
    """Wait until a JavaScript expression is true (Playwright's own way needs eval(), which the policy forbids)."""
    for _ in range(seconds * 20):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never came true: {expression}")


def all_drawn(page, within=".telling, .pictures"):
    """Scroll to each picture there that is drawn of itself, until all are."""
    waiting = f"[...document.querySelectorAll(':is({within}) .picture:not(.relief) .frame[data-picture]:not(.live)')]"
    until(page, f"(frames => {{ frames[0]?.scrollIntoView({{block: 'center'}}); return frames.length === 0 }})({waiting})")


@pytest.mark.parametrize("kind", KINDS)
def test_the_cause_is_the_first_that_one_sees_and_nothing_complains_or_leaves(pages, watch, axe, kind):
    seen = watch(PHONE).open(pages / f"{kind}.html")
    for viewport in (PHONE, DESK):
        seen.page.set_viewport_size(viewport)
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
        for what in (".score strong", "#cause", ".cause .message"):
            box = seen.page.locator(what).first.bounding_box()
            assert box["y"] >= 0, what
            assert box["y"] + box["height"] <= viewport["height"], what
    all_drawn(seen.page, within=".telling, .pictures" if kind in EVERY_PICTURE else ".telling")
    assert violations(seen.page, axe) == []
    assert (seen.said, seen.strangers(pages)) == ([], [])


def test_dark_is_dark_and_can_be_read(pages, watch, axe):
    seen = watch(color_scheme="light").open(pages / "broadcast-loss.html")
    paper = "getComputedStyle(document.body).backgroundColor"
    light = seen.page.evaluate(paper)
    all_drawn(seen.page)
    curve = ".frame.live .scatterlayer .lines path"
    before = seen.page.locator(curve).first.evaluate("e => e.style.stroke")
    seen.page.emulate_media(color_scheme="dark")
    assert seen.page.evaluate(paper) != light
    until(seen.page, f"document.querySelector('{curve}').style.stroke !== '{before}'")
    assert (violations(seen.page, axe), seen.said) == ([], [])


def test_on_paper_every_picture_is_the_static_one_and_nothing_is_lost(pages, watch):
    seen = watch().open(pages / "missing-zero-grad.html")
    all_drawn(seen.page)
    seen.page.emulate_media(media="print")
    shown = seen.page.evaluate("[...document.querySelectorAll('svg.static')].map(e => getComputedStyle(e).visibility)")
    assert len(shown) > 5
    assert set(shown) == {"visible"}
    assert not seen.page.locator(".plot").first.is_visible()


def test_a_relief_turns_by_the_keyboard(pages, watch):
    seen = watch().open(pages / "wrong-learning-rate.html")
    seen.page.get_by_role("button", name="Turn it").focus()
    seen.page.keyboard.press("Enter")
    plot = seen.page.locator(".relief .plot")
    plot.wait_for(timeout=60_000)
    until(seen.page, "document.activeElement.classList.contains('plot')")
    eye = "document.querySelector('.relief .plot').layout.scene.camera.eye.x"
    before = seen.page.evaluate(eye)
    seen.page.keyboard.press("ArrowLeft")
    until(seen.page, f"{eye} !== {before}")
    assert [said for said in seen.said if "error" in said] == []


def test_a_page_without_its_scripts_still_shows_its_pictures(told, watch, tmp_path):
    (tmp_path / "away").mkdir()
    moved = write_page(tmp_path / "page.html", *told(*KINDS["wrong-loss"])).rename(tmp_path / "away" / "page.html")
    seen = watch().open(moved)
    assert seen.page.locator("svg.static").first.is_visible()


PAYLOADS = {
    "tags": (
        "<script>window.ran = 1</script><img src=x onerror='window.ran=1'><svg onload=window.ran=1> &lt;script&gt; {{ 7 * 7 }} {% raw %}"
        """ "><img src=x onerror='window.ran = 1'>'><iframe srcdoc='<script>parent.ran=1</script>'></iframe>` onfocus=window.ran=1 """
        """ <a href="javascript:window.ran=1">click</a> ${7*7} %{x} \\u003cscript\\u003ewindow.ran=1\\u003c/script\\u003e \u2028"""
    ),
    "ends": "</script></style></title></textarea></svg></pre><script>window.ran = 1</script><style>*{display:none}</style>",
    "comment": "<!--<script>window.ran=1//",
}


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_no_text_of_a_stranger_runs(hostile, watch, tmp_path, payload):
    report, story = hostile(payload)
    plain = replace(story, title="An exercise")
    index = write_class(tmp_path, [(report, story), (replace(report, student="Ada", exercise="other"), plain)])
    drawn = tmp_path / file_name(payload, payload)
    paths = [*sorted(tmp_path.glob("*.html")), write_page(tmp_path / "single.html", report, story, single=True)]
    assert {index, drawn} <= set(paths)
    assert len(paths) == 6
    seen = watch()
    for path in paths:
        seen.open(path)
        if path == drawn:
            all_drawn(seen.page)
        assert seen.page.evaluate("typeof window.ran") == "undefined", path.name
        assert seen.page.locator("img, iframe, object, embed, svg[onload], [onerror], [onload]").count() == 0
        assert not [a for a in seen.page.eval_on_selector_all("a", "all => all.map(a => a.protocol)") if a not in ("https:", "file:")]
    assert (seen.said, seen.strangers(tmp_path)) == ([], [])


def test_the_policy_would_stop_a_script_that_got_in(pages, watch):
    seen = watch().open(pages / "wrong-loss.html")
    seen.page.evaluate(
        "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.ran=1\">');"
        "document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.ran = 2'}));"
    )
    seen.page.wait_for_timeout(100)
    assert seen.page.evaluate("typeof window.ran") == "undefined"
    assert any("Content Security Policy" in said for said in seen.said)


def test_the_class_sorts_filters_and_points_out_a_loss(told, watch, axe, tmp_path):
    kinds = [kind for kind, (slug, _) in KINDS.items() if slug == "slope-and-bias"]
    students = ["Ben", "Ada", "Cleo", "Dan", "Eve", "Fay", "Gus", "Hal", "Ida"]
    graded = [(replace(told(*KINDS[k])[0], student=s), told(*KINDS[k])[1]) for k, s in zip(kinds, students, strict=True)]
    seen = watch(PHONE).open(write_class(tmp_path, graded))
    page = seen.page
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.set_viewport_size(DESK)
    names = "tbody tr:visible th"
    assert page.locator(names).all_inner_texts() == students
    page.get_by_role("button", name="Student").press("Enter")
    assert page.locator(names).all_inner_texts() == sorted(students)
    assert page.locator("th[aria-sort]").get_attribute("aria-sort") == "ascending"
    page.get_by_role("button", name="Points").click()
    scores = [float(text.split()[0]) for text in page.locator("tbody tr td:nth-child(2)").all_inner_texts()]
    assert scores == sorted(scores)
    page.get_by_label("Find").fill("ada")
    assert page.locator(names).all_inner_texts() == ["Ada"]
    page.get_by_label("Find").fill("")
    page.get_by_label("Cause").select_option("wrong-loss")
    assert page.locator(names).all_inner_texts() == [students[kinds.index("wrong-loss")]]
    page.locator("tbody tr:visible a").focus()
    assert page.locator(".run.hot").count() == 1
    assert violations(page, axe) == []
    page.locator("tbody tr:visible a").click()
    assert page.locator("#cause").inner_text() == "Another loss"
    assert (seen.said, seen.strangers(tmp_path)) == ([], [])


def test_a_course_of_several_exercises_leads_to_each_class_and_back(told, watch, axe, tmp_path):
    graded = [told(*KINDS[kind]) for kind in ("wrong-loss", "stale-optimizer", "wrong-surface")]
    seen = watch().open(write_class(tmp_path, graded))
    assert seen.page.locator(".classes > li").count() == 3
    assert violations(seen.page, axe) == []
    seen.page.locator(".classes a").first.click()
    assert seen.page.locator("#class tbody tr").count() == 1
    seen.page.get_by_role("link", name="All exercises").click()
    assert seen.page.locator(".classes > li").count() == 3
    assert seen.said == []
