"""missing-backward: a Module's training loop that ships without loss.backward(); find it and mend it.

Only what the mend changes carries points: with no gradient nothing else can be judged, so the stub earns none.
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
        Check(id="start", points=0.0, title="The run starts from the new model's own parameters"),
        Check(id="steps", points=0.0, title="The run takes 1000 full-batch steps"),
        Check(id="loss", points=0.0, title="Every loss is the mean squared error over all 32 cars"),
        Check(id="gradient", points=4.0, title="Every step has the gradient of its own loss"),
        Check(id="update", points=3.0, title="Every step moves weight and bias by -0.02 times their gradients"),
        Check(id="trajectory", points=1.0, title="Losses and parameters follow the reference run from your start"),
        Check(id="learned", points=1.0, title="Weight and bias end where the reference ends from your start"),
        Check(id="generalises", points=1.0, title="On other cars and another seed the notebook trains just as well"),
    ),
    ships_broken=True,
    terms={"weight": "model.linear.weight", "bias": "model.linear.bias", "loss": "loss", "epoch": "epoch"},
)

EXERCISE = Exercise(
    slug="missing-backward",
    title="Find and mend: the loss that never moves",
    tasks=(PRACTICE,),
    # Weights more widely spread than the file's, so that a right run of this length settles whatever is drawn.
    variants=(OtherTable(slope=(-8.0, -5.0), intercept=(32.0, 44.0), feature=(0.5, 6.0), noise=1.0), OtherSeed()),
    served={URL: "cars.csv"},
    files=("cars.csv",),
)
