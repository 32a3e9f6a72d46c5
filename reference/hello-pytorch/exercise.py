"""hello-pytorch: two Parameters by hand, the absolute error, and ten rows held out for a test.

Any seed is right: the parameters start where the student's own draw put them.
"""

from __future__ import annotations

from grader.model.exercise import (
    SGD,
    AbsoluteError,
    Affine,
    AnyStart,
    Batches,
    Check,
    Exercise,
    Line,
    OtherLine,
    OtherSeed,
    Recorded,
    Split,
    Task,
    Training,
)

# train_test_split(X, y, test_size=0.2, random_state=42) of 50 rows, in the order in which it hands them out.
TRAIN = (
    12, 4, 37, 8, 3, 6, 41, 46, 47, 15, 9, 16, 24, 34, 31, 0, 44, 27, 33, 5,
    29, 11, 36, 1, 21, 2, 43, 35, 23, 40, 10, 22, 18, 49, 20, 7, 42, 14, 28, 38,
)  # fmt: skip
TEST = (13, 39, 30, 45, 17, 48, 26, 25, 32, 19)

PRACTICE = Task(
    training=Training(
        model=Affine(),
        loss=AbsoluteError(),
        optimizer=SGD(lr=0.001),
        start=AnyStart(low=-4.0, high=4.0),  # torch.randn, which leaves this range once in 16 000 draws
        data=Split(of=Line(first=0.0, stop=1.0, step=0.02, slope=0.7, intercept=0.3, noise=0.0), train=TRAIN, test=TEST),
        batches=Batches(),
        epochs=1500,
    ),
    checks=(
        Check(id="data", points=0.5, title="Your run trains on the 40 training rows, and on no others"),
        Check(id="start", points=0.0, title="Your run starts from a new model's parameters"),
        Check(id="steps", points=1.0, title="Your run takes 1500 full-batch steps"),
        Check(id="loss", points=1.0, title="Every loss is the mean absolute error over the training rows"),
        Check(id="gradient", points=1.5, title="Every gradient is that epoch's own, not a sum over epochs"),
        Check(id="update", points=1.5, title="Every step moves weight and bias by -0.001 times their gradients"),
        Check(id="trajectory", points=1.0, title="Losses and parameters follow the reference run from your start"),
        Check(id="learned", points=1.0, title="Weight and bias end where the reference ends from your start"),
        Check(id="recorded", points=1.5, title="Epochs, training losses and test losses are recorded every 100 epochs, 15 of each"),
        Check(id="generalises", points=1.0, title="On another line and from another start the notebook trains just as well"),
    ),
    recorded=(
        Recorded(name="epoch_values", quantity="epoch", every=100),
        Recorded(name="loss_values", quantity="loss", every=100, moment="before", plain=False),
        Recorded(name="test_loss_values", quantity="test-loss", every=100, moment="after", plain=False),
    ),
    model="model_0",
    terms={"weight": "model_0.weight", "bias": "model_0.bias", "loss": "training loss", "test-loss": "test loss", "epoch": "epoch"},
)

OTHER_DATA = """\
X = torch.arange(0, 1, 0.02).unsqueeze(dim=1)
y = {slope} * X + {intercept}
print("X", tuple(X.shape), " y", tuple(y.shape))
"""

EXERCISE = Exercise(
    slug="hello-pytorch",
    title="Hello, PyTorch: a model, a loss, and data it has never seen",
    tasks=(PRACTICE,),
    variants=(OtherLine(grade_id="data", template=OTHER_DATA, intercept=(-3.0, -2.0)), OtherSeed()),
)
