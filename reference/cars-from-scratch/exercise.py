"""cars-from-scratch: 32 cars, one sample a step, predictions of the right shape, and parity with scikit-learn.

Nothing is seeded: the start is the student's own, and everything expected of the run follows from it.
"""

from __future__ import annotations

from grader.model.exercise import (
    SGD,
    Affine,
    AnyStart,
    Batches,
    Check,
    Exercise,
    Fit,
    OtherSeed,
    OtherTable,
    Parity,
    Predictions,
    Recorded,
    SquaredError,
    Table,
    Task,
    Training,
)

URL = "https://gist.githubusercontent.com/noamross/e5d3e859aa0c794be10b/raw/b999fb4425b54c63cab088c0ce2c0d6ce961a563/cars.csv"

PRACTICE = Task(
    training=Training(
        model=Affine(),
        loss=SquaredError(),
        optimizer=SGD(lr=1e-3),
        start=AnyStart(low=-0.001, high=1.001),  # torch.rand, with room for rounding
        data=Table(file="cars.csv", feature="wt", target="mpg"),
        batches=Batches(size=1),
        epochs=1000,
    ),
    checks=(
        Check(id="data", points=0.0, title="Your run trains on the weights and miles per gallon of the 32 cars"),
        Check(id="start", points=0.0, title="w and b start from torch.rand, between 0 and 1"),
        Check(id="steps", points=1.0, title="Your run takes 1000 epochs of 32 steps, one car each, in order"),
        Check(id="loss", points=1.0, title="Every loss is the squared error of its car"),
        Check(id="gradient", points=1.5, title="Every gradient is that step's own, not a sum over steps"),
        Check(id="update", points=1.5, title="Every step moves w and b by -0.001 times their own gradients"),
        Check(id="recorded", points=1.0, title="losses holds the last car's loss of each of the 1000 epochs"),
        Check(id="shape", points=1.0, title="predictions has the shape (32,)"),
        Check(id="fitted", points=1.0, title="Your LinearRegression is fitted to weight and miles per gallon"),
        Check(id="parity", points=1.0, title="w and b come within 3 % of scikit-learn's slope and intercept"),
        Check(id="generalises", points=1.0, title="On other cars and another start the notebook trains just as well"),
    ),
    recorded=(Recorded(name="losses", quantity="loss", every="epoch", moment="either"),),
    predictions=Predictions(name="predictions", shape=(32,)),
    fit=Fit(tolerance=1e-6),
    parity=Parity(tolerance=0.03),
    terms={"weight": "w", "bias": "b", "loss": "loss", "epoch": "epoch"},
)

EXERCISE = Exercise(
    slug="cars-from-scratch",
    title="Cars from scratch: one sample at a time",
    tasks=(PRACTICE,),
    # Weights more widely spread than the file's, so that a right run of this length settles whatever is drawn.
    variants=(OtherTable(slope=(-8.0, -5.0), intercept=(32.0, 44.0), feature=(0.5, 6.0), noise=1.0), OtherSeed()),
    served={URL: "cars.csv"},
    files=("cars.csv",),
)
