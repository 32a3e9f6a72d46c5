"""The pictures of a law that broke: gradients and steps, one by one, with the step that first breaks it marked."""

from __future__ import annotations

from grader.model.story import Chapter, LawSteps
from grader.reports.pages.picture import Curve, Picture, number

__all__ = ["law_pictures"]


def law_pictures(chapter: Chapter, names: tuple[str, str], broken: frozenset[str]) -> list[Picture]:
    """A picture for each parameter and each of the two laws that broke, or one for all parameters together where they are many.

    names: of weight and bias.  broken: the checks that failed.
    """
    out: list[Picture] = []
    for subject, law in (("gradient", chapter.gradient), ("update", chapter.update)):
        if law is not None and subject in broken:
            of = names if law.seen.shape[1] == len(names) else ("",)
            out += [_picture(subject, law, name, j) for j, name in enumerate(of) if _differs(law, j)]
    return out


def _differs(law: LawSteps, j: int) -> bool:
    """Whether this parameter has any part in the break."""
    worst = float(abs(law.seen - law.asked).max())
    return float(abs(law.seen[:, j] - law.asked[:, j]).max()) > 1e-4 * worst


def _picture(subject: str, law: LawSteps, name: str, j: int) -> Picture:
    """name: of the parameter; '' for the length over all of them."""
    at = int(law.broken - law.at[0])
    seen, asked = float(law.seen[at, j]), float(law.asked[at, j])
    many = f"{law.count} of {law.steps} steps break the rule" if law.count > 1 else "this step alone breaks the rule"
    what, title, used, right = (
        (
            f"gradient of {name}" if name else "size of the gradient",
            f"The gradient{f' of {name}' if name else ''} at each step",
            "gradient used",
            "gradient of that step's loss",
        )
        if subject == "gradient"
        else (
            f"change of {name}" if name else "size of the step",
            f"How far {name or 'the parameters'} move{'s' if name else ''} at each step",
            "your step",
            "step asked for, with your gradient",
        )
    )
    measure = what.partition(" of ")[0]
    said = f"Step {law.broken + 1} is the first that is off: its {measure} is {number(seen)}, where {number(asked)} is right; {many}."
    steps = law.at + 1
    marks = len(steps) <= 60
    curves = (
        Curve(name=right, role="asked", x=steps, y=law.asked[:, j], marks=marks),
        Curve(name=used, role="own", x=steps, y=law.seen[:, j], marks=marks),
    )
    columns = (steps[:12].tolist(), law.seen[:12, j].tolist(), law.asked[:12, j].tolist())
    rows = [tuple(map(number, row)) for row in zip(*columns, strict=True)]
    return Picture(
        kind="curves", subject=subject, title=title, caption=said, curves=curves, x_label="step", y_label=what,
        broken=float(law.broken + 1), table=(("step", used, right), *rows),
    )  # fmt: skip
