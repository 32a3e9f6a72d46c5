"""model-class: the line as a Module, the loop with its five lines, and a second training that goes on until it agrees with scikit-learn.

The start is the student's own.  The second task leaves the number of epochs open: where it ends decides.
"""

from __future__ import annotations

from dataclasses import replace

from grader.model.exercise import (
    SGD,
    Affine,
    AnyStart,
    Batches,
    Check,
    Exercise,
    Figure,
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

TRAINING = Training(
    model=Affine(),
    loss=SquaredError(),
    optimizer=SGD(lr=0.02),
    start=AnyStart(),
    data=Table(file="cars.csv", feature="wt", target="mpg"),
    batches=Batches(),
    epochs=1000,
)

PRACTICE = Task(
    training=TRAINING,
    checks=(
        Check(id="data", points=0.0, title="Your run trains on the weights and miles per gallon of the 32 cars"),
        Check(id="start", points=0.0, title="Your run starts from a new model's parameters"),
        Check(id="steps", points=0.5, title="Your run takes 1000 full-batch steps"),
        Check(id="loss", points=1.0, title="Every loss is the mean squared error over the 32 cars"),
        Check(id="gradient", points=1.0, title="Every gradient is that epoch's own, not a sum over epochs"),
        Check(id="update", points=1.5, title="Every step moves weight and bias by -0.02 times their gradients"),
        Check(id="trajectory", points=0.5, title="Losses and parameters follow the reference run from your start"),
        Check(id="learned", points=0.5, title="Weight and bias end where the reference ends from your start"),
        Check(id="recorded", points=1.5, title="losses, slope and bias hold one value an epoch, slope and bias after the step"),
        Check(id="plotted", points=0.5, title="A figure shows losses, slope and bias, labelled"),
        Check(id="shape", points=1.0, title="predictions has the shape (32,)"),
        Check(id="generalises", points=1.0, title="On other cars and another seed the notebook trains just as well"),
    ),
    recorded=(
        Recorded(name="losses", quantity="loss", every="epoch"),
        Recorded(name="slope", quantity="weight", every="epoch", moment="after"),
        Recorded(name="bias", quantity="bias", every="epoch", moment="after"),
    ),
    figure=Figure(curves=("losses", "slope", "bias")),
    predictions=Predictions(name="predictions", shape=(32,)),
    model="model",
    terms={"weight": "model.linear.weight", "bias": "model.linear.bias", "loss": "loss", "epoch": "epoch"},
)

PARITY = Task(
    id="parity",
    training=replace(TRAINING, epochs=None),
    checks=(
        Check(id="data", points=0.0, title="Your second run trains on the 32 cars"),
        Check(id="start", points=0.0, title="Your second run starts from a new model's parameters"),
        Check(id="steps", points=0.0, title="Your second run takes full-batch steps, as many as you like"),
        Check(id="loss", points=0.0, title="Every loss of it is the mean squared error over the 32 cars"),
        Check(id="gradient", points=0.0, title="Every gradient of it is that epoch's own"),
        Check(id="update", points=0.0, title="Every step of it moves weight and bias by -0.02 times their gradients"),
        Check(id="parity", points=1.0, title="It ends within 0.1 % of scikit-learn's slope and intercept"),
    ),
    parity=Parity(tolerance=1e-3),
    model="model_long",
    terms={"weight": "model_long.linear.weight", "bias": "model_long.linear.bias", "loss": "loss", "epoch": "epoch"},
)

EXERCISE = Exercise(
    slug="model-class",
    title="A model class: Module, loss, optimizer, loop",
    tasks=(PRACTICE, PARITY),
    # Weights more widely spread than the file's, so that a right run of this length settles whatever is drawn.
    variants=(OtherTable(slope=(-8.0, -5.0), intercept=(32.0, 44.0), feature=(0.5, 6.0), noise=1.0), OtherSeed()),
    served={URL: "cars.csv"},
    files=("cars.csv",),
)
