"""pytorch-way: a Module, a DataLoader and an optimizer; a new model needs an optimizer of its own.

The data cell sets seed 1, so that everybody sees the same figures; the variants draw another line, and other seeds.
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
    Line,
    OtherLine,
    OtherSeed,
    SquaredError,
    Task,
    Training,
)

LECTURE = Training(
    model=Affine(),
    loss=SquaredError(),
    optimizer=SGD(lr=0.01),
    start=At(values=(-15.0, -10.0)),
    data=Line(first=-3.0, stop=3.0, step=0.1, slope=1.0, intercept=-1.0, noise=0.1),
    batches=Batches(size=1),
    epochs=10,
)

PRACTICE = Task(
    training=replace(LECTURE, optimizer=SGD(lr=0.1)),
    checks=(
        Check(id="data", points=0.0, title="Your run trains on the notebook's dataset"),
        Check(id="start", points=1.0, title="Your new model starts from weight -15 and bias -10"),
        Check(id="steps", points=1.0, title="Your run takes 600 steps: 10 epochs of single samples, in order"),
        Check(id="loss", points=1.0, title="Every loss is the squared error of its sample"),
        Check(id="gradient", points=1.5, title="Every gradient is that step's own, not a sum over steps"),
        Check(id="update", points=2.5, title="Every step moves the new model by -0.1 times its gradients"),
        Check(id="trajectory", points=1.0, title="Losses and parameters follow the reference run on your data"),
        Check(id="learned", points=1.0, title="Weight and bias end where the reference ends on your data"),
        Check(id="generalises", points=1.0, title="On another line and other noise the notebook trains just as well"),
    ),
    model="model",
    terms={"weight": "model.linear.weight", "bias": "model.linear.bias", "loss": "loss", "epoch": "epoch"},
)

OTHER_DATA = """\
torch.manual_seed({seed})


class Data(Dataset):
    def __init__(self):
        self.x = torch.arange(-3, 3, 0.1).view(-1, 1)
        self.f = {slope} * self.x + {intercept}
        self.y = self.f + 0.1 * torch.randn(self.x.size())
        self.len = self.x.shape[0]

    def __getitem__(self, index):
        return self.x[index], self.y[index]

    def __len__(self):
        return self.len


dataset = Data()
"""

EXERCISE = Exercise(
    slug="pytorch-way",
    title="The PyTorch way: Module, DataLoader, optimizer",
    tasks=(PRACTICE,),
    given=(LECTURE,),
    variants=(OtherLine(grade_id="data", template=OTHER_DATA), OtherSeed()),
)
