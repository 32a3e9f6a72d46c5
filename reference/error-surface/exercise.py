"""error-surface: the loss over all weights and biases, drawn with a bias of the wrong sign on a grid of its own; find it and mend it.

The student trains nothing.  The surface follows the student's own noise, and in the judge's run another line.
"""

from __future__ import annotations

from grader.model.exercise import (
    SGD,
    Affine,
    At,
    Batches,
    Check,
    Exercise,
    Line,
    OtherLine,
    OtherSeed,
    SquaredError,
    Surface,
    Task,
    Training,
)

LINE = Line(first=-3.0, stop=3.0, step=0.1, slope=1.0, intercept=-1.0, noise=0.1)

LECTURE = Training(
    model=Affine(),
    loss=SquaredError(),
    optimizer=SGD(lr=0.1),
    start=At(values=(-15.0, -10.0)),
    data=LINE,
    batches=Batches(),
    epochs=15,
)

PRACTICE = Task(
    checks=(
        Check(id="surface", points=7.0, title="Z holds the mean squared error on the grid of 40 weights and 40 biases asked for"),
        Check(id="generalises", points=3.0, title="On another line and other noise the function is just as right"),
    ),
    surface=Surface(name="Z", weights=(-15.0, 15.0, 40), biases=(-13.0, 13.0, 40), data=LINE),
    ships_broken=True,
    terms={"weight": "w", "bias": "b", "loss": "loss"},
)

OTHER_DATA = """\
X = torch.arange(-3, 3, 0.1).view(-1, 1)
f = {slope} * X + {intercept}
Y = f + 0.1 * torch.randn(X.size())
"""

EXERCISE = Exercise(
    slug="error-surface",
    title="Find and mend: the picture of the loss",
    tasks=(PRACTICE,),
    given=(LECTURE,),
    variants=(OtherLine(grade_id="data", template=OTHER_DATA), OtherSeed()),
)
