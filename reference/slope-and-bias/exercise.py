"""slope-and-bias: full-batch gradient descent on w and b by hand, at twice the lecture's learning rate.

The data cell sets no seed, so every submission has noise of its own; it is known up to that noise.
"""

from __future__ import annotations

from dataclasses import replace

from grader.model.exercise import (
    SGD,
    Affine,
    At,
    Batches,
    Check,
    Exercise,
    Figure,
    Line,
    OtherLine,
    OtherSeed,
    Recorded,
    SquaredError,
    Task,
    Training,
)

LECTURE = Training(
    model=Affine(),
    loss=SquaredError(),
    optimizer=SGD(lr=0.1),
    start=At(values=(-15.0, -10.0)),
    data=Line(first=-3.0, stop=3.0, step=0.1, slope=1.0, intercept=-1.0, noise=0.1),
    batches=Batches(),
    epochs=15,
)

PRACTICE = Task(
    training=replace(LECTURE, optimizer=SGD(lr=0.2)),
    checks=(
        Check(id="data", points=0.0, title="Your run trains on the notebook's X and Y"),
        Check(id="start", points=0.5, title="Your run starts from w = -15 and b = -10"),
        Check(id="steps", points=1.0, title="Your run takes 15 full-batch steps"),
        Check(id="loss", points=1.0, title="Every loss is the mean squared error of w x + b on all 60 points"),
        Check(id="gradient", points=1.5, title="Every gradient is that iteration's own, not a sum over iterations"),
        Check(id="update", points=2.0, title="Every step moves w and b by -0.2 times their own gradients"),
        Check(id="trajectory", points=1.0, title="Losses and parameters follow the reference run on your data"),
        Check(id="learned", points=0.5, title="w and b end where the reference ends on your data"),
        Check(id="recorded", points=1.0, title="LOSS2 holds the loss of each of the 15 iterations, in order"),
        Check(id="plotted", points=0.5, title="One figure shows LOSS and LOSS2, labelled, with a legend"),
        Check(id="generalises", points=1.0, title="On another line and other noise the notebook trains just as well"),
    ),
    recorded=(Recorded(name="LOSS2", quantity="loss", every="step", moment="before"),),
    figure=Figure(curves=("LOSS", "LOSS2"), legend=True),
    terms={"weight": "w", "bias": "b", "loss": "loss", "epoch": "iteration"},
)

OTHER_DATA = """\
X = torch.arange(-3, 3, 0.1).view(-1, 1)
f = {slope} * X + {intercept}
Y = f + 0.1 * torch.randn(X.size())
"""

EXERCISE = Exercise(
    slug="slope-and-bias",
    title="Slope and bias: gradient descent from scratch",
    tasks=(PRACTICE,),
    given=(LECTURE,),
    variants=(OtherLine(grade_id="data", template=OTHER_DATA), OtherSeed()),
)
