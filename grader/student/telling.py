"""From what was judged to an answer: which state it is, what is said of it, and what is left for after handing in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec

from grader.catalog.claims import Claims, Later
from grader.model.errors import GraderError
from grader.model.report import Finding, Report
from grader.model.story import Story
from grader.reports.pages import rows
from grader.reports.pages.picture import Picture
from grader.reports.pages.pictures import pictures
from grader.reports.pages.rules import told
from grader.reports.words import amount, plain
from grader.student.answer import Answer, Cause, Row, State
from grader.student.hints import PLAINEST
from grader.student.judged import Judged

__all__ = ["Places", "in_brackets", "in_file", "restart", "told_of", "trouble"]

Places = Callable[[int], str]
"""From a cell's number to what a student calls the cell."""
AROUND = 1
"""Lines shown on each side of the one that is meant."""
NO_GRADE = "This is no grade: it shows what this run did."


def in_brackets(number: int) -> str:
    """A cell by the number that stands in brackets beside it."""
    return f"In [{number}]"


def in_file(number: int) -> str:
    """A cell by its place in the file, counted from 0."""
    return f"cell {number}"


def trouble(error: GraderError) -> Answer:
    """The answer where the check could not be made."""
    said = plain(error.what, limit=400)
    where = f"{plain(error.where, limit=300)}: " if error.where else ""
    notes = tuple(note for note in (f"{where}{said}.", _sentence(error.remedy)) if note)
    return Answer(state="trouble", headline="The check could not be made", notes=notes)


def restart(why: str, claims: Claims | None = None) -> Answer:
    """The answer where only a clean run can tell."""
    notes = (why, "Restart the kernel and run all cells (Restart and Run All); then this cell tells what it saw.")
    title = plain(claims.exercise.title, limit=120) if claims else ""
    return Answer(state="restart", headline="Restart and Run All", title=title, notes=notes)


def told_of(
    found: Judged, claims: Claims, *, plainness: int, more: str, place: Places, late: bool = False, notes: Sequence[str] = ()
) -> Answer:
    """The answer to one asking.

    plainness: see hints.  more: what to do to be told more plainly.  late: cells had run before anybody listened.
    notes: what else there is to say of how the cells ran.
    """
    report = found.report
    state = _state(report)
    if state != "right" and late:
        return restart("The check was loaded after cells had run already, so it did not see what they did.", claims)
    if found.strange:
        what = f"what lies beside this notebook belongs to the exercise “{claims.exercise.title}”, and none of its cells is in it"
        return trouble(GraderError(what, remedy="open the notebook of that exercise, or name its folder: %grade FOLDER"))
    cause = report.cause if state in ("wrong", "open") else None
    return Answer(
        state=state,
        headline=_headline(report, state),
        title=plain(claims.exercise.title, limit=120),
        notes=(*notes, *_ran(found, state, place)),
        cause=_cause(cause, found.story, plainness, more, place) if cause is not None else None,
        rows=tuple(
            Row(task=task, kind=r["kind"], sign=r["sign"], word=r["word"], title=r["title"], points=r["points"],
                said=" ".join(s for s in (r["message"], r["compared"]) if s))
            for task, all_of in rows.tasks(report) for r in all_of
        ),
        remarks=tuple(_remark(f, place) for f in report.findings if f.remark),
        picture=_picture(found, claims, state),
        remains=(*_remains(claims.later), NO_GRADE),
    )  # fmt: skip


# ---- how it stands ----------------------------------------------------------------------------------------------------------


def _state(report: Report) -> State:
    outcomes = {check.outcome for check in report.checks}
    if outcomes <= {"passed"}:
        return "right"
    if "failed" not in outcomes or (report.cause is not None and report.cause.rule == "not-attempted"):
        return "open"
    return "wrong"


def _headline(report: Report, state: State) -> str:
    passed, total = sum(c.outcome == "passed" for c in report.checks), len(report.checks)
    points = f"{amount(report.score)} of {amount(report.max_score)} points"
    if state == "right":
        every = f"All {total} checks that can be made here pass" if total > 1 else "The one check that can be made here passes"
        return f"{every} ({points})"
    if report.cause is not None and report.cause.rule == "not-attempted":
        return "Nothing to judge yet"
    return f"{passed} of {total} checks pass ({points})"


