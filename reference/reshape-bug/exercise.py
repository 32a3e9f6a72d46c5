"""reshape-bug: predictions (32, 1) against targets (32,), once in the loss and once in what is handed in; find and mend both.

Gradient and update are right in the stub as it ships (they go down on the wrong loss), so they carry no points.
"""

from __future__ import annotations

from grader.model.exercise import (
    SGD,
    Affine,
    AnyStart,
    Batches,
    Check,
    Exercise,
    OtherSeed,
    OtherTable,
    Predictions,
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
        optimizer=SGD(lr=0.02),
        start=AnyStart(),
        data=Table(file="cars.csv", feature="wt", target="mpg"),
        batches=Batches(),
        epochs=1000,
    ),
    checks=(
        Check(id="data", points=0.0, title="The run trains on the weights and miles per gallon of the 32 cars"),
        Check(id="start", points=0.0, title="The run starts from the w and b of the cell"),
        Check(id="steps", points=0.0, title="The run takes 1000 full-batch steps"),
        Check(id="loss", points=4.0, title="Every loss is a mean over 32 squared errors, one per car"),
        Check(id="gradient", points=0.0, title="Every gradient is that step's own"),
        Check(id="update", points=0.0, title="Every step moves w and b by -0.02 times their gradients"),
        Check(id="shape", points=3.0, title="predictions has the shape (32,)"),
        Check(id="trajectory", points=1.0, title="Losses and parameters follow the reference run from your start"),
        Check(id="learned", points=1.0, title="w and b end where the reference ends from your start"),
        Check(id="generalises", points=1.0, title="On other cars and another start the notebook trains just as well"),
    ),
    predictions=Predictions(name="predictions", shape=(32,)),
    ships_broken=True,
    terms={"weight": "w", "bias": "b", "loss": "loss", "epoch": "epoch"},
)

EXERCISE = Exercise(
    slug="reshape-bug",
    title="Find and mend: the same numbers in another shape",
    tasks=(PRACTICE,),
    # Weights more widely spread than the file's, so that a right run of this length settles whatever is drawn.
    variants=(OtherTable(slope=(-8.0, -5.0), intercept=(32.0, 44.0), feature=(0.5, 6.0), noise=1.0), OtherSeed()),
    served={URL: "cars.csv"},
    files=("cars.csv",),
)
