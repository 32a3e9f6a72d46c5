"""learning-rate-and-epochs: the cars' line at three rates from one start; what became of each, and when one could have stopped.

Each rate is a task of its own with the laws of its own run.  The task `compare` trains nothing: it shows and says what the runs did,
and is judged on the student's own.
"""

from __future__ import annotations

from grader.model.exercise import (
    SGD,
    Affine,
    AnyStart,
    Batches,
    Check,
    Exercise,
    Figure,
    FirstEpoch,
    OtherSeed,
    OtherTable,
    Recorded,
    SquaredError,
    Table,
    Task,
    Training,
    Verdicts,
)

URL = "https://gist.githubusercontent.com/noamross/e5d3e859aa0c794be10b/raw/b999fb4425b54c63cab088c0ce2c0d6ce961a563/cars.csv"
RATES = (0.1, 0.02, 0.001)


def run_at(rate: float) -> Task:
    """The task of one rate: 3000 epochs from a new model, and the list of its losses."""
    return Task(
        id=f"rate-{rate}",
        training=Training(
            model=Affine(),
            loss=SquaredError(),
            optimizer=SGD(lr=rate),
            start=AnyStart(),
            data=Table(file="cars.csv", feature="wt", target="mpg"),
            batches=Batches(),
            epochs=3000,
        ),
        checks=(
            Check(id="data", points=0.0, title=f"The run at {rate} trains on the 32 cars"),
            Check(id="start", points=0.0, title=f"The run at {rate} starts from a new model's parameters"),
            Check(id="steps", points=0.5, title=f"The run at {rate} takes 3000 full-batch steps"),
            Check(id="loss", points=0.0, title=f"Every loss of the run at {rate} is the mean squared error over the 32 cars"),
            Check(id="gradient", points=0.5, title=f"Every gradient of the run at {rate} is that epoch's own"),
            Check(id="update", points=0.5, title=f"Every step of the run at {rate} is -{rate} times its gradient"),
            Check(id="recorded", points=0.5, title=f"curves[{rate}] holds the loss of each of the 3000 epochs"),
        ),
        recorded=(Recorded(name=f"curves[{rate}]", quantity="loss", every="epoch"),),
        terms={"weight": "model.linear.weight", "bias": "model.linear.bias", "loss": "loss", "epoch": "epoch"},
    )


COMPARE = Task(
    id="compare",
    checks=(
        Check(id="plotted", points=1.0, title="One figure shows the three curves on a logarithmic axis, labelled, with a legend"),
        Check(id="answered", points=2.0, title="verdict and first_epoch say what your own runs did"),
        Check(id="generalises", points=1.0, title="On other cars and another seed the notebook trains just as well"),
    ),
    figure=Figure(curves=tuple(f"curves[{rate}]" for rate in RATES), log=True),
    answers=(
        Verdicts(name="verdict", tasks={repr(rate): f"rate-{rate}" for rate in RATES}),
        FirstEpoch(name="first_epoch", task="rate-0.02"),
    ),
    terms={"weight": "model.linear.weight", "bias": "model.linear.bias", "loss": "loss", "epoch": "epoch"},
)

EXERCISE = Exercise(
    slug="learning-rate-and-epochs",
    title="Learning rate and number of epochs",
    tasks=(*(run_at(rate) for rate in RATES), COMPARE),
    # Heavier cars, more widely spread: whatever is drawn is too steep for 0.1 and too flat for 0.001, and 0.02 settles.
    variants=(OtherTable(slope=(-8.0, -5.0), intercept=(32.0, 44.0), feature=(1.5, 6.5), noise=1.0), OtherSeed()),
    served={URL: "cars.csv"},
    files=("cars.csv",),
)