def _ran(found: Judged, state: State, place: Places) -> list[str]:
    """What there is to say of the order in which the cells ran."""
    said = []
    for numbers in found.again[:3]:
        which = f"{', '.join(place(n) for n in numbers[:-1])} and {place(numbers[-1])}"
        times = "twice" if len(numbers) == 2 else f"{len(numbers)} times"
        judged = "the first, since later ones went on where it ended" if found.earlier else "the last"
        said.append(f"{which} are one cell that ran {times}. Told is what a clean run gives, where it runs once: judged was {judged}.")
    if state != "right" and found.astray is not None:
        below, above = found.astray
        said.append(f"{place(below)} stands below {place(above)} but ran before it, so it may show an older state.")
    if state != "right" and (found.again or found.astray is not None):
        said.append("Restart and Run All settles it.")
    return said


# ---- the cause --------------------------------------------------------------------------------------------------------------


def _cause(finding: Finding, story: Story, plainness: int, more: str, place: Places) -> Cause:
    about = told(finding.rule)
    where = "" if finding.cell is None or finding.cell < 0 else place(finding.cell) + (f", line {finding.line}" if finding.line else "")
    hint = plain(finding.hint, limit=400)
    return Cause(
        headline=about.headline,
        message=plain(finding.message, limit=600),
        place=where,
        likely=finding.certainty < 0.9,
        hint=hint if plainness >= 2 else "",
        excerpt=_excerpt(finding, story) if plainness >= PLAINEST else (),
        reading=about.reading if plainness >= PLAINEST else (),
        more=more if plainness < PLAINEST else "",
    )


def _excerpt(finding: Finding, story: Story) -> tuple[tuple[int, str, bool], ...]:
    """Lines of the student's own cell around the one named."""
    lines = plain(story.sources.get(finding.cell or 0, ""), limit=20_000).split("\n") if finding.cell is not None else []
    if finding.line is None or not 1 <= finding.line <= len(lines):
        return ()
    low, high = max(1, finding.line - AROUND), min(len(lines), finding.line + AROUND)
    return tuple((n, lines[n - 1].replace("\t", "    ")[:160], n == finding.line) for n in range(low, high + 1))


def _remark(finding: Finding, place: Places) -> str:
    where = f"{place(finding.cell)}: " if finding.cell is not None and finding.cell >= 0 else ""
    return f"{where}{plain(finding.message, limit=400)} {plain(finding.hint, limit=300)}".strip()


# ---- the picture ------------------------------------------------------------------------------------------------------------


def _picture(found: Judged, claims: Claims, state: State) -> Picture | None:
    """The one that shows the cause, else the first that can be drawn here."""
    cause = found.report.cause if state == "wrong" else None
    subject = told(cause.rule).subject if cause is not None else "loss"
    if state == "open" or not subject:
        return None
    chapters = [c for c in found.story.chapters if cause is None or c.task == cause.task] or list(found.story.chapters)
    hiding = {one.task for one in claims.later if one.why == "hidden"}
    for chapter in chapters:
        failed = frozenset(c.id for c in found.report.checks if c.task == chapter.task and c.outcome == "failed")
        made = [
            p
            for p in pictures(chapter, reference=chapter.task not in hiding, fit=chapter.task not in hiding, broken=failed)
            if p.kind != "contour" or find_spec("contourpy") is not None
        ]
        if made:
            return next((p for p in made if p.subject == subject), made[0])
    return None


# ---- what remains -----------------------------------------------------------------------------------------------------------


def _remains(later: Sequence[Later]) -> list[str]:
    """What is judged after handing in alone: a sentence for each reason."""
    out = []
    for why, said in (
        ("again", "judged after handing in, when the same notebook runs again on data, a seed or a start that nobody knows yet"),
        ("left", "judged after handing in alone"),
        ("hidden", "for checks that are not shown before the deadline"),
    ):
        some = [one for one in later if one.why == why]
        if some:
            titles = [plain(title, limit=200) for one in some for title in one.titles][:4]
            named = f": {'; '.join(titles)}" if titles else ""
            out.append(f"Not seen here: {_points(some)} {said}{named}.")
    return out


def _points(some: Sequence[Later]) -> str:
    points = round(sum(one.points for one in some), 2)
    checks = sum(one.count for one in some)
    if not points:
        return f"{checks} more check{'' if checks == 1 else 's'}"
    return f"{amount(points)} more point{'' if points == 1 else 's'}"


def _sentence(text: str) -> str:
    clean = plain(text, limit=300).strip()
    return f"{clean[0].upper()}{clean[1:]}." if clean else ""
