"""The benchmark notebook (`kernels.CELLS`) as an exercise, so that it can be graded and not only run: ten points, two variants.

It stands alone, as a course's `exercise.py` does: `peers.py` lays its text into a course of its own.
"""

from __future__ import annotations

from grader.model.exercise import (
    SGD,
    Affine,
    AnyStart,
    Batches,
    Check,
    Exercise,
    Line,
    OtherLine,
    OtherSeed,
    Recorded,
    SquaredError,
    Task,
    Training,
)

PRACTICE = Task(
    training=Training(
        model=Affine(),
        loss=SquaredError(),
        optimizer=SGD(lr=0.05),
        start=AnyStart(),
        data=Line(first=-3.0, stop=3.0, step=0.1, slope=1.0, intercept=-1.0, noise=0.1),
        batches=Batches(),
        epochs=600,
    ),
    checks=(
        Check(id="data", points=0.5, title="The run trains on the notebook's X and y"),
        Check(id="start", points=0.0, title="The run starts from a new model's parameters"),
        Check(id="steps", points=1.0, title="The run takes 600 full-batch steps"),
        Check(id="loss", points=1.5, title="Every loss is the mean squared error on all 60 points"),
        Check(id="gradient", points=1.5, title="Every gradient is that step's own"),
        Check(id="update", points=1.5, title="Every step moves weight and bias by -0.05 times their gradients"),
        Check(id="trajectory", points=1.0, title="Losses and parameters follow the reference run from this start"),
        Check(id="learned", points=1.0, title="Weight and bias end where the reference ends"),
        Check(id="recorded", points=1.0, title="LOSS holds the loss of each step"),
        Check(id="generalises", points=1.0, title="On another line the notebook trains just as well"),
    ),
    recorded=(Recorded(name="LOSS", quantity="loss", every="step", moment="before"),),
    terms={"weight": "model.weight", "bias": "model.bias", "loss": "loss", "epoch": "step"},
)

OTHER_DATA = """\
torch.manual_seed({seed})
X = torch.arange(-3, 3, 0.1).view(-1, 1)
y = {slope} * X + {intercept} + 0.1 * torch.randn(X.shape)
"""

EXERCISE = Exercise(
    slug="benchmark",
    title="The benchmark notebook",
    tasks=(PRACTICE,),
    variants=(OtherLine(grade_id="data", template=OTHER_DATA), OtherSeed()),
)
